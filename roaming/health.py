"""Is this process alive, and can it do its work?"""

from celery import current_app
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse


def healthz(request: HttpRequest) -> JsonResponse:
    """200 as long as the process answers."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database, migrations and broker are usable, else 503; names what is not."""
    problems = {
        name: problem
        for name, check in (("database", _database), ("broker", _broker))
        if (problem := check())
    }
    status = "unavailable" if problems else "ok"
    return JsonResponse({"status": status, **problems}, status=503 if problems else 200)


def _database() -> str:
    try:
        connection.ensure_connection()
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return "migrations are missing"
    except DatabaseError:
        return "cannot be reached"
    return ""


def _broker() -> str:
    try:
        with current_app.connection_for_write(connect_timeout=2) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=2)
    except Exception:  # each transport raises errors of its own
        return "cannot be reached"
    return ""
