"""What the meter signed about a CDR, with the keys we know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from typing import Any, NamedTuple

from django.db.models import Q

from cdrs.models import CDR
from ocpi.signed_values import Outcome, SignedValues, Verdict, compare, read, verify
from review.models import MeterKey
from review.services.meters import look_up_key


class Looked(NamedTuple):
    """The signed values of a CDR, a verdict per value, what differs from the CDR, and the key known of the meter."""

    signed: SignedValues
    verdicts: Sequence[Verdict]
    differences: Sequence[str]
    known: MeterKey | None

    @property
    def outcome(self) -> Outcome:
        """The verdict that counts: the worst one, so that one forged value is not lost among good ones."""
        found = {verdict.outcome for verdict in self.verdicts}
        return next((one for one in _WORST_FIRST if one in found), Outcome.NOT_UNDERSTOOD)

    @property
    def key_differs(self) -> bool:
        return any(verdict.key_differs for verdict in self.verdicts)


_WORST_FIRST = (
    Outcome.DOES_NOT_MATCH,
    Outcome.KEY_UNREADABLE,
    Outcome.NOT_UNDERSTOOD,
    Outcome.CURVE_UNSUPPORTED,
    Outcome.KEY_UNKNOWN,
    Outcome.VERIFIED,
)


def look(cdr: CDR, document: Mapping[str, Any], zone: tzinfo = UTC) -> Looked | None:
    """What the signed values of a canonical CDR come to; ``None`` where it has none. One look-up at most."""
    signed = read(document)
    if signed is None:
        return None
    known = known_key(cdr, document, signed)
    verdicts = verify(signed, known.public_key if known else "", known.curve if known else "")
    return Looked(signed, verdicts, compare(signed, document, zone), known)


def known_key(cdr: CDR, document: Mapping[str, Any], signed: SignedValues) -> MeterKey | None:
    """The key of the meter that signed, or else of the EVSE, that was in use when the charge began.

    By the serial number the record says first, and only then by what the CDR says: who forges a record
    could leave it out.
    """
    place = document.get("cdr_location")
    evse = str(place.get("evse_id") or "") if isinstance(place, Mapping) else ""
    meters = [signed.meter, str(document.get("meter_id") or "")]
    meter_keys = [key for key in map(look_up_key, meters) if key]
    evse_key = look_up_key(evse)
    wanted = Q(meter_key__in=meter_keys) if meter_keys else Q()
    if evse_key:
        wanted |= Q(evse_key=evse_key)
    if not wanted:
        return None
    at = cdr.start_date_time
    rows = MeterKey.objects.filter(wanted, owner=cdr.owner_id).filter(
        Q(used_from=None) | Q(used_from__lte=at), Q(used_until=None) | Q(used_until__gt=at)
    )
    ranked = {key: rank for rank, key in reversed([*enumerate(meter_keys)])}
    found = sorted(rows[:20], key=lambda row: (ranked.get(row.meter_key, 99), -row.pk))
    return found[0] if found else None
