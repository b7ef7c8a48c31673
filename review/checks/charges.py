"""Whether other charges and the session agree: none, twice, or two at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import Decimal

from cdrs import words
from charging.choices import SessionStatus
from review.checks.declaration import Check, Found, Parameter, Unit, Values
from review.checks.facts import Awaits, Context, OtherCDR, is_unknown
from review.choices import AwaitedKind, Severity

_HUNDRED = Decimal(100)


def _no_session(context: Context, values: Values) -> Found | None:
    cdr = context.cdr
    if context.session is not None or cdr.credit or cdr.is_reservation:
        return None
    if not cdr.session_key:
        return Found("It names no session.") if context.tells_sessions else None
    if not context.tells_sessions:
        return None
    return Found(
        f"Its session {cdr.session_key} is not here, although its CPO does tell sessions.",
        awaits=_session_of(context),
    )


def _session_energy(context: Context, values: Values) -> Found | None:
    cdr, session = context.cdr, context.session
    if session is None or cdr.credit or session.status != SessionStatus.COMPLETED:
        return None
    more = cdr.energy - session.kwh
    allowed = max(values["kwh"], session.kwh * values["percent"] / _HUNDRED)
    if abs(more) <= allowed:
        return None
    share = more / cdr.energy if more > 0 and cdr.energy else Decimal(0)
    return Found(
        f"It bills {words.energy(cdr.energy)}, its session came to {words.energy(session.kwh)}.",
        abs(cdr.total_cost) * share,
        awaits=_session_of(context),
    )


def _session_of(context: Context) -> tuple[Awaits, ...]:
    return (Awaits(AwaitedKind.SESSION, context.cdr.owner_id, context.cdr.session_key),)


def _duplicate(context: Context, values: Values) -> Found | None:
    cdr = context.cdr
    if cdr.credit or context.credits:
        return None
    for other in _standing(context.same_session):
        return _twice(context, other, "of the same session")
    margin = timedelta(minutes=float(values["minutes"]))
    for other in _standing(context.same_token):
        same_times = abs(other.start - cdr.start) <= margin and abs(other.end - cdr.end) <= margin
        if same_times and other.energy == cdr.energy and cdr.energy:
            return _twice(context, other, "of the same card, time and energy")
    return None


def _standing(others: Iterable[OtherCDR]) -> Iterator[OtherCDR]:
    """Those that were not taken back: what replaces a credited one is no duplicate."""
    return (other for other in others if not other.is_credited)


def _twice(context: Context, other: OtherCDR, how: str) -> Found:
    cost = words.amount(other.total_cost, other.currency)
    return Found(
        f"It seems to be billed twice: {other.cdr_id} is {how} and came before ({cost}).",
        abs(context.cdr.total_cost),
        detail={"cdr": other.id},
    )


def _overlap_of_token(context: Context, values: Values) -> Found | None:
    return _overlap(context, context.same_token, "Its card", values)


def _overlap_at_evse(context: Context, values: Values) -> Found | None:
    return _overlap(context, context.same_evse, "Its EVSE", values)


def _overlap(
    context: Context, others: Iterable[OtherCDR], what: str, values: Values
) -> Found | None:
    cdr = context.cdr
    if cdr.credit or context.credits or cdr.is_reservation or is_unknown(cdr.start):
        return None
    for other in _standing(others):
        common = min(other.end, cdr.end) - max(other.start, cdr.start)
        if common > timedelta(minutes=float(values["minutes"])):
            hours = Decimal(common // timedelta(seconds=1)) / 3600
            return Found(
                f"{what} is billed for another charge at the same time: {other.cdr_id}, for"
                f" {words.duration(hours)}.",
                abs(cdr.total_cost),
                detail={"cdr": other.id},
            )
    return None


CHECKS = (
    Check(
        "no_session",
        "Without its session",
        "The session that the CDR names never came, although its CPO tells us sessions.",
        "Fetch the partner's sessions; if there is none, ask what was charged there.",
        _no_session,
        severity=Severity.NOTE,
    ),
    Check(
        "session_energy",
        "Other energy than its session",
        "The CDR bills more or less energy than its session said when it was completed.",
        "Ask the CPO for the meter's readings; both come from the same meter.",
        _session_energy,
        parameters=(
            Parameter("kwh", "A difference up to this does not count", Unit.KWH, Decimal("0.5")),
            Parameter(
                "percent",
                "Nor one up to this share of the session's energy",
                Unit.PERCENT,
                Decimal(2),
                most=Decimal(100),
            ),
        ),
    ),
    Check(
        "duplicate",
        "Billed twice",
        "Another CDR is of the same session, or of the same card with the same times and energy under another ID."
        " One that was credited does not count.",
        "Dispute it: the CPO has to credit one of the two.",
        _duplicate,
        parameters=(
            Parameter(
                "minutes",
                "Start and end may differ by this to be the same",
                Unit.MINUTES,
                Decimal(2),
                most=Decimal(120),
            ),
        ),
    ),
    Check(
        "overlap_of_token",
        "One card at two places",
        "The same card is billed for another charge at the same time. Some drivers start two cars with one card.",
        "Look at both charges; if they are far apart, the card may be a copy.",
        _overlap_of_token,
        parameters=(
            Parameter("minutes", "Counts from this many minutes on", Unit.MINUTES, Decimal(5)),
        ),
        severity=Severity.NOTE,
    ),
    Check(
        "overlap_at_evse",
        "Two charges at one EVSE",
        "An EVSE can charge one car at a time, and another CDR is of the same EVSE and time.",
        "Ask the CPO which of the two took place.",
        _overlap_at_evse,
        parameters=(
            Parameter("minutes", "Counts from this many minutes on", Unit.MINUTES, Decimal(5)),
        ),
    ),
)
