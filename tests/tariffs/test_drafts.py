"""Drafts of tariffs: what publishing does, when it is refused, and what the clock does."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.utils import timezone

from exchange import detectors
from exchange.models import Delivery
from exchange.registry import Source
from ocpi import json
from ocpi.datetimes import format_datetime
from parties.models import Event, Party
from staff.links import page_url
from tariffs import selectors, services, tasks
from tariffs.choices import DraftState
from tariffs.detectors import NOT_PUBLISHED
from tariffs.models import Tariff, TariffDraft, TariffVersion
from tests import builders
from tests.builders import LATER
from tests.tariffs.support import held, hold

pytestmark = pytest.mark.django_db


@pytest.fixture
def ours(db: None) -> Party:
    return builders.party("NL*ABC", ours=True)


def document(price: float = 0.39, **fields: Any) -> dict[str, Any]:
    made = builders.tariff(**{"elements": [builders.priced(ENERGY=price)], **fields})
    del made["last_updated"]
    return made


def draft_of(owner: Party, price: float = 0.39, **options: Any) -> TariffDraft:
    return services.start_draft(owner, document(price), actor="fiona", **options)


def next_version(owner: Party, price: float = 0.39) -> TariffDraft:
    return draft_of(owner, price, replaces=held(owner))


def price_of(owner: Party) -> Any:
    return selectors.document_of(held(owner).pk)["elements"][0]["price_components"][0]["price"]


def due(draft: TariffDraft) -> None:
    TariffDraft.objects.filter(pk=draft.pk).update(publish_at=timezone.now() - timedelta(seconds=1))


def test_nobody_is_told_of_a_draft(ours: Party) -> None:
    builders.connection(
        "Taker", speaks_for=(builders.party("DE*EMP", "EMSP"),), pushes=("tariffs",)
    )
    draft_of(ours)
    assert not Tariff.objects.exists()
    assert not Delivery.objects.exists()


def test_publishing_a_new_tariff_tells_partners(ours: Party) -> None:
    builders.connection(
        "Taker", speaks_for=(builders.party("DE*EMP", "EMSP"),), pushes=("tariffs",)
    )
    draft = draft_of(ours)
    tariff = services.publish(draft, actor="olga")
    assert Delivery.objects.filter(object_id=tariff.pk, module="tariffs").count() == 1
    draft.refresh_from_db()
    assert (draft.state, draft.replaces, draft.settled_by) == ("published", tariff, "olga")
    assert [(event.name, event.actor) for event in Event.objects.filter(subject="NL*ABC/T1")] == [
        ("tariff.published", "olga"),
        ("tariff.drafted", "fiona"),
    ]


def test_publishing_makes_a_version_and_keeps_the_former(ours: Party) -> None:
    hold(builders.tariff())
    services.publish(next_version(ours, 0.5))
    assert price_of(ours) == 0.5
    former = TariffVersion.objects.get()
    assert former.document["elements"][0]["price_components"][0]["price"] == 0.25
    assert held(ours).last_updated > former.last_updated


def test_it_is_newer_than_what_came_with_a_time_ahead(ours: Party) -> None:
    """What is older than the stored time would be passed over."""
    ahead = timezone.now() + timedelta(minutes=4)
    hold(builders.tariff(last_updated=format_datetime(ahead)))
    services.publish(next_version(ours, 0.5))
    assert price_of(ours) == 0.5


def test_a_change_meanwhile_refuses_until_the_draft_is_based_anew(ours: Party) -> None:
    hold(builders.tariff())
    draft = next_version(ours, 0.5)
    hold(builders.tariff(currency="SEK", last_updated=LATER))
    with pytest.raises(services.DraftRefused, match=r"changed on .* after this draft was begun"):
        services.publish(draft)
    assert price_of(ours) == 0.25

    services.base_anew(draft, actor="fiona")
    services.publish(draft)
    assert price_of(ours) == 0.5


def test_of_two_drafts_only_the_first_is_published(ours: Party) -> None:
    hold(builders.tariff())
    first, second = next_version(ours, 0.5), next_version(ours, 0.6)
    services.publish(first)
    with pytest.raises(services.DraftRefused, match="after this draft was begun"):
        services.publish(second)
    assert price_of(ours) == 0.5


def test_what_was_deleted_meanwhile_is_not_revived(ours: Party) -> None:
    hold(builders.tariff())
    draft = next_version(ours)
    services.withdraw(held(ours))
    with pytest.raises(services.DraftRefused, match="was deleted meanwhile"):
        services.publish(draft)
    assert held(ours).deleted_at is not None


def test_a_new_tariff_needs_an_id_of_its_own(ours: Party) -> None:
    draft = draft_of(ours)
    hold(builders.tariff("t1"))
    with pytest.raises(services.DraftRefused, match="has a tariff t1 already"):
        services.publish(draft)
    with pytest.raises(services.DraftRefused, match="has a tariff t1 already"):
        draft_of(ours)
    services.withdraw(held(ours))
    with pytest.raises(services.DraftRefused, match="which was deleted"):
        draft_of(ours)


def test_what_changes_nothing_is_not_published(ours: Party) -> None:
    hold(builders.tariff())
    with pytest.raises(services.DraftRefused, match="nothing to publish"):
        services.publish(next_version(ours, 0.25))
    assert not TariffVersion.objects.exists()


@pytest.mark.parametrize("settle", [services.publish, services.discard])
def test_what_is_settled_stays_so(ours: Party, settle: Any) -> None:
    draft = draft_of(ours)
    settle(draft, actor="olga")
    later = timezone.now() + timedelta(days=1)
    for again in (
        services.publish,
        services.discard,
        services.unschedule,
        lambda one: services.schedule(one, later),
        lambda one: services.change_draft(one, ours, document(), revision=1),
    ):
        with pytest.raises(services.DraftRefused, match=r"olga (published|discarded) this draft"):
            again(draft)


def test_two_people_do_not_overwrite_each_other(ours: Party) -> None:
    draft = draft_of(ours)
    services.change_draft(draft, ours, document(0.5), revision=1, actor="fiona")
    with pytest.raises(services.DraftRefused, match="fiona changed this draft"):
        services.change_draft(draft, ours, document(0.6), revision=1, actor="olga")
    services.change_draft(draft, ours, document(0.6), revision=2, actor="olga")
    draft.refresh_from_db()
    assert (draft.revision, draft.edited_by) == (3, "olga")


def test_a_tariff_keeps_its_id_and_a_new_one_may_change_it(ours: Party) -> None:
    new = draft_of(ours)
    services.change_draft(new, ours, document(id="T2"), revision=1)
    hold(builders.tariff())
    with pytest.raises(services.DraftRefused, match="keeps its ID"):
        services.change_draft(next_version(ours), ours, document(id="T3"), revision=1)
    assert {draft.tariff_key for draft in TariffDraft.objects.all()} == {"T1", "T2"}


def test_only_our_tariffs_are_written_here() -> None:
    theirs = builders.party("DE*ION")
    with pytest.raises(services.NotOurs):
        draft_of(theirs)


def test_the_document_keeps_its_digits(ours: Party) -> None:
    """A price is money: what was written goes out, digit for digit."""
    price = "0.123456789012345678"
    written = services.start_draft(ours, document(json.loads(price.encode())))
    tariff = services.publish(written)
    with database.cursor() as cursor:
        cursor.execute("SELECT document::text FROM tariffs_tariff WHERE id = %s", [tariff.pk])
        assert price in cursor.fetchone()[0]


# The clock


def test_a_scheduled_draft_is_published_when_its_time_comes(ours: Party) -> None:
    hold(builders.tariff())
    draft = next_version(ours, 0.5)
    services.schedule(draft, timezone.now() + timedelta(hours=1), actor="fiona")
    tasks.publish_drafts()
    assert price_of(ours) == 0.25

    due(draft)
    tasks.publish_drafts()
    assert price_of(ours) == 0.5
    assert Event.objects.get(name="tariff.published").actor == "fiona"


def test_what_cannot_be_published_then_says_why(ours: Party) -> None:
    hold(builders.tariff())
    first, second = next_version(ours, 0.5), next_version(ours, 0.6)
    for draft in (first, second):
        services.schedule(draft, timezone.now() + timedelta(hours=1))
        due(draft)
    tasks.publish_drafts()
    assert price_of(ours) == 0.5
    second.refresh_from_db()
    assert (second.state, second.publish_at) == (DraftState.DRAFT, None)
    assert "after this draft was begun" in second.refused
    assert Event.objects.filter(name="tariff.publishing_refused", subject="NL*ABC/T1").exists()
    TariffDraft.objects.filter(pk=second.pk).update(
        refused_at=timezone.now() - timedelta(minutes=1)
    )
    (late,) = detectors.find(NOT_PUBLISHED)
    assert late.reference == f"NL*ABC/T1, draft {second.pk}"
    assert NOT_PUBLISHED.url(late.reference) == page_url(second)
    assert services.publish_due() == 0
    services.discard(second)
    assert detectors.find(NOT_PUBLISHED) == []


def test_a_schedule_can_be_taken_back(ours: Party) -> None:
    draft = draft_of(ours)
    services.schedule(draft, timezone.now() + timedelta(hours=1))
    services.unschedule(draft)
    draft.refresh_from_db()
    assert draft.publish_at is None


def test_a_time_that_is_over_cannot_be_scheduled(ours: Party) -> None:
    past: datetime = timezone.now() - timedelta(minutes=1)
    with pytest.raises(services.DraftRefused, match="time is over"):
        services.schedule(draft_of(ours), past)


def test_a_repetition_of_the_list_does_not_matter_to_a_draft(ours: Party) -> None:
    """What came again as it was is no change."""
    hold(builders.tariff())
    draft = next_version(ours)
    services.receive(builders.raw(builders.tariff()), Source(label="test", version="2.3.0"))
    assert not services.refusal(draft)
