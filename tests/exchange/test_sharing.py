"""Becoming visible and invisible is delivered: by agreements, by parties shown, by the objects themselves."""

from __future__ import annotations

from typing import Any

import pytest

from exchange import deliveries, sharing
from exchange.choices import Known
from exchange.models import Delivery
from exchange.registry import Source
from locations import services
from parties import services as parties
from parties.choices import PrivateLocations, Sharing
from parties.models import Agreement, Connection, Party
from parties.services import agreements
from parties.services.agreements import Share, Terms, Token
from tests import builders
from tests.exchange.conftest import System

pytestmark = pytest.mark.django_db
NOTHING = Terms(shares={"locations": Share(Sharing.NOTHING)})


@pytest.fixture
def ours(db: None) -> Party:
    return builders.party("NL*ABC", ours=True)


@pytest.fixture
def theirs(taker: Connection) -> Party:
    return taker.parties.get()


def take(*names: str, **fields: Any) -> None:
    documents = [builders.location(name, **fields) for name in names]
    services.receive(builders.raw(*documents), Source("file", version="2.2.1"))


def agree(ours: Party, theirs: Party, terms: Terms) -> sharing.Change:
    with sharing.changing(sharing.seeing_for(theirs), owners=[ours]) as change:
        agreements.save(ours, theirs, terms)
    return change


def sent(system: System) -> list[tuple[str, str, list[str]]]:
    """Method, id and statuses of EVSEs of what was sent since the last call."""
    found = [
        (seen.method, seen.path.rsplit("/", 1)[1], [e["status"] for e in seen.document["evses"]])
        for seen in system.requests
    ]
    system.requests.clear()
    return sorted(found)


def test_what_an_agreement_hides_is_withdrawn_and_what_it_shows_again_is_told_whole(
    taker: Connection, system: System, ours: Party, theirs: Party
) -> None:
    """L-014, T-144: visible, invisible, visible, each delivered; the objects themselves do not change."""
    take("LOC1", "LOC2")
    deliveries.drain(taker)
    assert len(sent(system)) == 2

    change = agree(
        ours, theirs, Terms(shares={"locations": Share(Sharing.SELECTED, (), ("loc1",))})
    )
    assert (change.shown, change.hidden, change.withdrawn) == (0, 1, 1)
    deliveries.drain(taker)
    assert sent(system) == [("PUT", "LOC2", ["REMOVED"])]
    assert not Delivery.objects.pending().exists()

    change = agree(ours, theirs, Terms(shares={"locations": Share(Sharing.EXCEPT, (), ("LOC1",))}))
    assert (change.shown, change.hidden, change.withdrawn) == (1, 1, 1)
    deliveries.drain(taker)
    assert sent(system) == [("PUT", "LOC1", ["REMOVED"]), ("PUT", "LOC2", ["AVAILABLE"])]

    with sharing.changing(sharing.seeing_for(theirs), owners=[ours]):
        agreements.end(Agreement.objects.get())
    deliveries.drain(taker)
    assert sent(system) == [("PUT", "LOC1", ["AVAILABLE"])]
    assert set(Delivery.objects.values_list("known", flat=True)) == {Known.CONFIRMED}


def test_what_was_never_told_is_not_withdrawn(
    taker: Connection, system: System, ours: Party, theirs: Party
) -> None:
    """T-144: a partner does not learn of an object by being told that it is gone."""
    take("LOC1")
    change = agree(ours, theirs, NOTHING)
    assert (change.hidden, change.withdrawn) == (1, 0)
    deliveries.drain(taker)

    assert system.requests == []
    assert not Delivery.objects.exists()


def test_a_change_is_marked_while_a_delivery_is_under_way(
    taker: Connection, system: System, ours: Party, theirs: Party
) -> None:
    """What is on its way when an object is hidden arrives, and is withdrawn after it."""
    take("LOC1")
    (claimed,) = deliveries.claim(taker)
    agree(ours, theirs, NOTHING)

    # What the worker records settles the version it claimed, and no more.
    assert Delivery.objects.get().wanted_version > claimed.wanted_version


def test_tokens_and_agreements_open_private_locations(
    taker: Connection, system: System, ours: Party, theirs: Party
) -> None:
    """L-017, PF-35: whose tokens match gets a private location, as it is; who loses them loses it."""
    take("LOC1", publish=False, publish_allowed_to=[{"uid": "card1", "type": "RFID"}])
    deliveries.drain(taker)
    assert system.requests == []

    open_to = Terms(
        private_locations=PrivateLocations.ENTITLED, tokens=(Token("uid", "CARD1", "RFID"),)
    )
    assert agree(ours, theirs, open_to).shown == 1
    deliveries.drain(taker)
    (seen,) = system.requests
    assert (seen.document["publish"], seen.document["evses"][0]["status"]) == (False, "AVAILABLE")
    sent(system)

    take(
        "LOC1",
        publish=False,
        publish_allowed_to=[{"uid": "CARD2", "type": "RFID"}],
        last_updated=builders.LATER,
    )
    deliveries.drain(taker)
    assert sent(system) == [("PUT", "LOC1", ["REMOVED"])]

    agree(ours, theirs, Terms(private_locations=PrivateLocations.ALWAYS))
    deliveries.drain(taker)
    assert sent(system) == [("PUT", "LOC1", ["AVAILABLE"])]


def test_parties_shown_hosted_and_approved_change_what_is_told(
    taker: Connection, system: System, ours: Party
) -> None:
    """Which of our parties a connection presents, and whom it speaks for."""
    take("LOC1")
    deliveries.drain(taker)
    sent(system)
    other = builders.party("NL*ELS", ours=True)
    with sharing.changing([taker.pk]) as change:
        taker.presents.set([other])
    assert (change.hidden, change.withdrawn) == (1, 1)
    deliveries.drain(taker)
    assert sent(system) == [("PUT", "LOC1", ["REMOVED"])]

    with sharing.changing([taker.pk]) as change:
        taker.presents.clear()
    assert change.shown == 1


def test_a_preview_changes_nothing(taker: Connection, ours: Party, theirs: Party) -> None:
    take("LOC1", "LOC2")
    Delivery.objects.update(last_exchange_id=1, sent_version=1)

    change = sharing.preview(
        sharing.seeing_for(theirs),
        lambda: agreements.save(ours, theirs, NOTHING),
        owners=[ours],
    )

    assert (change.shown, change.hidden, change.withdrawn) == (0, 2, 2)
    assert not Agreement.objects.exists()
    assert not Delivery.objects.pending().exists()


def test_one_change_within_another(taker: Connection, ours: Party, theirs: Party) -> None:
    take("LOC1")
    with sharing.changing([taker.pk]) as outer, sharing.changing([taker.pk]) as inner:
        agreements.save(ours, theirs, NOTHING)

    assert (inner.hidden, outer.hidden) == (1, 1)


def test_an_agreement_that_makes_no_sense_is_refused_with_the_field(
    ours: Party, theirs: Party
) -> None:
    for terms, named in (
        (Terms(shares={"locations": Share(countries=("Holland",))}), "countries"),
        (Terms(shares={"locations": Share(Sharing.SELECTED, (), ("Ä",))}), "selection"),
        (Terms(tokens=(Token("uid", "X"),)), "type"),
        (Terms(tokens=(Token("visual_number", "X"),)), "issuer"),
    ):
        with pytest.raises(agreements.NotAgreed, match=named):
            parties.agreements.save(ours, theirs, terms)
    with pytest.raises(agreements.NotAgreed, match="not hosted"):
        agreements.save(theirs, ours, Terms())
