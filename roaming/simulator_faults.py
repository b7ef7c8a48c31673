"""The ways in which the demo's simulated partner can misbehave, in the words of staff."""

from __future__ import annotations

from typing import NamedTuple


class Fault(NamedTuple):
    """`mode` as the simulator names it; `seconds` is its delay, where it has one.

    `where` says what it concerns, for faults that do not ask.
    """

    mode: str
    label: str
    text: str
    seconds: float = 0.0
    where: str = ""


NONE = Fault("none", "Behave", "It answers at once and as the specification says.")
FAULTS = (
    NONE,
    Fault(
        "slow",
        "Answer slowly",
        "It waits 5 seconds before each answer: deliveries take their time, and all arrive.",
        5.0,
    ),
    Fault(
        "late",
        "Answer too late",
        "It takes everything in, but answers after 20 seconds: nobody knows whether it arrived, so"
        " the whole object is sent again.",
        20.0,
    ),
    Fault(
        "drip",
        "Answer byte by byte",
        "It spreads each answer over 20 seconds; the portal does not wait that long.",
        20.0,
    ),
    Fault(
        "500",
        "HTTP 500",
        "It breaks down on every request: the portal tries again, less and less often.",
    ),
    Fault(
        "garbage",
        "Garbage",
        "It answers HTTP 200 with a web page: that proves nothing, so the portal tries again.",
    ),
    Fault(
        "refuse",
        "Cut the line",
        "It breaks off every connection: deliveries wait until it is back.",
    ),
    Fault(
        "2001",
        "Refuse objects (2001)",
        "It calls every object invalid: these deliveries end as refused, for staff to decide on.",
    ),
    Fault(
        "401",
        "Refuse our token (401)",
        "It does not know us any more: deliveries stop until staff resume them or it registers anew.",
    ),
    Fault(
        "stale",
        "Show an older state",
        "Asked for an object that we sent, it shows how that was before the last change: comparing"
        " finds the difference.",
        where="GET of what we sent",
    ),
)
LIST_FAULTS = (
    Fault(
        "429",
        "Too many requests (429)",
        "After every page of a list it refuses more for 5 seconds, and says so: a fetch goes on later.",
        5.0,
        "lists",
    ),
    Fault(
        "403",
        "Too many requests, said wrong (403)",
        "The same, but it calls it forbidden, as some platforms do.",
        5.0,
        "lists",
    ),
    Fault(
        "no-headers",
        "Lists without paging",
        "It sends the first page and does not say that there are more.",
        where="lists",
    ),
    Fault(
        "shrinking",
        "Lists that shrink",
        "While a list is fetched, objects of its first pages disappear, so that others are skipped.",
        where="lists",
    ),
    Fault(
        "vanished",
        "A third is missing",
        "Every third object is not in the lists: the portal asks before it takes so many for gone.",
        where="lists",
    ),
    Fault(
        "ignore-to",
        "Disregard who is asked",
        "A platform of several parties that sends the objects of all of them, whoever is asked for.",
        where="lists",
    ),
)
BY_MODE = {fault.mode: fault for fault in (*FAULTS, *LIST_FAULTS)}
SCOPES = {
    "receiver": "what we send to it",
    "sender": "what we fetch from it",
    "all": "both",
}
SHARES = {"1": "every request", "0.5": "every second request", "0.1": "one in ten requests"}
