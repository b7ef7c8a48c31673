"""Keeping decisions: written once, dropped by the month."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import connection as database

from ocpi.ids import ci_key
from ocpi.status import StatusCode
from tokens.authorization import strangers
from tokens.authorization.models import Authorization
from tokens.authorization.questions import Answered, Outcome, Question

BATCH = 20_000


def record(question: Question, outcome: Outcome) -> Authorization:
    """Keep one decision."""
    verdict = outcome.verdict
    reference = verdict.reference
    status = verdict.error.status_code if verdict.error else int(StatusCode.SUCCESS)
    return Authorization.objects.create(
        at=outcome.at,
        connection=question.connection,
        cpo=question.cpos[0] if len(question.cpos) == 1 else None,
        owner=verdict.owner,
        uid=question.uid,
        uid_key=question.uid_key,
        type=question.type[:255],
        location_key=ci_key(question.location_id) if question.location else "",
        evse_key=ci_key(question.evse_uids[0]) if question.evse_uids else "",
        allowed=verdict.allowed or "",
        how=verdict.how,
        authorization_reference=reference,
        reference_key=reference.upper(),
        ocpi_status=status,
        info=(verdict.text or (verdict.error.message if verdict.error else ""))[:512],
        asked=[_line(answer) for answer in outcome.asked],
        duration_ms=outcome.duration_ms,
        correlation_id=question.correlation_id[:64],
        actor=question.actor,
    )


def _line(answer: Answered) -> dict[str, Any]:
    party = answer.target.party
    return {
        "party": str(party.identity) if party else "",
        "connection": answer.target.connection.pk,
        "name": answer.target.connection.name,
        "reply": answer.reply.value,
        "allowed": answer.allowed,
        "ms": answer.ms,
        "exchange": answer.exchange_id,
        "sentence": answer.sentence[:300],
    }


def forget_old(today: datetime | None = None) -> int:
    """Drop whole months that are past ``AUTHORIZATION_RETENTION_MONTHS``; returns how many rows."""
    before = month_before(today or datetime.now(UTC), settings.AUTHORIZATION_RETENTION_MONTHS)
    total = 0
    while deleted := _delete_some(before):
        total += deleted
    strangers.forget_old()
    return total


def month_before(day: datetime, months: int) -> datetime:
    """The beginning, in UTC, of the month ``months`` before that of ``day``."""
    count = day.year * 12 + day.month - 1 - months
    return datetime(count // 12, count % 12 + 1, 1, tzinfo=UTC)


def _delete_some(before: datetime) -> int:
    """In portions, so that no statement runs for long and no lock is held for long."""
    with database.cursor() as cursor:
        cursor.execute(
            "DELETE FROM tokens_authorization WHERE id IN ("
            "SELECT id FROM tokens_authorization WHERE at < %s ORDER BY at LIMIT %s)",
            [before, BATCH],
        )
        return int(cursor.rowcount)
