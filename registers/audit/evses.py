"""The EVSE IDs, looked at in the database: one pass over the EVSEs, then over what was seen of them."""

from __future__ import annotations

from typing import NamedTuple

from django.db import connection as database

from ocpi.countries import ALPHA_3
from ocpi.identifiers import is_country
from registers.audit.models import AuditRun

# Shapes are those of ``registers.audit.choices``; the expressions say what ``ocpi.identifiers.PlaceId`` reads.
_SEEN = r"""
    CREATE TEMPORARY TABLE audited ON COMMIT DROP AS
    SELECT o.*,
        CASE WHEN shape NOT IN ('', 'din', 'number', 'uuid', 'other')
            THEN left(regexp_replace(upper, '[^A-Z0-9]', '', 'g'), 5) ELSE '' END AS prefix
    FROM (
        SELECT i.*, CASE
            WHEN value = '' THEN ''
            WHEN upper ~ '^[A-Z][A-Z]\*?[A-Z0-9][A-Z0-9][A-Z0-9]\*?E[*]*[A-Z0-9][A-Z0-9*]*$'
                AND (length(upper) <= 37
                    OR upper ~ '^[A-Z]{2}\*?[A-Z0-9]{3}\*?E\*?[A-Z0-9*]{1,31}$')
                THEN CASE WHEN upper LIKE '__*___*E%%' THEN 'canonical' ELSE 'compact' END
            WHEN upper ~ '^[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}$' THEN 'uuid'
            WHEN upper ~ '^\+?[0-9]{1,3}\*[0-9]{3,6}\*[0-9*]{1,32}$' THEN 'din'
            WHEN upper ~ '^[0-9]+$' THEN 'number'
            WHEN upper ~ '^[A-Z]{2}\*?[A-Z0-9]{3}\*?E\*?[A-Z0-9*]{32,}$' THEN 'too_long'
            WHEN upper ~ '^[A-Z]{2}[-*. _/]?[A-Z0-9]{3}[-*. _/]?E[-A-Z0-9*. _/]+$' THEN 'separators'
            WHEN upper ~ '^[A-Z]{2}[-*. _/]?[A-Z0-9]{3}[-*. _/]?E' THEN 'characters'
            WHEN upper ~ '^[A-Z]{2}\*?[A-Z0-9]{3}\*?[PS]\*?[A-Z0-9*]+$' THEN 'other_letter'
            WHEN upper ~ '^[A-Z]{2}[-*. _/][A-Z0-9]{3}[-*. _/]' THEN 'no_letter'
            ELSE 'other' END AS shape
        FROM (
            SELECT e.id AS evse, e.location_id AS location, l.owner_id AS owner,
                p.country_code || p.party_id AS owner_code, e.evse_id AS value, upper(e.evse_id) AS upper,
                e.evse_key AS key
            FROM locations_evse e
            JOIN locations_location l ON l.id = e.location_id
            JOIN parties_party p ON p.id = l.owner_id
            WHERE l.vanished_at IS NULL AND e.status <> 'REMOVED'
        ) i
    ) o
"""
_FINDINGS = """
    INSERT INTO registers_auditfinding (run_id, subject, fault, reason, owner_id, evse_id, value, key)
    SELECT %(run)s, 'evse', fault, reason, owner, evse, value, key
    FROM audited
    LEFT JOIN (
        SELECT key, count(*) AS times FROM audited WHERE prefix <> '' GROUP BY key HAVING count(*) > 1
    ) d USING (key)
    LEFT JOIN (
        SELECT country_code || party_id AS prefix FROM registers_registerentry WHERE vanished_at IS NULL
        UNION
        SELECT replace(unnest(observed), '*', '') FROM registers_registerentry WHERE vanished_at IS NULL
    ) r USING (prefix)
    CROSS JOIN LATERAL (VALUES
        ('duplicate', '', audited.prefix <> '' AND d.times IS NOT NULL),
        ('malformed', shape, shape NOT IN ('', 'canonical', 'compact')),
        ('missing', '', shape = ''),
        ('foreign', audited.prefix, audited.prefix <> '' AND audited.prefix <> owner_code),
        ('country', left(audited.prefix, 2),
            audited.prefix <> '' AND NOT left(audited.prefix, 2) = ANY(%(countries)s)),
        ('unlisted', audited.prefix, %(registers_read)s AND audited.prefix <> '' AND r.prefix IS NULL),
        ('lower_case', '', value <> upper)
    ) AS found(fault, reason, holds)
    WHERE holds
"""
_FIGURES = """
    SELECT (SELECT count(*) FROM audited),
        (SELECT count(*) FROM (SELECT FROM audited WHERE prefix <> '' GROUP BY key HAVING count(*) > 1) d)
"""
_SHAPES = "SELECT owner, shape, count(*) FROM audited GROUP BY owner, shape ORDER BY owner, shape"


class Seen(NamedTuple):
    """How many EVSEs were looked at, how many IDs several of them have, and ``[owner, shape, number]``."""

    evses: int
    duplicates: int
    shapes: list[list[object]]


def look(run: AuditRun) -> Seen:
    """Write the faults of all EVSE IDs as findings of ``run``; EVSEs that are gone are left out.

    Call it in a transaction.
    """
    countries = [code for code in ALPHA_3 if is_country(code)]
    with database.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '10min'")
        cursor.execute(_SEEN, {})
        cursor.execute("ANALYZE audited")
        cursor.execute(
            _FINDINGS,
            {"run": run.pk, "countries": countries, "registers_read": run.registers_read},
        )
        cursor.execute(_FIGURES)
        evses, duplicates = cursor.fetchone()
        cursor.execute(_SHAPES)
        shapes = [list(row) for row in cursor.fetchall()]
        cursor.execute("DROP TABLE audited")
    return Seen(evses, duplicates, shapes)
