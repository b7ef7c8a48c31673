"""What staff do to our own tariffs."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from ocpi.datetimes import format_datetime
from parties import events
from tariffs import selectors
from tariffs.models import Tariff
from tariffs.services.pushes import delete_tariff, put_tariff


class NotOurs(ValueError):
    """Only tariffs of parties hosted here can be withdrawn or put back here."""


@transaction.atomic
def withdraw(tariff: Tariff, *, actor: events.Actor = None) -> bool:
    """Delete one of our tariffs: partners are told to delete it; whether it was not deleted before."""
    _must_be_ours(tariff)
    deleted = delete_tariff(tariff.owner, tariff.tariff_id, source=None)
    if deleted:
        events.record(
            "tariff.deleted",
            f"Tariff {tariff} was deleted.",
            actor=actor,
            subject=tariff.reference,
        )
    return deleted


@transaction.atomic
def restore(tariff: Tariff, *, actor: events.Actor = None) -> None:
    """Put one of our deleted tariffs back as it was, as of now; partners get it again."""
    _must_be_ours(tariff)
    document = selectors.document_of(tariff.pk)
    put_tariff(
        tariff.owner, {**document, "last_updated": format_datetime(timezone.now())}, source=None
    )
    events.record(
        "tariff.restored",
        f"Tariff {tariff} was put back.",
        actor=actor,
        subject=tariff.reference,
    )


def _must_be_ours(tariff: Tariff) -> None:
    if not tariff.owner.is_ours:
        raise NotOurs(f"{tariff.reference} belongs to a partner; only its owner changes it.")
