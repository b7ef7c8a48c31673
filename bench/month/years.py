"""Years of charging before the month: only to be many rows."""

from __future__ import annotations

import time

from bench.month.indexes import unindexed


def extend(months: int) -> None:
    """The same month again ``months`` times before it, settled and without documents: only to be many rows."""
    from django.db import connection as database

    start = time.perf_counter()
    with unindexed("cdrs_cdr", "review_cdrreview"), database.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM cdrs_cdr")
        (most,) = cursor.fetchone()
        for number in range(1, months + 1):
            back = f"interval '{30 * number} days'"
            cursor.execute(_copy_sql("cdrs_cdr", _changed_cdr(number, back), most))
            cursor.execute(
                "INSERT INTO review_cdrreview SELECT "
                + _columns_changed(
                    "review_cdrreview",
                    {
                        "cdr_id": f"cdr_id + {most * number}",
                        "ended_at": f"ended_at - {back}",
                        "received_at": f"received_at - {back}",
                        "state": "CASE state WHEN 'flagged' THEN 'accepted' ELSE state END",
                    },
                )
                + f" FROM review_cdrreview WHERE cdr_id <= {most} ORDER BY cdr_id"
            )
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('cdrs_cdr', 'id'), (SELECT max(id) FROM cdrs_cdr))"
        )
    with database.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE cdrs_cdr")
        cursor.execute("VACUUM ANALYZE review_cdrreview")
        cursor.execute("CHECKPOINT")
        cursor.execute("SELECT count(*) FROM review_cdrreview")
        (rows,) = cursor.fetchone()
    print(f"years before: {rows:,} CDRs and reviews in all, {time.perf_counter() - start:.0f} s")


def _changed_cdr(number: int, back: str) -> dict[str, str]:
    return {
        "address": "gen_random_uuid()",
        "cdr_id": f"cdr_id || '-M{number}'",
        "cdr_key": f"cdr_key || '-M{number}'",
        "session_key": f"session_key || '-M{number}'",
        "start_date_time": f"start_date_time - {back}",
        "end_date_time": f"end_date_time - {back}",
        "last_updated": f"last_updated - {back}",
        "received_at": f"received_at - {back}",
        "document": "'{}'",
        "id": f"id + {{most}} * {number}",
    }


def _copy_sql(table: str, changed: dict[str, str], most: int) -> str:
    changed = {name: value.replace("{most}", str(most)) for name, value in changed.items()}
    return (
        f"INSERT INTO {table} SELECT {_columns_changed(table, changed)}"
        f" FROM {table} WHERE id <= {most} ORDER BY id"
    )


def _columns_changed(table: str, changed: dict[str, str]) -> str:
    from django.db import connection as database

    with database.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
            " ORDER BY ordinal_position",
            [table],
        )
        return ", ".join(changed.get(name, name) for (name,) in cursor.fetchall())
