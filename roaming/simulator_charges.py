"""Charges on the page “Simulated partner”: how they go on at both simulators, and the buttons for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest

from . import simulator_client
from .simulator_mistakes import Mistaken

MINUTES = {50: "about a minute", 300: "about 5 minutes", 1200: "about 20 minutes"}
BILLS = {0: "none", 125: "one in eight", 500: "every second one"}
"""Shares of CDRs with a mistake, in thousandths."""
RATES = {0: "None by themselves", 6: "6 per minute", 30: "30 per minute"}


class Side(NamedTuple):
    """One of the two simulators: the setting that says where it is, and the words for it.

    `here` says whose charging stations it runs, `swiped` and `sent` what its buttons do.
    """

    name: str
    setting: str
    label: str
    here: str
    swiped: str
    sent: str

    @property
    def address(self) -> str:
        return str(getattr(settings, self.setting))


PARTNER = Side(
    "partner",
    "SIMULATOR_URL",
    "The partner",
    "its charging stations, with cards of ours",
    "Swipe a card of ours there",
    "Let its driver start a charge at ours by app",
)
BACK_OFFICE = Side(
    "back-office",
    "BACK_OFFICE_URL",
    "Our back office",
    "our charging stations, with cards of partners",
    "Swipe a card of the partner here",
    "Let our driver start a charge there by app",
)
SIDES = {side.name: side for side in (PARTNER, BACK_OFFICE)}


class ChargeFault(NamedTuple):
    """`name` is the simulator's."""

    name: str
    label: str
    text: str


FAULTS = (
    ChargeFault("cdr-twice", "CDR twice", "It sends every CDR two times."),
    ChargeFault(
        "cdr-changed",
        "CDR changed",
        "It sends every CDR a second time with other contents: that must be refused.",
    ),
    ChargeFault(
        "silent", "Silent session", "After the start of a session it tells nothing more of it."
    ),
    ChargeFault(
        "old-patch", "Late update", "After each update of a session it sends the one before again."
    ),
    ChargeFault(
        "late-result",
        "Result too late",
        "Results of commands come 15 seconds after the time that it promised.",
    ),
    ChargeFault("no-result", "No result", "Results of commands never come."),
    ChargeFault("result-twice", "Result twice", "Results of commands come two times."),
    ChargeFault("early-result", "Early result", "Results of commands come before their answer."),
    ChargeFault("failed-result", "Commands fail", "The charging station cannot do what is asked."),
    ChargeFault("reject-commands", "Reject commands", "It answers every command with REJECTED."),
    ChargeFault("no-commands", "No commands", "It answers every command with NOT_SUPPORTED."),
    ChargeFault(
        "slow-authorize",
        "Slow authorization",
        "Asked about a card of its own, it answers after half a minute.",
    ),
    ChargeFault("block-cards", "Block all cards", "Asked about a card of its own, it blocks it."),
)
FAULT_NAMES = frozenset(fault.name for fault in FAULTS)


def picture() -> dict[str, Any]:
    """What the page shows of charges."""
    return {"charge_sides": [_side(side) for side in SIDES.values()]}


def choices() -> dict[str, Any]:
    """What the page offers."""
    return {
        "sides": SIDES,
        "charge_rates": RATES,
        "charge_minutes": MINUTES,
        "charge_faults": FAULTS,
        "bills": BILLS,
    }


def _side(side: Side) -> dict[str, Any]:
    try:
        charging = simulator_client.charging(side.address)
    except (simulator_client.Unreachable, simulator_client.Refused) as problem:
        return {"side": side, "problem": str(problem)}
    on = charging["pace"]["faults"]
    return {
        "side": side,
        "charging": charging,
        "pace": charging["pace"],
        "faults": [fault for fault in FAULTS if fault.name in on],
        "wrong_bills": round(charging["pace"]["wrong_bills"] * 1000),
        "phases": {
            phase: charging["charges"].get(phase, 0)
            for phase in ("reserved", "pending", "active", "completed", "done", "invalid")
        },
    }


# --- The buttons -------------------------------------------------------------------------------


def _chosen(request: HttpRequest) -> Side:
    side = SIDES.get(request.POST.get("side", ""))
    if side is None:
        raise Mistaken("There is no such simulator.")
    return side


def _swipe(request: HttpRequest) -> str:
    side = _chosen(request)
    answer = simulator_client.swipe(side.address)
    decision, charge = answer["decision"], answer["charge"]
    where = f"{side.label}: a card was swiped"
    if charge is None:
        reason = decision["allowed"] or decision["failure"] or "nobody knows the card"
        return f"{where} and may not charge ({reason})."
    return f"{where}, and charges at EVSE {charge['evse_uid']} (session {charge['id']})."


def _remote(request: HttpRequest) -> str:
    side = _chosen(request)
    sent = simulator_client.start_by_app(side.address)
    answer = sent["response"] or sent["failure"] or "no answer"
    where = sent["document"].get("evse_uid", "")
    return f"{side.label}: START_SESSION for EVSE {where} was answered with {answer}."


def _pace(request: HttpRequest) -> str:
    """How often and how long cars charge, at both simulators."""
    rate = _number(request, "rate", RATES)
    seconds = _number(request, "seconds", MINUTES)
    for side in SIDES.values():
        simulator_client.set_charging(
            side.address,
            {
                "charges_per_minute": rate,
                "commands_per_minute": rate,
                "charge_seconds": seconds,
                # More energy than a car takes in that time would be billed wrong.
                "time_scale": 1,
            },
        )
    return f"Charges: {RATES[rate].lower()}, each of {MINUTES[seconds]}."


def _faults(request: HttpRequest) -> str:
    side = _chosen(request)
    chosen = request.POST.getlist("charge_fault")
    if not FAULT_NAMES.issuperset(chosen):
        raise Mistaken("There is no such fault.")
    simulator_client.set_charging(side.address, {"faults": chosen})
    labels = [fault.label.lower() for fault in FAULTS if fault.name in chosen]
    if not labels:
        return f"{side.label}: charges go as they should again."
    return f"{side.label} misbehaves with charges now: {', '.join(labels)}."


def _bills(request: HttpRequest) -> str:
    """How many of its CDRs say something else than the charge was."""
    side = _chosen(request)
    share = _number(request, "share", BILLS)
    simulator_client.set_charging(side.address, {"wrong_bills": share / 1000})
    return f"{side.label} bills wrongly: {BILLS[share]} of its CDRs."


def _number(request: HttpRequest, name: str, options: dict[int, str]) -> int:
    text = request.POST.get(name, "")
    value = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else -1
    if value not in options:
        raise Mistaken(f"There is no such {name}.")
    return value


ACTIONS: dict[str, Callable[[HttpRequest], str]] = {
    "swipe": _swipe,
    "remote": _remote,
    "pace": _pace,
    "charge-faults": _faults,
    "bills": _bills,
}
