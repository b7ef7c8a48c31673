"""What a test that commits leaves behind, removed in milliseconds.

Django truncates every table and makes permissions anew, a second each time.
"""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test import TransactionTestCase
from psycopg import sql

KEPT = {
    *("django_migrations", "django_content_type"),
    *("auth_permission", "auth_group", "auth_group_permissions"),
}
"""What ``migrate`` makes: no test changes it."""

_TEARDOWN = "_fixture_teardown"
_django_teardown = getattr(TransactionTestCase, _TEARDOWN)


def install() -> None:
    """Have tests that commit tidied up this way."""
    setattr(TransactionTestCase, _TEARDOWN, _teardown)


def _teardown(case: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT usesuper FROM pg_user WHERE usename = current_user")
        (unhindered,) = cursor.fetchone()
    if not unhindered:
        _django_teardown(case)
        return
    tables = [name for name in connection.introspection.table_names() if name not in KEPT]
    with connection.cursor() as cursor:
        cursor.execute(_union(tables))
        filled = [name for (name,) in cursor.fetchall()]
        if not filled:
            return
        # Neither foreign keys nor what keeps entries for ever stand in the way.
        cursor.execute("SET session_replication_role = replica")
        for name in filled:
            cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))
        cursor.execute("RESET session_replication_role")


def _union(tables: list[str]) -> sql.Composable:
    """Which of the tables hold a row."""
    part = sql.SQL("SELECT {} WHERE EXISTS (SELECT 1 FROM {})")
    return sql.SQL(" UNION ALL ").join(
        part.format(sql.Literal(name), sql.Identifier(name)) for name in tables
    )
