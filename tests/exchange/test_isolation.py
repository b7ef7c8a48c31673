"""Every sender address of the registry, for each partner: what is hidden is neither listed, counted nor readable."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from cdrs import services as cdrs
from charging.sessions import services as sessions
from exchange import registry
from exchange.registry import Route, Source
from locations import services
from locations.models import Location
from ocpi.lenient.roots import identifier_of
from ocpi.versions import SUPPORTED
from parties.choices import Sharing
from parties.models import Connection, Party
from parties.services import agreements
from parties.services.agreements import Share, Terms
from tests import builders

FILE = Source("test", "2.3.0")
pytestmark = pytest.mark.django_db
HELD = ("locations", "tariffs", "tokens")
SEEN, HIDDEN, PRIVATE, FOREIGN = "SEEN", "HIDDEN", "PRIVATE", "FOREIGN"


def routes() -> Iterator[tuple[str, registry.Module, Route]]:
    for version in SUPPORTED:
        for module in registry.modules(version):
            for route in module.sender:
                yield version, module, route


@pytest.fixture
def world(db: None) -> tuple[Party, Party]:
    ours = builders.party("NL*ABC", ours=True)
    foreign = builders.party("NL*FOR")
    documents = [
        builders.location(SEEN),
        builders.location(HIDDEN),
        builders.location(PRIVATE, publish=False),
        builders.location(FOREIGN, owner="NL*FOR"),
    ]
    services.receive(builders.raw(*documents), Source("file", version="2.2.1"))
    tariffs = [builders.tariff(SEEN), builders.tariff(HIDDEN), builders.tariff(FOREIGN, "NL*FOR")]
    inbox = registry.get("tariffs").inbox
    assert inbox is not None
    inbox.receive(builders.raw(*tariffs), Source("file", version="2.2.1"))
    tokens = [builders.token(name, "NL*ABC") for name in (SEEN, HIDDEN)]
    tokens.append(builders.token(FOREIGN, "NL*FOR"))
    inbox = registry.get("tokens").inbox
    assert inbox is not None
    inbox.receive(builders.raw(*tokens), Source("file", version="2.3.0"))
    Party.objects.filter(country_code=foreign.country_code, party_id=foreign.party_id).update(
        is_ours=False
    )
    return ours, foreign


def partner(name: str, party: Party, version: str) -> builders.Partner:
    made = builders.partner(name, speaks_for=(party,))
    Connection.objects.filter(pk=made.connection.pk).update(version=version)
    return made


def ask(who: builders.Partner, version: str, path: str) -> Any:
    # At 2.1.1 tokens are presented as they are.
    given = f"Token {who.token}" if version == "2.1.1" else who.headers()["Authorization"]
    return Client().get(f"/ocpi/{version}/{path}", headers={"Authorization": given})


def address(module: registry.Module, route: Route, name: str) -> str:
    filled = (
        route.pattern.replace("<ci:location_id>", name)
        .replace("<ci:tariff_id>", name)
        .replace("<ci:evse_uid>", "3256")
        .replace("<ci:connector_id>", "1")
    )
    return f"sender/{module.identifier}/{filled}".rstrip("/")


@pytest.mark.parametrize("version", SUPPORTED)
def test_no_sender_address_shows_what_is_hidden(version: str, world: tuple[Party, Party]) -> None:
    """T-009, T-066, T-144, PF-35: two partners, one limited by an agreement; foreign and private objects."""
    ours, _ = world
    one, other = builders.party("DE*ONE", "EMSP"), builders.party("DE*OTH", "EMSP")
    limited, open_to_all = partner("One", one, version), partner("Other", other, version)
    agreements.save(
        ours,
        one,
        Terms(
            shares={m.identifier: Share(Sharing.EXCEPT, (), (HIDDEN,)) for m in registry.modules()}
        ),
    )
    emsp = builders.party("NL*ABC", "EMSP", ours=True)
    agreements.save(emsp, one, Terms(shares={"tokens": Share(Sharing.EXCEPT, (), (HIDDEN,))}))
    for asked_version, module, route in routes():
        if asked_version != version or "get" not in route.view.methods(version):
            continue
        assert module.outbox is not None
        # Without an agreement nothing is shared that is not public.
        public = set() if module.outbox.visibility.only_agreed else {SEEN, HIDDEN}
        limits = ((limited, {SEEN}), (open_to_all, public))
        if module.identifier not in HELD:
            limits = ((limited, set()), (open_to_all, set()))
        for who, visible in limits:
            if route.many:
                since = "?date_from=2000-01-01T00:00:00Z"
                answer = ask(who, version, address(module, route, "") + since)
                name = identifier_of(module.kind)
                listed = {document[name] for document in json.loads(answer.content)["data"]}
                assert listed == visible, (who.connection, route.name)
                assert answer.headers["X-Total-Count"] == str(len(visible))
                continue
            for name in (SEEN, HIDDEN, PRIVATE, FOREIGN):
                answer = ask(who, version, address(module, route, name))
                expected = 200 if name in visible else 404
                assert answer.status_code == expected, (who.connection, route.name, name)


def test_a_module_that_sends_objects_says_who_may_see_them() -> None:
    """A new module cannot forget the predicate: without it nothing of it goes out."""
    for module in registry.modules():
        if module.sender or module.outbox is not None:
            assert module.outbox is not None
            assert module.outbox.visibility.module == module.identifier


def test_what_was_hidden_a_moment_ago_is_read_at_once(world: tuple[Party, Party]) -> None:
    ours, _ = world
    one = builders.party("DE*ONE", "EMSP")
    who = partner("One", one, "2.2.1")
    assert ask(who, "2.2.1", f"sender/locations/{HIDDEN}").status_code == 200
    agreements.save(ours, one, Terms(shares={"locations": Share(Sharing.NOTHING)}))
    assert ask(who, "2.2.1", f"sender/locations/{HIDDEN}").status_code == 404
    assert Location.objects.count() == 4


@pytest.mark.parametrize("version", SUPPORTED)
def test_what_concerns_one_partner_is_nobody_elses(
    version: str, world: tuple[Party, Party]
) -> None:
    """S-026, D-027: sessions and CDRs at our charge points, of the cards of two partners."""
    cards = {"DE*ONE": "ONE", "DE*OTH": "OTHER"}
    who = {
        party: partner(name, builders.party(party, "EMSP"), version)
        for party, name in cards.items()
    }
    for party, name in cards.items():
        token = builders.cdr_token(party)
        place = {"location_id": SEEN}
        sessions.receive(
            builders.raw(builders.session(f"S-{name}", cdr_token=token, **place)), FILE
        )
        cdrs.receive(builders.raw(builders.cdr(f"C-{name}", cdr_token=token)), FILE)
    for party, name in cards.items():
        for module, prefix in (("sessions", "S"), ("cdrs", "C")):
            since = "?date_from=2000-01-01T00:00:00Z"
            answer = ask(who[party], version, f"sender/{module}{since}")
            assert [entry["id"] for entry in json.loads(answer.content)["data"]] == [
                f"{prefix}-{name}"
            ]
            assert answer.headers["X-Total-Count"] == "1"
        # They are the CPO's: nobody reads or writes them as an eMSP.
        for other in cards.values():
            path = f"receiver/sessions/NL/ABC/S-{other}"
            assert ask(who[party], version, path).status_code == 404
