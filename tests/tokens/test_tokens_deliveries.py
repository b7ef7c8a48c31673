"""How partners are told about tokens: the whole token, as not valid when they may not see it any more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from exchange import copies, deliveries, objects, registry, sharing
from exchange.choices import Found
from exchange.models import Delivery
from exchange.registry import Source
from parties.models import Connection, Party
from parties.services import agreements
from tests import builders
from tests.builders import LATER
from tests.exchange.conftest import Reply, Seen, System
from tests.tokens.support import PUBLIC, UID, agree, held, hold, said
from tokens import services

pytestmark = pytest.mark.django_db
PATH = f"/receiver/tokens/NL/MSP/{UID}"


@pytest.fixture
def ours(db: None) -> Party:
    return builders.party("NL*MSP", "EMSP", ours=True)


def taker(system: System, ours: Party | None, version: str = "2.2.1") -> Connection:
    cpo = builders.party("DE*CPO")
    if ours is not None:
        agree(ours, cpo)
    return builders.connection(
        f"Taker {version}", speaks_for=(cpo,), url=system.url, pushes=("tokens",), version=version
    )


def delivered(system: System, connection: Connection) -> list[Seen]:
    """The requests that delivering what is due comes to."""
    before = len(system.requests)
    Delivery.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    deliveries.drain(connection)
    return system.requests[before:]


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1", "2.3.0"])
def test_a_new_token_is_put_as_the_version_writes_it(
    version: str, ours: Party, system: System
) -> None:
    """K-001."""
    partner = taker(system, ours, version)
    hold(builders.token())

    (request,) = delivered(system, partner)

    assert (request.method, request.path, request.query) == ("PUT", PATH, {})
    assert request.document == said(builders.token(), version)
    assert not delivered(system, partner)


@pytest.mark.parametrize(("version", "query"), [("2.1.1", {}), ("2.2.1", {"type": "APP_USER"})])
def test_the_address_names_the_type_and_an_app_user_is_never_white_listed(
    version: str, query: dict[str, str], ours: Party, system: System
) -> None:
    """K-002, K-021."""
    partner = taker(system, ours, version)
    hold(builders.token(type="APP_USER", whitelist="ALLOWED"))

    (request,) = delivered(system, partner)

    assert (request.path, request.query) == (PATH, query)
    assert request.document["whitelist"] == "NEVER"


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
def test_emaids_are_not_pushed(version: str, ours: Party, system: System) -> None:
    """K-022: they can be fetched."""
    partner = taker(system, ours, version)
    hold(builders.token(type="EMAID"))
    services.block(held(ours, type_="EMAID"))

    assert delivered(system, partner) == []
    assert not Delivery.objects.exists()


def test_what_is_blocked_or_vanishes_is_told_as_not_valid_and_never_deleted(
    ours: Party, system: System
) -> None:
    """K-005."""
    partner = taker(system, ours)
    hold(builders.token())
    delivered(system, partner)

    services.block(held(ours))
    (request,) = delivered(system, partner)
    assert (request.method, request.document["valid"]) == ("PUT", False)
    services.unblock(held(ours))
    (request,) = delivered(system, partner)
    assert request.document["valid"] is True

    assert services.retire([held(ours).pk], Source("test", "2.2.1")) == 1
    (request,) = delivered(system, partner)
    assert (request.method, request.path) == ("PUT", PATH)
    assert request.document["valid"] is False
    assert held(ours).valid is False

    hold(builders.token(last_updated="2027-01-01T00:00:00Z"))
    (request,) = delivered(system, partner)
    assert request.document["valid"] is True


def test_a_new_agreement_tells_everything_and_its_end_makes_it_invalid(
    ours: Party, system: System
) -> None:
    partner = taker(system, None)
    hold(builders.token("A"), builders.token("B"))
    assert delivered(system, partner) == []
    cpo = partner.parties.get()

    with sharing.changing(sharing.seeing_for(cpo), owners=[ours]) as change:
        agreement = agreements.save(ours, cpo, PUBLIC)
    assert change.shown == 2
    assert [request.document["valid"] for request in delivered(system, partner)] == [True, True]

    with sharing.changing(sharing.seeing_for(cpo), owners=[ours]):
        agreements.end(agreement)
    assert [request.document["valid"] for request in delivered(system, partner)] == [False, False]


def test_a_partners_copy_is_compared_by_uid_and_type(ours: Party, system: System) -> None:
    partner = taker(system, ours)
    hold(builders.token(type="APP_USER", whitelist="NEVER"), builders.token())
    delivered(system, partner)
    target = objects.find(registry.get("tokens"), f"NL*MSP/{UID.lower()}?type=APP_USER")
    assert target is not None

    theirs: dict[str, Any] = said(builders.token(type="APP_USER", whitelist="NEVER"), "2.2.1")
    system.replies(Reply({**theirs, "valid": False}))
    outcome = copies.compare_one(target, partner)

    assert system.requests[-1].query == {"type": "APP_USER"}
    assert (outcome.found, [one.path for one in outcome.differences]) == (
        Found.DIFFERENT,
        ["valid"],
    )
    system.replies(Reply(theirs))
    assert copies.compare_one(target, partner).found == ""
    card = objects.find(registry.get("tokens"), UID)
    assert card is not None
    assert card.reference == f"NL*MSP/{UID}"


def test_an_import_again_tells_nothing(ours: Party, system: System) -> None:
    partner = taker(system, ours)
    assert hold(builders.token()).counts.created == 1
    delivered(system, partner)

    assert hold(builders.token()).counts.unchanged == 1
    assert delivered(system, partner) == []
    assert hold(builders.token(last_updated=LATER, valid=False)).counts.updated == 1
    assert len(delivered(system, partner)) == 1
