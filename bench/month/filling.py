"""A month of charging as rows: the charges of one day, copied to the other days under IDs of their own."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from bench.month.charges import DAY, PARTNERS, TEMPLATES, Template, parties, tariff, templates
from bench.month.indexes import unindexed
from ocpi import json

DAYS = 30
_PLACEHOLDER = f"{DAY:%Y-%m-%d}T"


def fill(count: int) -> None:
    """``count`` CDRs in the month, each with its session; reviews that wait for the checks."""
    from django.db import connection as database

    from cdrs.models import CDR
    from review import services

    start = time.perf_counter()
    made = templates(min(TEMPLATES, count))
    _hold_tariffs()
    with unindexed("cdrs_cdr", "charging_session"):
        _copy_cdrs(made, count)
        _copy_sessions()
    _copy_tokens()
    with database.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    with unindexed("review_cdrreview"):
        last: int | None = 0
        while last is not None:
            last = services.expect_all(after=last, most=100_000)
    with database.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE review_cdrreview")
        cursor.execute("CHECKPOINT")
    seconds = time.perf_counter() - start
    print(f"month: {CDR.objects.count():,} CDRs of {PARTNERS} partners in {seconds:.0f} s")


def _hold_tariffs() -> None:
    """The tariffs that charges name, as their owners told them."""
    from exchange.registry import Source
    from parties.models import Party
    from tariffs import services

    cpo, _, partners = parties()
    for owner in (cpo, *partners[::2]):
        source = Source(label="bench", version="2.3.0", owner=owner.identity)
        services.receive([json.dumps(tariff(owner, number)) for number in range(25)], source)
    # A file is taken for one of ours.
    Party.objects.filter(pk__in=[partner.pk for partner in partners]).update(is_ours=False)


_COLUMNS = (
    "owner_id, emsp_id, address, cdr_id, cdr_key, start_date_time, end_date_time, currency, total_cost,"
    " total_cost_after_tax, energy, duration, parking_time, session_key, authorization_key,"
    " token_uid, token_key, contract_id, contract_key, location_key, evse_key, credit,"
    " credit_reference_key, is_reservation, home_charging_compensation, invoice_reference_id,"
    " document, last_updated, original_sha256, content_sha256, differs_in, refused_in, version,"
    " received_at"
)


def _copy_cdrs(made: Sequence[Template], count: int) -> None:
    from exchange import bulk

    # Nothing may be asked of the database while the rows are copied.
    bulk.copy_rows("cdrs_cdr", _COLUMNS, _rows(made, count, parties()))


def _rows(
    made: Sequence[Template], count: int, known: tuple[Any, Any, list[Any]]
) -> Iterator[tuple[Any, ...]]:
    cpo, emsp, partners = known
    for number in range(count):
        template = made[number % len(made)]
        round_ = number // len(made)
        parts, day = template.parts, timedelta(days=round_ % DAYS)
        partner = partners[template.partner]
        owner, payer = (cpo, partner) if template.partner % 2 else (partner, emsp)
        mark = f"-{round_}"
        # Nobody charges twice at a time: each card and each charge point is in use once a day at most.
        again = f"R{round_ // DAYS}"
        contract = _contract(parts.contract_id, round_ // DAYS)
        cdr_id, session = parts.cdr_id + mark, parts.session_key + mark
        at = (DAY + day).strftime("%Y-%m-%dT")
        document = (
            parts.document.replace(_PLACEHOLDER, at)
            .replace(f'"id":"{parts.cdr_id}"', f'"id":"{cdr_id}"', 1)
            .replace(f'"session_id":"{parts.session_key}"', f'"session_id":"{session}"', 1)
            .replace(f'"uid":"{parts.token_uid}"', f'"uid":"{parts.token_uid}{again}"', 1)
            .replace(f'"contract_id":"{parts.contract_id}"', f'"contract_id":"{contract}"', 1)
        )
        digest = number.to_bytes(32, "big")
        yield (
            owner.pk,
            payer.pk,
            uuid.UUID(int=number),
            cdr_id,
            cdr_id,
            parts.start_date_time + day,
            parts.end_date_time + day,
            parts.currency,
            parts.total_cost,
            parts.total_cost_after_tax,
            parts.energy,
            parts.duration,
            parts.parking_time,
            session,
            "",
            parts.token_uid + again,
            parts.token_key + again,
            contract,
            _contract(parts.contract_key, round_ // DAYS),
            parts.location_key,
            parts.evse_key + again,
            False,
            "",
            False,
            False,
            "",
            document,
            parts.last_updated + day,
            digest,
            digest,
            list(parts.differs_in),
            list(parts.refused_in),
            1,
            parts.end_date_time + day + timedelta(minutes=10 + number % 600),
        )


def _contract(of_template: str, again: int) -> str:
    """Each card has a contract of its own: its eight digits are the round of cards and the template."""
    return f"{of_template[:-8]}{again:04}{of_template[-4:]}"


def _copy_sessions() -> None:
    """The sessions of the CDRs, but of those that name one nobody knows."""
    from django.db import connection as database

    with database.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO charging_session (
                owner_id, session_id, session_key, emsp_id, status, started_at, ended_at, kwh,
                currency, total_cost, token_uid, token_key, contract_id, auth_method,
                authorization_reference, authorization_key, location_id, location_key, evse_uid,
                evse_key, connector_id, periods, document, last_updated, differs_in, refused_in,
                version)
            SELECT owner_id, session_key, session_key, emsp_id, 'COMPLETED', start_date_time,
                end_date_time, energy, currency, total_cost, token_uid, token_key, contract_id,
                'WHITELIST', '', '', location_key, location_key, evse_key, evse_key, '1', 5, '{}',
                last_updated, '{}', '{}', 1
            FROM cdrs_cdr WHERE session_key NOT LIKE 'NONE%' ORDER BY id
            """
        )


def _copy_tokens() -> None:
    """The cards of the CDRs, as their eMSPs told them."""
    from django.db import connection as database

    with database.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO tokens_token (
                owner_id, uid, uid_key, type, token_key, contract_id, contract_key, visual_number,
                issuer, group_id, group_key, valid, whitelist, document, last_updated, differs_in,
                refused_in, version)
            SELECT DISTINCT ON (emsp_id, token_key) emsp_id, token_uid, token_uid, 'RFID', token_key,
                contract_id, contract_key, '', '', '', '', true, 'ALLOWED', '{}',
                '2026-01-01T00:00:00Z'::timestamptz, '{}'::text[], '{}'::text[], 1
            FROM cdrs_cdr ORDER BY emsp_id, token_key
            """
        )
