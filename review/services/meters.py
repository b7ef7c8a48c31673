"""Keeping the public keys of meters."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec
from django.db import transaction

from ocpi.signed_values.keys import CurveUnsupported, KeyUnreadable, der_hex, read_key
from parties import events
from parties.models import Party
from review.models import MeterKey

DEFAULT_CURVE = "secp256r1"


class Given(NamedTuple):
    """What is known of a key: of which meter or EVSE it is, the key in any form, when it signs, and how we know.

    ``curve`` is needed for a bare point only; ``used_from`` and ``used_until`` are aware.
    """

    owner: Party
    meter: str
    evse_id: str
    public_key: str
    curve: str = ""
    used_from: datetime | None = None
    used_until: datetime | None = None
    note: str = ""


class CannotKeep(ValueError):
    """The key cannot be kept; the message says why, for staff."""


def look_up_key(text: str) -> str:
    """A serial number or EVSE ID as it is looked up: letters and digits, in upper case."""
    return "".join(character for character in text.upper() if character.isalnum())


def check(given: Given) -> ec.EllipticCurvePublicKey:
    """The key itself; raises :class:`CannotKeep` for what :func:`keep` would not take."""
    if not look_up_key(given.meter) and not look_up_key(given.evse_id):
        raise CannotKeep("Say of which meter or EVSE it is.")
    if given.used_from and given.used_until and given.used_until <= given.used_from:
        raise CannotKeep("It is used until a moment before it is used from.")
    try:
        return read_key(given.public_key, given.curve or DEFAULT_CURVE)
    except (KeyUnreadable, CurveUnsupported) as error:
        raise CannotKeep(str(error)) from None


def keep(given: Given, *, actor: events.Actor, key: MeterKey | None = None) -> MeterKey:
    """Keep a key, or change what is known of ``key``. Raises :class:`CannotKeep`."""
    public = check(given)
    is_new = key is None
    row = key or MeterKey(added_by=events.actor_name(actor)[:150])
    row.owner, row.note = given.owner, given.note.strip()
    row.meter, row.meter_key = given.meter.strip(), look_up_key(given.meter)
    row.evse_id, row.evse_key = given.evse_id.strip(), look_up_key(given.evse_id)
    row.public_key, row.curve = der_hex(public), public.curve.name
    row.used_from, row.used_until = given.used_from, given.used_until
    with transaction.atomic():
        row.save()
        what = "kept" if is_new else "changed"
        events.record(
            f"meterkey.{what}",
            f"{row} of {row.owner.identity} was {what}: {row.curve}, ending in {row.public_key[-16:]}.",
            actor=actor,
            subject=f"meterkey:{row.pk}",
            detail={"public_key": row.public_key, "note": row.note},
        )
    return row


def discard(key: MeterKey, *, actor: events.Actor) -> None:
    """Know a key no more; what was verified with it is worked out anew when somebody looks."""
    with transaction.atomic():
        events.record(
            "meterkey.discarded",
            f"{key} of {key.owner.identity} was discarded.",
            actor=actor,
            subject=f"meterkey:{key.pk}",
            detail={"public_key": key.public_key},
        )
        key.delete()
