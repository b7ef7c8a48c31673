"""Who sees what: the predicate against a plain description of it, for made-up parties and agreements."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from django.db import connection as database

from exchange import conditions
from exchange.registry import Source
from locations import services
from locations.models import Location
from locations.visibility import VISIBILITY
from parties import services as parties
from parties.choices import ConnectionKind, PrivateLocations, Sharing
from parties.models import Agreement, Connection, ConnectionParty, Party
from parties.services import agreements
from parties.services.agreements import Share, Terms, Token
from parties.sight import sight
from parties.visibility import Visibility
from tests import builders

pytestmark = pytest.mark.django_db
FILE = Source("file", version="2.2.1")
# By the number in the location's id: the eMSP it concerns, the connection it is meant for.
CONCERNED = """
    (SELECT q.id FROM parties_party q WHERE q.role = 'EMSP'
     AND q.party_id = 'T' || mod(substr(o.location_id, 2)::int, 4) || 'A')
"""
MEANT = """
    (SELECT m.id FROM parties_connection m
     WHERE m.name = 'Connection ' || mod(substr(o.location_id, 2)::int, 6))
"""
# Every kind of rules, over the same table: as locations are, sessions, tokens, commands.
RULES: dict[str, Visibility] = {
    "public": VISIBILITY,
    "concerns": replace(VISIBILITY, concerns=CONCERNED),
    "only_agreed": replace(VISIBILITY, only_agreed=True),
    "connection": replace(VISIBILITY, connection=MEANT),
    "concerns_all_said": replace(VISIBILITY, concerns=CONCERNED, published="", tokens=""),
    "only_agreed_all_said": replace(VISIBILITY, only_agreed=True, published="", tokens=""),
    "connection_all_said": replace(VISIBILITY, connection=MEANT, published="", tokens=""),
}
COUNTRIES = ("BEL", "NLD", "DEU")
TOKENS = (
    Token("uid", "CARD1", "RFID"),
    Token("visual_number", "V1", "Acme"),
    Token("group_id", "G1"),
)


def entry(*tokens: Token) -> dict[str, str]:
    """An entry of publish_allowed_to that all these identities must match."""
    found = {}
    for token in tokens:
        found[token.kind] = token.value.lower() if token.kind != "visual_number" else token.value
        if token.qualifier:
            found["type" if token.kind == "uid" else "issuer"] = token.qualifier
    return found


@dataclass
class World:
    """Parties, connections, agreements and locations, as they were made."""

    locations: dict[str, dict[str, Any]] = field(default_factory=dict)
    terms: dict[tuple[Party, Party], Terms] = field(default_factory=dict)

    def sees(self, connection: Connection, location: Location, rules: Visibility) -> bool:
        """What the specification of the predicate says, one object and one connection at a time."""
        owner = location.owner
        is_hub = connection.kind == ConnectionKind.BACK_OFFICE
        presented = set(connection.presents.all())
        rows = list(ConnectionParty.objects.filter(connection=connection).select_related("party"))
        if not (owner.is_ours or is_hub) or (presented and owner not in presented):
            return False
        if owner in {row.party for row in rows} or location.vanished_at is not None:
            return False
        document = self.locations[location.location_id]
        if rules.refused_in and not document["publish"] and connection.version == "2.1.1":
            return False
        spoken = [row.party for row in rows if row.approved]
        number = int(location.location_id[1:])
        if rules.concerns and f"T{number % 4}A" not in {party.party_id for party in spoken}:
            return False
        if rules.connection and connection.name != f"Connection {number % 6}":
            return False
        is_said = bool(document["publish"]) or not rules.published
        if is_hub:
            return True
        if rules.connection:
            return is_said or any(
                self.opened(owner, party, document, connection.version) for party in spoken
            )
        if not spoken:
            return is_said and not rules.only_agreed
        return any(self.shares(owner, party, document, connection, rules) for party in spoken)

    def opened(self, owner: Party, party: Party, document: dict[str, Any], version: str) -> bool:
        """Whether an agreement opens it although it is not published."""
        terms = self.terms.get((owner, party))
        return (
            terms is not None
            and version != "2.1.1"
            and self.includes(terms, document)
            and self.opens(terms, document)
        )

    def shares(
        self,
        owner: Party,
        party: Party,
        document: dict[str, Any],
        connection: Connection,
        rules: Visibility,
    ) -> bool:
        terms = self.terms.get((owner, party))
        if terms is None and rules.only_agreed:
            return False
        if terms is not None and not self.includes(terms, document):
            return False
        if document["publish"] or not rules.published:
            return True
        return self.opened(owner, party, document, connection.version)

    def includes(self, terms: Terms, document: dict[str, Any]) -> bool:
        """Whether what is agreed includes it, published or not."""
        share = terms.shares.get("locations", Share())
        if share.sharing == Sharing.NOTHING:
            return False
        if share.countries and document["country"] not in share.countries:
            return False
        if share.sharing == Sharing.SELECTED and document["id"] not in share.selection:
            return False
        return not (share.sharing == Sharing.EXCEPT and document["id"] in share.selection)

    def opens(self, terms: Terms, document: dict[str, Any]) -> bool:
        if terms.private_locations == PrivateLocations.ENTITLED:
            held = {token.key for token in terms.tokens}
            entries = document["tokens"]
            return any({token.key for token in one} <= held for one in entries if one)
        return terms.private_locations == PrivateLocations.ALWAYS


def rules_of(seed: int) -> list[tuple[str, Visibility]]:
    """Those of locations and two others, so that all come round."""
    others = list(RULES.items())[1:]
    return [("public", VISIBILITY), *(others[(seed + step) % len(others)] for step in (0, 3))]


def made_up(seed: int) -> World:
    chance = random.Random(seed)  # noqa: S311
    world = World()
    ours = [builders.party(f"NL*O{n}A", ours=True) for n in range(3)]
    foreign = builders.party("NL*FOR")
    theirs = [builders.party(f"DE*T{n}A", "EMSP") for n in range(4)]
    for number in range(6):
        spoken = tuple(chance.sample([*theirs, ours[0]], chance.randrange(4)))
        is_hub = chance.random() < 0.3
        made = builders.connection(
            f"Connection {number}",
            kind=ConnectionKind.BACK_OFFICE if is_hub else ConnectionKind.PARTNER,
            # Our back office speaks for ours, and in this world for an eMSP of ours as well.
            speaks_for=(*spoken, ours[1]) if is_hub else spoken,
            presents=tuple(chance.sample([*ours, foreign], chance.choice([0, 0, 2]))),
        )
        made.version = chance.choice(["2.1.1", "2.2.1", "2.3.0"])
        made.save()
        if chance.random() < 0.3:
            ConnectionParty.objects.filter(connection=made, party=theirs[0]).update(approved=False)
    for owner in ours:
        for party in theirs:
            if chance.random() < 0.6:
                world.terms[owner, party] = terms = some_terms(chance)
                parties.agreements.save(owner, party, terms)
    for number in range(30):
        owner = chance.choice([*ours, foreign])
        document = some_location(chance, f"L{number}", owner)
        world.locations[document["id"]] = document
        sent = {k: v for k, v in document.items() if k != "tokens"}
        services.receive(builders.raw(sent), FILE)
    # A file makes what it names ours; this owner is a partner's.
    Party.objects.filter(pk=foreign.pk).update(is_ours=False)
    return world


def some_terms(chance: random.Random) -> Terms:
    share = Share(
        chance.choice(Sharing.values),
        tuple(chance.sample(COUNTRIES, chance.choice([0, 0, 2]))),
        tuple(f"L{n}" for n in chance.sample(range(30), 12)),
    )
    return Terms(
        private_locations=chance.choice(PrivateLocations.values),
        shares={"locations": share} if chance.random() < 0.85 else {"tariffs": share},
        tokens=tuple(chance.sample(TOKENS, chance.randrange(3))),
    )


def some_location(chance: random.Random, identifier: str, owner: Party) -> dict[str, Any]:
    publish = chance.random() < 0.5
    document = builders.location(
        identifier,
        owner=str(owner.identity),
        publish=publish,
        country=chance.choice(COUNTRIES),
    )
    groups = [tuple(chance.sample(TOKENS, chance.choice([1, 1, 2]))) for _ in range(2)]
    tokens = [] if publish or chance.random() < 0.3 else groups
    if tokens:
        document["publish_allowed_to"] = [entry(*one) for one in tokens]
    return {**document, "tokens": tokens}


@pytest.mark.parametrize("seed", range(8))
def test_the_predicate_says_what_was_agreed(seed: int) -> None:
    """L-014, L-017, L-018, T-144: publish, tokens, agreements and versions, by any mixture."""
    world = made_up(seed)
    if seed % 2:
        Location.objects.filter(location_id="L7").update(vanished_at=builders.LATER)
    connections = list(Connection.objects.all())
    for location in Location.objects.select_related("owner"):
        for name, rules in rules_of(seed):
            answers = conditions.ask(rules, location.pk, [c.pk for c in connections])
            for connection in connections:
                expected = world.sees(connection, location, rules)
                told = f"{name}: {location.location_id} of {location.owner} to {connection}"
                assert all(a.holds for a in answers[connection.pk]) is expected, told


@pytest.mark.parametrize("seed", range(12))
def test_a_list_holds_what_is_visible_object_by_object(seed: int) -> None:
    """T-066: worked out owner by owner (lists) and object by object (deliveries) it is one predicate."""
    made_up(seed)
    for connection in Connection.objects.all():
        for name, rules in rules_of(seed):
            seen = sight(rules, connection)
            with database.cursor() as cursor:
                cursor.execute(
                    f"SELECT o.id FROM locations_location o WHERE {seen.sql}",  # noqa: S608
                    seen.parameters,
                )
                listed = {row[0] for row in cursor.fetchall()}
                cursor.execute(
                    "SELECT o.id FROM locations_location o CROSS JOIN parties_connection c"  # noqa: S608
                    f" WHERE c.id = %s AND {rules.visible()}",
                    [connection.pk],
                )
                assert listed == {row[0] for row in cursor.fetchall()}, f"{name}: {connection}"


def test_an_ended_agreement_rules_no_more() -> None:
    ours, theirs = builders.party("NL*ABC", ours=True), builders.party("DE*EMP", "EMSP")
    connection = builders.connection(speaks_for=(theirs,))
    services.receive(builders.raw(builders.location()), FILE)
    nothing = Terms(shares={"locations": Share(Sharing.NOTHING)})
    agreement = agreements.save(ours, theirs, nothing)
    location = Location.objects.get()

    def refusal() -> str | None:
        answers = conditions.ask(VISIBILITY, location.pk, [connection.pk])[connection.pk]
        found = conditions.first_refusal(answers)
        return found.condition.name if found else None

    assert refusal() == "agreed"
    agreements.end(agreement)
    assert refusal() is None
    assert Agreement.objects.count() == 1
