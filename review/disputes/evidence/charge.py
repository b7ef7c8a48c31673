"""The files about the charge behind a CDR: its session, who allowed it, commands, and the requests about it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cdrs.charge import Charge, follow, steps
from cdrs.models import CDR
from charging.models import Command, SessionReading
from charging.sessions import selectors as sessions
from exchange import explain, log
from exchange.models import Exchange, ExchangeBody
from parties.models import Party
from review.disputes.evidence.files import File, document_file, table_file, text_file, universal
from staff.export import Column
from tokens.authorization.choices import How
from tokens.authorization.models import Authorization

EXCHANGES = 60
READINGS = 5000
_ANSWERED_AT = re.compile(rb'("response_url"\s*:\s*")[^"]*(")')
MODULES = ("sessions", "cdrs", "commands", "chargingprofiles", "tokens")
READING_COLUMNS: dict[str, Column] = {
    "time (UTC)": lambda row: universal(row.at),
    "status": lambda row: row.status,
    "energy (kWh)": lambda row: f"{row.kwh:f}",
    "cost before tax": lambda row: "" if row.total_cost is None else f"{row.total_cost:f}",
}
EXCHANGE_COLUMNS: dict[str, Column] = {
    "number": lambda row: row.pk,
    "time (UTC)": lambda row: universal(row.at),
    "direction": lambda row: "to us" if row.direction == "in" else "from us",
    "what": lambda row: explain.summary(row, row.connection.name if row.connection else ""),
    "method": lambda row: row.method,
    "module": lambda row: row.module,
    "object": lambda row: row.object_reference,
    "HTTP status": lambda row: row.http_status,
    "OCPI status": lambda row: row.ocpi_status,
    "result": lambda row: row.get_outcome_display(),
    "message": lambda row: row.message,
    "took (ms)": lambda row: row.duration_ms,
    "request ID": lambda row: row.request_id,
    "correlation ID": lambda row: row.correlation_id,
}


def files(partner: Party, cdr: CDR, folder: str, *, bodies: bool) -> Iterator[File]:
    """Everything that belongs to the same charge; of the requests those exchanged with ``partner``."""
    charge = follow(cdr)
    yield text_file(f"{folder}/timeline.txt", _timeline(charge))
    if charge.session is not None:
        held = next(iter(sessions.by_ids([charge.session.pk])), None)
        if held is not None:
            yield document_file(f"{folder}/session.json", held.parsed())
        readings = SessionReading.objects.filter(session=charge.session).order_by("at", "pk")
        rows = list(readings[:READINGS])
        yield table_file(f"{folder}/session-readings.csv", rows, READING_COLUMNS)
    if charge.authorizations:
        allowed = [_authorization(row) for row in charge.authorizations]
        yield document_file(f"{folder}/authorizations.json", allowed)
    if charge.commands:
        yield document_file(f"{folder}/commands.json", [_command(row) for row in charge.commands])
    exchanges = _exchanges(partner, charge)
    yield table_file(f"{folder}/requests.csv", exchanges, EXCHANGE_COLUMNS)
    if bodies:
        yield from _bodies(exchanges, folder)


def _timeline(charge: Charge) -> Iterator[str]:
    """What happened, one after the other; whom else we told is nobody's business."""
    yield "What happened, in UTC"
    for step in steps(charge):
        if step.what != "Told":
            yield f"{universal(step.at)}  {step.what}: {step.sentence}"


def _authorization(row: Authorization) -> dict[str, Any]:
    return {
        "at": row.at,
        "asked_by": str(row.cpo.identity) if row.cpo else "",
        "decided_by": str(row.owner.identity) if row.owner else "",
        "uid": row.uid,
        "type": row.type,
        "location": row.location_key,
        "evse": row.evse_key,
        "allowed": row.allowed,
        "how": How(row.how).label,
        "authorization_reference": row.authorization_reference,
        "ocpi_status": row.ocpi_status,
        "info": row.info,
    }


def _command(row: Command) -> dict[str, Any]:
    """A command without the address it is answered at, by which anybody could answer."""
    document = row.document if isinstance(row.document, Mapping) else {}
    return {
        "type": row.type,
        "from": str(row.sender.identity),
        "to": str(row.owner.identity),
        "at": row.created_at,
        "request": {name: value for name, value in document.items() if name != "response_url"},
        "answer": row.response,
        "answered_at": row.answered_at,
        "result": row.result,
        "result_at": row.result_at,
        "state": row.get_state_display(),
    }


def _exchanges(partner: Party, charge: Charge) -> list[Exchange]:
    """The latest requests about the session, its CDRs and its commands with connections of ``partner``."""
    references = [cdr.reference for cdr in charge.cdrs]
    references += [command.reference for command in charge.commands]
    if charge.session is not None:
        references.append(charge.session.reference)
    correlations = {row.correlation_id for row in charge.authorizations if row.correlation_id}
    theirs = partner.connection_parties.values("connection")
    rows = Exchange.objects.filter(connection__in=theirs).select_related("connection")
    found = list(
        rows.filter(object_reference__in=references, module__in=MODULES).order_by("-id")[:EXCHANGES]
    )
    if correlations:
        found += rows.filter(correlation_id__in=correlations).order_by("-id")[:EXCHANGES]
    return sorted({row.pk: row for row in found}.values(), key=lambda row: row.pk)


def _bodies(exchanges: list[Exchange], folder: str) -> Iterator[File]:
    """Headers and bodies of those that keep them, as the log has them: without what lets anybody in."""
    for row in exchanges:
        if not row.has_bodies:
            continue
        kept = ExchangeBody.objects.filter(pk=row.pk, at=row.at).first()
        if kept is not None:
            yield File(f"{folder}/requests/{row.pk}.txt", _written(row, kept))


def _written(row: Exchange, kept: ExchangeBody) -> bytes:
    parts: list[bytes] = [f"{row.method} {universal(row.at)}".encode()]
    parts += [f"{name}: {value}".encode() for name, value in kept.request_headers.items()]
    parts += [
        b"",
        _masked(kept.request_body),
        b"",
        f"Answer: HTTP {row.http_status}".encode(),
    ]
    parts += [f"{name}: {value}".encode() for name, value in kept.response_headers.items()]
    parts += [b"", _masked(kept.response_body), b""]
    if kept.truncated:
        parts.append(b"Only the beginning was kept.\n")
    return b"\n".join(parts)


def _masked(stored: bytes | memoryview) -> bytes:
    """A body without the address at which a command is answered."""
    return _ANSWERED_AT.sub(rb"\1\2", log.read_body(stored))
