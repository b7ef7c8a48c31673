"""Why a partner did, or did not, get an object: every condition in order, with its answer and what to change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from exchange import conditions, explain
from exchange.choices import Direction, Known
from exchange.models import Delivery, Exchange
from exchange.objects import Named
from ocpi import convert
from ocpi.versions import InterfaceRole
from parties.models import Connection

YES, NO, NOTE = "yes", "no", "note"
FETCHES_READ = 2000


@dataclass(frozen=True)
class Step:
    """One question and its answer (``yes``, ``no``, or a ``note`` that decides nothing).

    ``change`` names what to change; pages turn it into a link. ``exchange_id`` is a request that tells more.
    """

    question: str
    answer: str
    sentence: str
    change: str = ""
    exchange_id: int | None = None


QUESTIONS = {
    "owner_is_ours": ("Is its owner ours?", "party"),
    "presented": ("Is its owner shown to this partner?", "connection"),
    "not_its_own": ("Is it another's than the partner's own?", "connection"),
    "concerns_it": ("Is it about a party of this partner?", "object"),
    "for_it": ("Is it for this connection?", "object"),
    "agreed": ("Is it part of what was agreed?", "agreement"),
    "public_or_open": ("Is it published, or open to this partner?", "object"),
    "present": ("Does it still exist?", "object"),
    "version_can_say_it": ("Can the partner's version of OCPI say it?", "object"),
}


def explain_all(target: Named, connection: Connection) -> list[Step]:
    """Every step between an object of ours and a partner."""
    return [
        *_reaching(target, connection),
        *_seeing(target, connection),
        *_reached(target, connection),
        *_telling(target, connection),
    ]


def verdict(steps: list[Step]) -> Step | None:
    """The first step at which it ends."""
    return next((step for step in steps if step.answer == NO), None)


def _reaching(target: Named, connection: Connection) -> Iterator[Step]:
    state = connection.get_state_display().lower()
    reason = f": {connection.state_reason}" if connection.state_reason else "."
    yield Step(
        "Is the partner connected?",
        YES if connection.is_connected else NO,
        f"{connection} is {state}{reason}"
        if not connection.is_connected
        else f"{connection} is connected with OCPI {connection.version}.",
        "" if connection.is_connected else "connection",
    )


def _seeing(target: Named, connection: Connection) -> Iterator[Step]:
    outbox = target.module.outbox
    if outbox is None:
        return
    for answered in conditions.ask(outbox.visibility, target.id, [connection.pk]).get(
        connection.pk, []
    ):
        name = answered.condition.name
        question, change = QUESTIONS[name]
        sentence = answered.sentence
        if name == "version_can_say_it" and not answered.holds:
            sentence = f"{sentence} {_refusal(target, connection)}".strip()
        yield Step(
            question,
            YES if answered.holds else NO,
            sentence,
            change if not answered.holds or name == "agreed" else "",
        )


def _reached(target: Named, connection: Connection) -> Iterator[Step]:
    outbox = target.module.outbox
    if outbox is None or not outbox.visibility.concerns:
        return
    if not conditions.reachable(outbox.visibility, target.id, connection.pk):
        yield Step(
            "Can the party it is about be reached?",
            NO,
            "The hub says that the party is away. Nothing is sent or kept for it; when it is connected again,"
            " it is told what it missed.",
            "connection",
        )


def _refusal(target: Named, connection: Connection) -> str:
    outbox = target.module.outbox
    try:
        if outbox is not None:
            outbox.render(connection, target.id, ["*"], whole=True)
    except convert.Refused as refused:
        return f"OCPI {connection.version}: {refused.reason}."
    return ""


def _telling(target: Named, connection: Connection) -> Iterator[Step]:
    module, label = target.module.identifier, target.module.label.lower()
    delivery = Delivery.objects.filter(
        connection=connection, module=module, object_id=target.id
    ).first()
    if connection.endpoint_url(module, InterfaceRole.RECEIVER) is None:
        yield Step(
            f"Does the partner take {label} from us?",
            NOTE,
            f"It has no address to send {label} to, so it only gets what it fetches.",
            "connection",
        )
    elif module not in connection.push_modules:
        yield Step(
            f"Does the partner take {label} from us?",
            NO,
            f"Sending {label} to it is switched off, because it answered that it does not take them.",
            "connection",
        )
    else:
        yield Step(
            f"Does the partner take {label} from us?", YES, f"It has an address for {label}."
        )
    yield from _delivered(delivery, connection)
    yield _fetching(module, label, connection)


def _delivered(delivery: Delivery | None, connection: Connection) -> Iterator[Step]:
    question = "Was it sent?"
    if delivery is None:
        yield Step(
            question,
            NOTE,
            "No: nothing about it has changed since the partner could see it, so there was nothing to send."
            " It can be fetched.",
        )
        return
    word, variant = explain.state(delivery)
    got = "fetched" if delivery.known == Known.FETCHED else "sent"
    versions = f"Change {delivery.wanted_version} is the newest, {delivery.sent_version or 'none'} was {got}."
    reason = explain.reason(delivery, connection)
    held = " It was told that the object is gone." if delivery.known == Known.WITHDRAWN else ""
    answer = YES if variant == "success" else NO if variant == "danger" else NOTE
    yield Step(
        question,
        answer,
        f"{word}: {reason} {versions}{held}",
        "delivery",
        delivery.last_exchange_id,
    )


def _fetching(module: str, label: str, connection: Connection) -> Step:
    """When the partner last fetched the list, as far back as the log's latest requests go."""
    recent = (
        Exchange.objects.filter(connection=connection)
        .order_by("-id")
        .values_list("pk", "at", "direction", "method", "module", "object_reference")[:FETCHES_READ]
    )
    question = f"Does the partner fetch {label} itself?"
    for pk, at, direction, method, asked, _ in recent:
        if (direction, method, asked) == (Direction.IN, "GET", module):
            moment = f"{at:%Y-%m-%d %H:%M} UTC"
            return Step(question, NOTE, f"It last asked for {label} on {moment}.", "", pk)
    return Step(question, NOTE, f"It has not asked for {label} in its latest requests.")
