"""Whether what came with a CDR, or after it, contradicts it."""

from __future__ import annotations

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ocpi import signed_values
from ocpi.signed_values import Outcome
from review.checks.declaration import Check, Found, Values
from review.checks.facts import Context, KnownKey


def _conflict(context: Context, values: Values) -> Found | None:
    if not context.conflicts:
        return None
    times = "" if context.conflicts == 1 else f" {context.conflicts} times"
    return Found(
        f"It was sent again{times} with other content, and nobody has settled which is right.",
        abs(context.cdr.total_cost),
    )


def _signed(context: Context, values: Values) -> Found | None:
    """Only what contradicts: that nobody can read or verify it is shown on the page of the CDR."""
    if context.cdr.credit or context.cdr.is_forgotten or "signed_data" not in context.document:
        return None
    signed = signed_values.read(context.document)
    if signed is None:
        return None
    key = context.known_key or KnownKey("", "")
    verdicts = signed_values.verify(signed, key.public_key, key.curve)
    if any(verdict.outcome == Outcome.DOES_NOT_MATCH for verdict in verdicts):
        return Found(
            "A signature does not belong to the meter values that it came with.",
            abs(context.cdr.total_cost),
        )
    if any(verdict.key_differs for verdict in verdicts):
        return Found(
            "It carries another key than the one that is known of the meter.",
            abs(context.cdr.total_cost),
        )
    differences = signed_values.compare(signed, context.document, _zone(context.time_zone))
    if not differences:
        return None
    return Found(differences[0], abs(context.cdr.total_cost), detail={"all": differences})


def _zone(name: str | None) -> tzinfo:
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


CHECKS = (
    Check(
        "conflict",
        "Sent again with other content",
        "Another version of the CDR came after it. What came first counts until somebody settled it.",
        "Ask the partner which is right, then settle it on the page of the conflict.",
        _conflict,
    ),
    Check(
        "signed",
        "Meter signed something else",
        "The meter values that came signed say another energy, time, meter, place or card than the CDR, or their"
        " signature does not belong to them, or the CDR carries another key than the one known of the meter.",
        "Look at the signed values on the page of the CDR; what the meter signed counts, not the CDR.",
        _signed,
    ),
)
