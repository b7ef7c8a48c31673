"""What the meter signed about a CDR, with the keys we know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, NamedTuple

from django.db.models import Q

from cdrs.models import CDR
from ocpi.signed_values import Outcome, SignedValues, Verdict, compare, read, remarks, verify
from review.models import MeterKey
from review.services.meters import look_up_key


class Looked(NamedTuple):
    """The signed values of a CDR, a verdict per value, and the key that is known of the meter.

    ``differences`` are those from the CDR, ``remarks`` what the values leave open; both are sentences.
    """

    signed: SignedValues
    verdicts: Sequence[Verdict]
    differences: Sequence[str]
    remarks: Sequence[str]
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


class Charge(NamedTuple):
    """Whose key is looked for: the CPO (primary key), when the charge began, and the canonical CDR."""

    owner_id: int
    start: datetime
    document: Mapping[str, Any]


def look(cdr: CDR, document: Mapping[str, Any], zone: tzinfo = UTC) -> Looked | None:
    """What the signed values of a canonical CDR come to; ``None`` where it has none. One look-up at most."""
    signed = read(document)
    if signed is None:
        return None
    known = known_keys({0: Charge(cdr.owner_id, cdr.start_date_time, document)}).get(0)
    verdicts = verify(signed, known.public_key if known else "", known.curve if known else "")
    return Looked(signed, verdicts, compare(signed, document, zone), remarks(signed), known)


def known_keys(charges: Mapping[int, Charge]) -> dict[int, MeterKey]:
    """The keys that were in use when charges began, by whatever names the charges; one look-up, none without
    signed values.

    Of the meter by the serial number the record says, by the one the CDR says, then of the EVSE: who forges
    a record could leave its number out.
    """
    wanted = {name: _names(charge) for name, charge in charges.items()}
    wanted = {name: keys for name, keys in wanted.items() if any(keys)}
    if not wanted:
        return {}
    owners = {charges[name].owner_id for name in wanted}
    meters = {key for meter_keys, _ in wanted.values() for key in meter_keys}
    evses = {evse_key for _, evse_key in wanted.values() if evse_key}
    rows = MeterKey.objects.filter(
        Q(meter_key__in=meters) | Q(evse_key__in=evses), owner__in=owners
    ).order_by("-pk")
    by_name: dict[tuple[int, str], list[MeterKey]] = {}
    for row in rows:
        for key in (f"m:{row.meter_key}", f"e:{row.evse_key}"):
            by_name.setdefault((row.owner_id, key), []).append(row)
    found = {name: _chosen(charges[name], *keys, by_name) for name, keys in wanted.items()}
    return {name: row for name, row in found.items() if row is not None}


def _names(charge: Charge) -> tuple[list[str], str]:
    """The meters that a charge names, and its EVSE, as keys are looked up; nothing without signed values."""
    signed = read(charge.document)
    if signed is None:
        return [], ""
    place = charge.document.get("cdr_location")
    evse = str(place.get("evse_id") or "") if isinstance(place, Mapping) else ""
    meters = (signed.meter, str(charge.document.get("meter_id") or ""))
    return [key for key in map(look_up_key, meters) if key], look_up_key(evse)


def _chosen(
    charge: Charge,
    meter_keys: list[str],
    evse_key: str,
    by_name: Mapping[tuple[int, str], Sequence[MeterKey]],
) -> MeterKey | None:
    names = [*(f"m:{key}" for key in meter_keys), *([f"e:{evse_key}"] if evse_key else ())]
    for name in names:
        for row in by_name.get((charge.owner_id, name), ()):
            began = row.used_from is None or row.used_from <= charge.start
            if began and (row.used_until is None or charge.start < row.used_until):
                return row
    return None
