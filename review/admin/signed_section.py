"""The section “Signed meter values” of a CDR's page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from cdrs import related, words
from cdrs.models import CDR
from ocpi.numbers import plain
from ocpi.signed_values import Outcome, Reading, energy
from review import signed
from staff import badges, fragments
from staff.links import page_url
from staff.sections import Section

KEEP = "review.add_meterkey"
BADGES = {
    Outcome.VERIFIED: "success",
    Outcome.DOES_NOT_MATCH: "danger",
    Outcome.KEY_UNKNOWN: "default",
    Outcome.KEY_UNREADABLE: "warning",
    Outcome.CURVE_UNSUPPORTED: "default",
    Outcome.NOT_UNDERSTOOD: "default",
}
READINGS_SHOWN = 12
_REASONS = {
    "B": "Begin",
    "C": "While charging",
    "X": "After an error",
    "E": "End",
    "L": "End, at the charge point",
    "R": "End, remotely",
    "A": "End, by an error",
    "P": "End, by a power failure",
    "S": "Suspended",
    "T": "Change of tariff",
}


def outcome_badge(outcome: Outcome) -> str:
    """The verdict in a word or two."""
    return badges.label_badge(outcome.value.capitalize(), BADGES[outcome])


def context(request: HttpRequest, cdr: CDR, document: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the meter signed, whether it did, and what the CDR says otherwise."""
    if not isinstance(document.get("signed_data"), Mapping):
        return None
    zone = related.zone_of(document, None)
    looked = signed.look(cdr, document, zone or UTC)
    if looked is None:
        return None
    counted = energy(looked.signed)
    return {
        "method": looked.signed.method or looked.signed.format.value,
        "url": looked.signed.url,
        "badge": outcome_badge(looked.outcome),
        "key_differs": looked.key_differs,
        "values": [
            {
                "nature": value.nature or "Not said",
                "badge": outcome_badge(verdict.outcome),
                "words": verdict.words,
                "readings": [
                    _reading(one, zone)
                    for one in (value.record.readings[:READINGS_SHOWN] if value.record else ())
                ],
                "more": max(0, len(value.record.readings) - READINGS_SHOWN) if value.record else 0,
            }
            for value, verdict in zip(looked.signed.values, looked.verdicts, strict=True)
        ],
        "energy": words.energy(counted.kwh) if counted else "",
        "stated": words.energy(document.get("total_energy")),
        "meter": looked.signed.meter,
        "differences": looked.differences,
        "remarks": looked.remarks,
        "compared": bool(looked.signed.records),
        "known": looked.known,
        "known_url": page_url(looked.known) if looked.known else "",
        "keep_url": _keep_url(request, cdr, looked),
    }


def _reading(reading: Reading, zone: Any) -> dict[str, Any]:
    value = fragments.EMPTY
    if reading.value is not None:
        value = f"{plain(reading.value)} {reading.unit}".strip()
    return {
        "what": _REASONS.get(reading.reason, reading.reason or "Reading"),
        "at": words.local(reading.at, zone) if reading.at else "Time not readable",
        "register": reading.register,
        "value": value,
    }


def _keep_url(request: HttpRequest, cdr: CDR, looked: signed.Looked) -> str:
    """Where the key that came with the CDR can be kept as known; empty where there is none, or one is known."""
    if looked.known or not looked.signed.public_key or not request.user.has_perm(KEEP):
        return ""
    signature = next((one.signature for one in looked.signed.records if one.signature), None)
    given = {
        "owner": cdr.owner_id,
        "meter": looked.signed.meter,
        "public_key": looked.signed.public_key,
        "curve": signature.algorithm.split("-")[1] if signature else "",
        "note": f"From the CDR {cdr.reference}.",
    }
    return f"{reverse('admin:review_meterkey_add')}?{urlencode(given)}"


SECTION = Section("review/signed_values.html", context, place=40)
