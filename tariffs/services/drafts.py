"""Writing a tariff of ours apart from what is in force."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from ocpi.ids import ci_key
from parties import events
from parties.models import Party
from tariffs.choices import DraftState
from tariffs.models import Tariff, TariffDraft
from tariffs.services.editing import NotOurs


class DraftRefused(ValueError):
    """A draft cannot be saved, published or discarded, for a reason staff can read."""


@transaction.atomic
def start_draft(
    owner: Party,
    document: dict[str, Any],
    *,
    replaces: Tariff | None = None,
    based_on: int | None = None,
    note: str = "",
    actor: events.Actor = None,
) -> TariffDraft:
    """Keep a canonical document (validated, without ``last_updated``) as a draft; partners are told nothing.

    ``replaces`` is the tariff whose next version it is, ``based_on`` the version it began with; without them
    it is a new tariff. Raises ``NotOurs``, and :class:`DraftRefused` where a new one has the ID of another.
    """
    _must_be_ours(owner)
    draft = TariffDraft(
        owner=owner,
        replaces=replaces,
        based_on=(based_on or replaces.version) if replaces else None,
        edited_at=timezone.now(),
    )
    _write(draft, owner, document, note, actor)
    _event("tariff.drafted", draft, f"A draft of tariff {draft.tariff_id} was begun.", actor)
    return draft


@transaction.atomic
def change_draft(
    draft: TariffDraft,
    owner: Party,
    document: dict[str, Any],
    *,
    revision: int,
    note: str = "",
    actor: events.Actor = None,
) -> TariffDraft:
    """Keep another document, and of a new tariff another owner, in a draft that is at ``revision``.

    Raises :class:`DraftRefused` where somebody else changed or settled it meanwhile, and as
    :func:`start_draft`.
    """
    _must_be_ours(owner)
    locked = lock_open(draft)
    if locked.revision != revision:
        raise DraftRefused(
            f"{locked.edited_by} changed this draft while you were editing. Your entries are still here;"
            " look at the draft in another tab, then save again to overwrite it."
        )
    locked.revision += 1
    _write(locked, owner, document, note, actor)
    _event(
        "tariff.draft_changed",
        locked,
        f"The draft of tariff {locked.tariff_id} was changed.",
        actor,
    )
    return locked


@transaction.atomic
def base_anew(draft: TariffDraft, *, actor: events.Actor = None) -> None:
    """Put a draft on top of what its tariff says now, so that publishing replaces that as well.

    Raises :class:`DraftRefused` where the draft is settled, or is a new tariff's.
    """
    locked = lock_open(draft)
    if locked.replaces is None:
        raise DraftRefused("It is a new tariff, and replaces nothing.")
    locked.based_on, locked.refused = locked.replaces.version, ""
    locked.save(update_fields=["based_on", "refused"])
    _event(
        "tariff.draft_based_anew",
        locked,
        f"The draft of tariff {locked.tariff_id} replaces what is in force since"
        f" {locked.replaces.since:%Y-%m-%d %H:%M} UTC.",
        actor,
    )


@transaction.atomic
def discard(draft: TariffDraft, *, actor: events.Actor = None) -> None:
    """Give a draft up; it stays as history. Raises :class:`DraftRefused` where it is settled already."""
    locked = lock_open(draft)
    settle(locked, DraftState.DISCARDED, actor)
    _event(
        "tariff.draft_discarded",
        locked,
        f"A draft of tariff {locked.tariff_id} was discarded.",
        actor,
    )


def lock_open(draft: TariffDraft) -> TariffDraft:
    """The draft as it is now, locked until the transaction ends; ``DraftRefused`` where it is settled."""
    rows = TariffDraft.objects.select_for_update(of=("self",))
    locked = rows.select_related("owner", "replaces").get(pk=draft.pk)
    if locked.state != DraftState.DRAFT:
        raise DraftRefused(
            f"{locked.settled_by} {locked.get_state_display().lower()} this draft on"
            f" {locked.settled_at:%Y-%m-%d %H:%M} UTC."
        )
    return locked


def settle(draft: TariffDraft, state: DraftState, actor: events.Actor) -> None:
    """End a locked draft."""
    draft.state, draft.publish_at, draft.refused = state, None, ""
    draft.settled_by, draft.settled_at = events.actor_name(actor), timezone.now()
    draft.save()


def _must_be_ours(owner: Party) -> None:
    if not owner.is_ours:
        raise NotOurs(f"{owner.identity} belongs to a partner; only its owner changes its tariffs.")


def _write(
    draft: TariffDraft, owner: Party, document: dict[str, Any], note: str, actor: events.Actor
) -> None:
    key = ci_key(document["id"])
    if draft.replaces is not None:
        if (draft.replaces.owner_id, draft.replaces.tariff_key) != (owner.pk, key):
            raise DraftRefused("A tariff keeps its ID and its owner. Copy it to have another one.")
    elif held := Tariff.objects.filter(owner=owner, tariff_key=key).first():
        raise DraftRefused(taken(held))
    draft.owner, draft.document, draft.note = owner, document, note
    draft.tariff_id, draft.tariff_key = document["id"], key
    draft.edited_by, draft.edited_at = events.actor_name(actor), timezone.now()
    draft.save()


def taken(held: Tariff) -> str:
    """Why a new tariff cannot have the ID of ``held``."""
    if held.deleted_at is not None:
        return (
            f"{held.owner.identity} had a tariff {held.tariff_id}, which was deleted. Choose another ID,"
            " or put that one back and edit it."
        )
    return f"{held.owner.identity} has a tariff {held.tariff_id} already. Edit that one, or choose another ID."


def _event(name: str, draft: TariffDraft, message: str, actor: events.Actor) -> None:
    events.record(
        name,
        message,
        actor=actor,
        subject=draft.reference,
        detail={"draft": draft.pk, "note": draft.note},
    )
