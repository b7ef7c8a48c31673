"""Giving drafts to partners: now, or when their time comes."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from exchange.comparing import same_document
from ocpi import json
from ocpi.datetimes import format_datetime
from ocpi.errors import InvalidParameters
from ocpi.versioned import CANONICAL, validate_document
from parties import events
from tariffs import selectors, words
from tariffs.choices import DraftState
from tariffs.models import Tariff, TariffDraft
from tariffs.services.drafts import DraftRefused, lock_open, settle, taken
from tariffs.services.pushes import put_tariff

BATCH = 50
NOTHING_CHANGES = "It says the same as what is in force, so that there is nothing to publish."


def refusal(draft: TariffDraft) -> str:
    """Why a draft cannot be published now; empty where it can. Reads, and changes nothing."""
    if draft.state != DraftState.DRAFT:
        return f"It is {draft.get_state_display().lower()} already."
    if not draft.owner.is_ours:
        return f"{draft.owner.identity} is not hosted here any more."
    held = _held(draft)
    if draft.based_on is None:
        return taken(held) if held is not None else ""
    if held is None or not held.is_in_force:
        return f"Tariff {draft.tariff_id} was deleted meanwhile. Put it back first, or discard the draft."
    if held.version != draft.based_on:
        return (
            f"Tariff {draft.tariff_id} changed on {held.since:%Y-%m-%d at %H:%M} UTC, after this draft was"
            " begun. Look at what publishing would change now, then base the draft on what is in force."
        )
    stored, written = (
        json.dumps({k: v for k, v in document.items() if k != "last_updated"}).decode()
        for document in (selectors.document_of(held.pk), selectors.draft_document(draft.pk))
    )
    return NOTHING_CHANGES if same_document(stored, written) else ""


@transaction.atomic
def publish(draft: TariffDraft, *, actor: events.Actor = None) -> Tariff:
    """Put a draft in force as the tariff's next version; partners are told.

    What the tariff said is kept as a version. Raises :class:`DraftRefused` with :func:`refusal`, and where
    OCPI's types refuse the document.
    """
    locked = lock_open(draft)
    # Whoever changes the tariff meanwhile waits, or was first and is seen below.
    held = _held(locked, lock=True)
    if reason := refusal(locked):
        raise DraftRefused(reason)
    now = timezone.now()
    # An older time than the last one would be passed over, here and at partners.
    stamp = max(now, held.last_updated) if held is not None else now
    document = {**selectors.draft_document(locked.pk), "last_updated": format_datetime(stamp)}
    try:
        checked = validate_document(CANONICAL, "tariff", document)
    except InvalidParameters as refused:
        raise DraftRefused(f"OCPI refuses it. {refused.message}") from None
    is_new = put_tariff(locked.owner, checked, source=None)
    if is_new != (locked.based_on is None):
        raise DraftRefused("Somebody else created this tariff in this moment. Look at it first.")
    tariff = Tariff.objects.get(owner=locked.owner, tariff_key=locked.tariff_key)
    locked.replaces = tariff
    settle(locked, DraftState.PUBLISHED, actor)
    events.record(
        "tariff.published",
        f"Tariff {tariff} was published: {words.price_line(document)}.",
        actor=actor,
        subject=locked.reference,
        detail={"draft": locked.pk, "version": tariff.version, "note": locked.note},
    )
    return tariff


@transaction.atomic
def schedule(draft: TariffDraft, at: datetime, *, actor: events.Actor = None) -> None:
    """Have a draft published by the clock at ``at`` (aware, in the future).

    Raises :class:`DraftRefused` where it could not be published now, so that mistakes show at once.
    """
    locked = lock_open(draft)
    if at <= timezone.now():
        raise DraftRefused("This time is over. Publish it now, or choose a later time.")
    if reason := refusal(locked):
        raise DraftRefused(reason)
    locked.publish_at, locked.scheduled_by, locked.refused = at, events.actor_name(actor), ""
    locked.save(update_fields=["publish_at", "scheduled_by", "refused"])
    events.record(
        "tariff.publishing_scheduled",
        f"Tariff {locked.tariff_id} is to be published on {at:%Y-%m-%d at %H:%M} UTC.",
        actor=actor,
        subject=locked.reference,
        detail={"draft": locked.pk},
    )


@transaction.atomic
def unschedule(draft: TariffDraft, *, actor: events.Actor = None) -> None:
    """Have a draft wait for somebody again. Raises :class:`DraftRefused` where it is settled."""
    locked = lock_open(draft)
    locked.publish_at = None
    locked.save(update_fields=["publish_at"])
    events.record(
        "tariff.publishing_unscheduled",
        f"Tariff {locked.tariff_id} is not published by itself any more.",
        actor=actor,
        subject=locked.reference,
        detail={"draft": locked.pk},
    )


def publish_due() -> int:
    """Publish the drafts whose time has come; returns how many were seen to, at most :data:`BATCH`.

    What cannot be published stays a draft that says why. Call it again while it is not zero.
    """
    now = timezone.now()
    due = TariffDraft.objects.filter(state=DraftState.DRAFT, publish_at__lte=now)
    return sum(
        _publish_due(pk, now)
        for pk in due.order_by("publish_at", "pk").values_list("pk", flat=True)[:BATCH]
    )


@transaction.atomic
def _publish_due(draft_pk: int, now: datetime) -> bool:
    rows = TariffDraft.objects.select_for_update(skip_locked=True)
    draft = rows.filter(pk=draft_pk, state=DraftState.DRAFT, publish_at__lte=now).first()
    if draft is None:
        return False
    try:
        with transaction.atomic():
            publish(draft, actor=draft.scheduled_by)
    except DraftRefused as refused:
        draft.publish_at, draft.refused = None, str(refused)[:400]
        draft.save(update_fields=["publish_at", "refused"])
        events.record(
            "tariff.publishing_refused",
            f"Tariff {draft.tariff_id} was not published: {refused}",
            subject=draft.reference,
            detail={"draft": draft.pk},
        )
    return True


def _held(draft: TariffDraft, *, lock: bool = False) -> Tariff | None:
    rows = Tariff.objects.select_for_update() if lock else Tariff.objects.select_related("owner")
    return rows.filter(owner=draft.owner_id, tariff_key=draft.tariff_key).first()
