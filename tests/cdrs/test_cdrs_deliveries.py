"""How CDRs go out: one POST each, in order, again only where nobody knows whether it arrived."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from cdrs.models import CDRCopy
from credentials import following
from exchange import copies, deliveries, objects, registry, sharing
from exchange.models import Delivery
from parties.models import Connection
from tests import builders
from tests.cdrs.support import TAXED, VERSIONS, cpo, emsp, held, hold, said
from tests.exchange.conftest import Reply, Seen, System

pytestmark = pytest.mark.django_db
PATH = "/receiver/cdrs"


def taker(system: System, version: str = "2.2.1") -> Connection:
    cpo(ours=True)
    return builders.connection(
        f"EMSP {version}",
        speaks_for=(emsp(ours=False),),
        url=system.url,
        pushes=("cdrs",),
        version=version,
    )


def delivered(system: System, connection: Connection) -> list[Seen]:
    before = len(system.requests)
    Delivery.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))
    deliveries.drain(connection)
    return system.requests[before:]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_new_cdr_is_posted_and_the_address_of_the_copy_is_kept(
    version: str, system: System
) -> None:
    """D-001, D-002, D-005."""
    partner = taker(system, version)
    system.replies(Reply(status=201, headers={"Location": "/ocpi/cdrs/77"}))
    hold(builders.cdr(total_cost=TAXED))

    (request,) = delivered(system, partner)

    assert (request.method, request.path) == ("POST", PATH)
    assert request.document["id"] == "C1"
    if version != "2.1.1":
        assert request.document == said(builders.cdr(total_cost=TAXED), version)
        assert request.headers["ocpi-to-party-id"] == "XYZ"
        assert request.headers["ocpi-from-party-id"] == "ABC"
    assert CDRCopy.objects.get().url == f"{system.url}/ocpi/cdrs/77"
    assert not delivered(system, partner)


def test_cdrs_are_told_in_the_order_in_which_they_came(system: System) -> None:
    """D-006, D-008."""
    partner = taker(system)
    hold(builders.cdr("C1"), builders.cdr("C1-C", credit=True, credit_reference_id="C1"))
    hold(builders.cdr("C2"))
    system.replies(Reply(status=503), Reply())

    sent = [delivered(system, partner) for _ in range(4)]

    assert [request.document["id"] for request in sent[0]] == ["C1"]
    told = [request.document["id"] for requests in sent[1:] for request in requests]
    assert told == ["C1", "C1-C", "C2"]


def test_after_an_answer_that_proves_nothing_it_is_posted_again_as_it_was(system: System) -> None:
    """D-028."""
    partner = taker(system)
    hold(builders.cdr())
    system.replies(None, Reply(status=201))

    first = delivered(system, partner)
    Delivery.objects.update(confirm_after=timezone.now() - timedelta(seconds=1))
    second = delivered(system, partner)

    assert [request.body for request in second] == [first[0].body]
    assert not Delivery.objects.pending().exists()


def test_a_partner_that_refuses_it_is_shown_with_its_reason_and_may_be_asked_again(
    system: System,
) -> None:
    partner = taker(system)
    hold(builders.cdr())
    system.replies(Reply(code=2001), Reply(status=201, headers={"Location": "/c/1"}))
    delivered(system, partner)
    dead = Delivery.objects.dead().get()
    assert "2001" in dead.last_error

    deliveries.replay([dead.pk], actor="anna")

    assert [request.method for request in delivered(system, partner)] == ["POST"]
    assert CDRCopy.objects.count() == 1
    assert not Delivery.objects.dead().exists()


def test_nothing_is_sent_when_a_partner_may_not_see_it_any_more(system: System) -> None:
    """D-003."""
    partner = taker(system)
    hold(builders.cdr())
    assert len(delivered(system, partner)) == 1
    sharing.present(partner, [builders.party("NL*SEC", ours=True)])
    assert not delivered(system, partner)
    assert not Delivery.objects.pending().exists()


@pytest.mark.parametrize("version", VERSIONS)
def test_the_copy_of_a_partner_is_fetched_where_it_said_and_compared(
    version: str, system: System
) -> None:
    """D-002."""
    partner = taker(system, version)
    system.replies(Reply(status=201, headers={"Location": f"{system.url}/kept/77"}))
    hold(builders.cdr())
    (posted,) = delivered(system, partner)
    named = objects.by_id(registry.get("cdrs"), held().pk)
    assert named is not None

    system.replies(Reply(posted.document))
    assert copies.compare_one(named, partner).found == ""
    assert system.requests[-1].path == "/kept/77"

    system.replies(Reply({**posted.document, "total_energy": 9}))
    outcome = copies.compare_one(named, partner)
    assert [one.path for one in outcome.differences] == ["total_energy"]

    CDRCopy.objects.all().delete()
    asked = len(system.requests)
    assert "has not said where" in copies.compare_one(named, partner).words
    assert len(system.requests) == asked


def test_a_partner_that_changes_its_version_is_not_billed_again(system: System) -> None:
    """D-005."""
    partner = taker(system)
    hold(builders.cdr("C1"))
    assert len(delivered(system, partner)) == 1
    before = following.Before.of(partner)
    partner.version = "2.3.0"
    partner.save()
    hold(builders.cdr("C2"))

    following.follow(partner, before, "anna")

    assert [request.document["id"] for request in delivered(system, partner)] == ["C2"]
    assert not delivered(system, partner)
