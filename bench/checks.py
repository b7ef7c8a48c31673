"""Checks of CDRs: made-up charges of five periods, priced by the tariff they carry, by one worker or several.

Their sessions, tokens and locations are here, so that every look-up finds something. One in fifty costs too much,
one in a hundred comes twice.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time

GOAL = 700

_FILL = """
    WITH parties AS (
        SELECT o.id AS owner, e.id AS emsp FROM parties_party o, parties_party e
        WHERE o.role = 'CPO' AND o.country_code = 'NL' AND o.party_id = 'BEN'
          AND e.role = 'EMSP' AND e.country_code = 'NL' AND e.party_id = 'OWN'
    ), charges AS (
        SELECT n, owner, emsp, lpad(n::text, 9, '0') AS number,
            '2026-01-01T00:00:00Z'::timestamptz + n * interval '20 seconds' AS starts,
            CASE WHEN n %% 50 = 0 THEN 9.99 ELSE 8.60 END AS cost
        FROM generate_series(1, %(count)s) AS n, parties
    )
    INSERT INTO cdrs_cdr (
        owner_id, cdr_id, cdr_key, emsp_id, address, start_date_time, end_date_time, currency, total_cost,
        energy, duration, parking_time, session_key, authorization_key, token_uid, token_key, contract_id,
        contract_key, location_key, evse_key, credit, credit_reference_key, is_reservation,
        home_charging_compensation, invoice_reference_id, document, last_updated, original_sha256,
        content_sha256, differs_in, refused_in, version, received_at)
    SELECT owner, 'C' || number, 'C' || number, emsp, gen_random_uuid(), starts,
        starts + interval '150 minutes', 'EUR', cost, 20, 2.5, 0.5,
        'S' || CASE WHEN n %% 100 = 0 THEN lpad((n - 1)::text, 9, '0') ELSE number END, '',
        'T' || number, 'RFID:T' || number, 'NL-OWN-C12345678', 'NL-OWN-C12345678', 'LOC' || n %% 2000,
        '1', false, '', false, false, '',
        json_build_object(
            'country_code', 'NL', 'party_id', 'BEN', 'id', 'C' || number,
            'start_date_time', to_char(starts AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            'end_date_time',
            to_char((starts + interval '150 minutes') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            'session_id', 'S' || number, 'auth_method', 'WHITELIST', 'currency', 'EUR',
            'cdr_token', json_build_object('country_code', 'NL', 'party_id', 'OWN', 'uid', 'T' || number,
                'type', 'RFID', 'contract_id', 'NL-OWN-C12345678'),
            'cdr_location', json_build_object('id', 'LOC' || n %% 2000, 'address', 'Street 1', 'city', 'Utrecht',
                'country', 'NLD', 'coordinates', json_build_object('latitude', '52.09', 'longitude', '5.12'),
                'evse_uid', '1', 'evse_id', 'NL*BEN*E1', 'connector_id', '1',
                'connector_standard', 'IEC_62196_T2', 'connector_format', 'SOCKET',
                'connector_power_type', 'AC_3_PHASE'),
            'tariffs', %(tariffs)s::json,
            'charging_periods', (
                SELECT json_agg(json_build_object(
                    'start_date_time', to_char((starts + p * interval '30 minutes') AT TIME ZONE 'UTC',
                                               'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                    'tariff_id', 'DAY',
                    'dimensions', CASE WHEN p < 4 THEN json_build_array(
                        json_build_object('type', 'ENERGY', 'volume', 5.0),
                        json_build_object('type', 'TIME', 'volume', 0.5),
                        json_build_object('type', 'MAX_POWER', 'volume', 10.5))
                    ELSE json_build_array(json_build_object('type', 'PARKING_TIME', 'volume', 0.5)) END))
                FROM generate_series(0, 4) AS p),
            'total_cost', json_build_object('before_taxes', cost),
            'total_energy', 20.0, 'total_time', 2.5, 'total_parking_time', 0.5),
        starts + interval '3 hours', '\\x00', '\\x00', '{}', '{}', 1, starts + interval '3 hours'
    FROM charges ORDER BY n
"""
_SESSIONS = """
    INSERT INTO charging_session (
        owner_id, session_id, session_key, emsp_id, status, started_at, ended_at, kwh, currency, total_cost,
        token_uid, token_key, contract_id, auth_method, authorization_reference, authorization_key,
        location_id, location_key, evse_uid, evse_key, connector_id, periods, document, last_updated,
        differs_in, refused_in, version)
    SELECT owner_id, 'S' || substr(cdr_key, 2), 'S' || substr(cdr_key, 2), emsp_id, 'COMPLETED',
        start_date_time, end_date_time, energy, 'EUR', total_cost, token_uid, token_key, contract_id,
        'WHITELIST', '', '', location_key, location_key, '1', '1', '1', 5, '{}', end_date_time, '{}', '{}', 1
    FROM cdrs_cdr ORDER BY id
"""
_TOKENS = """
    INSERT INTO tokens_token (
        owner_id, uid, uid_key, type, token_key, contract_id, contract_key, visual_number, issuer,
        group_id, group_key, valid, whitelist, document, last_updated, differs_in, refused_in, version)
    SELECT emsp_id, token_uid, token_uid, 'RFID', token_key, contract_id, contract_key, '', '', '', '', true,
        'ALLOWED', '{}', end_date_time, '{}', '{}', 1
    FROM cdrs_cdr ORDER BY id
"""
_PLACES = """
    WITH made AS (
        INSERT INTO locations_location (
            owner_id, location_id, location_key, name, address, city, postal_code, country, time_zone, publish,
            document, last_updated, differs_in, refused_in, version)
        SELECT o.id, 'LOC' || n, 'LOC' || n, '', '', '', '', 'NLD', 'Europe/Amsterdam', true, '{}', now(), '{}',
            '{}', 1
        FROM generate_series(0, 1999) AS n, parties_party o
        WHERE o.role = 'CPO' AND o.country_code = 'NL' AND o.party_id = 'BEN' RETURNING id
    )
    INSERT INTO locations_evse (location_id, uid, uid_key, evse_id, evse_key, status, status_since, document,
        last_updated)
    SELECT id, '1', '1', '', '', 'AVAILABLE', now(),
        '{"uid": "1", "connectors": [{"id": "1", "standard": "IEC_62196_T2", "format": "SOCKET", '
        '"power_type": "AC_3_PHASE", "max_voltage": 230, "max_amperage": 32, "tariff_ids": ["DAY"]}]}', now()
    FROM made
"""
_TARIFFS = """[{
    "country_code": "NL", "party_id": "BEN", "id": "DAY", "currency": "EUR", "tax_included": "NO",
    "elements": [
        {"price_components": [{"type": "FLAT", "price": 0.5, "vat": 21.0, "step_size": 1}]},
        {"price_components": [{"type": "ENERGY", "price": 0.38, "vat": 21.0, "step_size": 1}],
         "restrictions": {"start_time": "00:00", "end_time": "00:00", "day_of_week":
            ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]}},
        {"price_components": [{"type": "PARKING_TIME", "price": 1.0, "vat": 21.0, "step_size": 60}]}
    ], "last_updated": "2025-12-01T00:00:00Z"}]"""


def run(options: argparse.Namespace) -> None:
    """Measure and print; the portal's database is prepared."""
    _fill(options.cdrs)
    rates = [_drained(options.cdrs, workers) for workers in (1, options.workers)]
    print(f"checks: {rates[0]:.0f} CDRs/s by one worker (goal: at least {GOAL})")
    print(f"checks: {rates[1]:.0f} CDRs/s by {options.workers} workers side by side")
    _report()


def _fill(count: int) -> None:
    from django.db import connection as database

    from ocpi.ids import PartyId
    from parties import services
    from review.services import expect_all

    services.ensure_party(PartyId("NL", "OWN"), "EMSP", is_ours=True)
    services.ensure_party(PartyId("NL", "BEN"), "CPO")
    start = time.perf_counter()
    with database.cursor() as cursor:
        cursor.execute(
            "TRUNCATE cdrs_cdr, charging_session, tokens_token, locations_location CASCADE"
        )
        cursor.execute(_FILL, {"count": count, "tariffs": _TARIFFS})
        for statement in (_SESSIONS, _TOKENS, _PLACES):
            cursor.execute(statement)
    after = 0
    while (last := expect_all(after=after)) is not None:
        after = last
    with database.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
    print(f"checks: {count} CDRs made in {time.perf_counter() - start:.0f} s")


def _drained(count: int, workers: int) -> float:
    """CDRs per second of all workers together."""
    from review.models import CDRReview

    CDRReview.objects.update(state="waiting", checked_at=None)
    start = time.perf_counter()
    if workers == 1:
        _worker()
    else:
        context = multiprocessing.get_context("spawn")
        processes = [context.Process(target=_worker) for _ in range(workers)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
    return count / (time.perf_counter() - start)


def _worker() -> None:
    import django

    django.setup()
    from review import checking

    checking.drain()


def _report() -> None:
    from django.db.models import Count

    from review.models import CDRReview

    states = CDRReview.objects.values_list("state").annotate(Count("pk"))
    print(f"checks: {dict(states.order_by('state'))}")
