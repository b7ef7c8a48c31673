"""A charge as what happened, one after the other, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.utils.safestring import SafeString

from cdrs import words
from cdrs.charge.following import Charge
from cdrs.models import CDR
from charging.choices import BADGES as SESSION_BADGES
from charging.choices import SessionStatus
from charging.commands.choices import BADGES as COMMAND_BADGES
from charging.commands.choices import CommandState
from charging.models import Command, SessionReading
from exchange.models import Delivery
from locations.choices import BADGES as STATUS_BADGES
from locations.choices import Status
from staff import badges
from staff.links import page_url
from tokens.authorization.choices import BADGES as ALLOWED_BADGES
from tokens.authorization.choices import Allowed, How
from tokens.authorization.models import Authorization

READINGS_SHOWN = 40


class Step(NamedTuple):
    """One thing that happened: when (aware), what, in which words, with the page where there is more.

    ``minor`` are those that only fill in the time between.
    """

    at: datetime
    what: str
    sentence: str
    badge: SafeString | str = ""
    url: str = ""
    minor: bool = False


def steps(charge: Charge) -> list[Step]:
    """What happened, in order."""
    found = [
        *(_authorization(row) for row in charge.authorizations),
        *(step for command in charge.commands for step in _command(command)),
        *_session(charge),
        *_statuses(charge),
        *(step for cdr in charge.cdrs for step in _cdr(cdr)),
        *_deliveries(charge),
    ]
    return sorted(found, key=lambda step: step.at)


def _authorization(row: Authorization) -> Step:
    asker = row.connection.name if row.connection else row.actor or "staff"
    answer = Allowed(row.allowed).label if row.allowed else "No answer to give"
    reference = f" Reference {row.authorization_reference}." if row.authorization_reference else ""
    sentence = f"{asker} asked whether card {row.uid} may charge. {How(row.how).label}.{reference}"
    badge = badges.label_badge(answer, ALLOWED_BADGES.get(row.allowed, "warning"))
    return Step(row.at, "Authorization", sentence, badge, page_url(row))


def _command(command: Command) -> Iterator[Step]:
    name = command.get_type_display()
    by = command.requested_by.name if command.requested_by else command.actor or "staff"
    yield Step(
        command.created_at,
        "Command",
        f"{name}: {command.sender.identity} asked {command.owner.identity}, by {by}.",
        "",
        page_url(command),
    )
    if command.answered_at:
        yield Step(
            command.answered_at,
            "Command",
            f"{name}: answered {command.response}.",
            "",
            page_url(command),
            minor=True,
        )
    end = command.result_at or command.finished_at
    if end:
        result = f" with {command.result}" if command.result else ""
        label = CommandState(command.state).label
        yield Step(
            end,
            "Command",
            f"{name}: ended{result}.",
            badges.label_badge(label, COMMAND_BADGES.get(command.state, "default")),
            page_url(command),
        )


def _session(charge: Charge) -> Iterator[Step]:
    session = charge.session
    if session is None:
        return
    rows = list(SessionReading.objects.filter(session=session).order_by("at", "pk"))
    if not rows:
        yield Step(
            session.started_at, "Session", f"Session {session} began.", "", page_url(session)
        )
    before = ""
    for row in _thinned(rows):
        is_change, before = row.status != before, row.status
        label = SessionStatus(row.status).label
        cost = f", {words.amount(row.total_cost, session.currency)}" if row.total_cost else ""
        yield Step(
            row.at,
            "Session",
            f"{words.energy(row.kwh)}{cost}.",
            badges.label_badge(label, SESSION_BADGES.get(row.status, "default"))
            if is_change
            else "",
            page_url(session),
            minor=not is_change,
        )


def _thinned(rows: list[SessionReading]) -> list[SessionReading]:
    """Not more readings than can be read: every change of the status, and the rest evenly."""
    if len(rows) <= READINGS_SHOWN:
        return rows
    every = len(rows) // READINGS_SHOWN + 1
    return [
        row
        for index, row in enumerate(rows)
        if index % every == 0 or index == len(rows) - 1 or row.status != rows[index - 1].status
    ]


def _statuses(charge: Charge) -> Iterator[Step]:
    for row in charge.statuses:
        label = Status(row.status).label
        yield Step(
            row.started_at,
            "EVSE",
            f"EVSE {charge.evse} became {label.lower()}.",
            badges.label_badge(label, STATUS_BADGES.get(row.status, "default")),
            page_url(charge.evse) if charge.evse else "",
            minor=True,
        )


def _cdr(cdr: CDR) -> Iterator[Step]:
    what = "Credit CDR" if cdr.credit else "CDR"
    source = f" from {cdr.received_from.name}" if cdr.received_from else ""
    yield Step(
        cdr.received_at,
        what,
        f"{what} {cdr.cdr_id} came{source}: {words.energy(cdr.energy)},"
        f" {words.amount(cdr.total_cost, cdr.currency)} before tax.",
        "",
        page_url(cdr),
    )


def _deliveries(charge: Charge) -> Iterator[Step]:
    """Whom we told, the last time each."""
    references = [cdr.reference for cdr in charge.cdrs]
    if charge.session is not None:
        references.append(charge.session.reference)
    rows = Delivery.objects.filter(object_reference__in=references, module__in=("sessions", "cdrs"))
    for row in rows.select_related("connection"):
        at = row.last_attempt_at
        if at is None:
            continue
        kind = "CDR" if row.module == "cdrs" else "Session"
        ending = "was told" if row.sent_version >= row.wanted_version else "was not told yet"
        yield Step(
            at,
            "Told",
            f"{row.connection} {ending}: {kind} {row.object_reference}.",
            "",
            page_url(row),
            minor=True,
        )
