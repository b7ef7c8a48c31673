"""The floor of the status PATCH: a bare Django view that runs the same SQL, and nothing else."""

from __future__ import annotations

import os
import pickle
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from django.db import connection as database
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path

from ocpi.datetimes import parse_datetime

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "roaming.settings")

# What the recorded statements carry in place of a status and a time.
STATUS = "RESERVED"
TIME = datetime(2026, 10, 1, tzinfo=UTC)


def patch(request: HttpRequest, number: int) -> HttpResponse:
    """Run the statements of one real PATCH, as recorded, with the status and time of this request."""
    body = orjson.loads(request.body)
    fresh = {STATUS: body["status"], TIME: parse_datetime(body["last_updated"])}
    with transaction.atomic(), database.cursor() as cursor:
        for statement, parameters in _script()[number]:
            cursor.execute(statement, _filled(parameters, fresh))
            if cursor.description:
                cursor.fetchall()
    return HttpResponse(b'{"status_code":1000}', content_type="application/json")


def _filled(parameters: Any, fresh: dict[Any, Any]) -> Any:
    if isinstance(parameters, dict):
        return {name: fresh.get(_key(value), value) for name, value in parameters.items()}
    return [fresh.get(_key(value), value) for value in parameters or ()]


def _key(value: Any) -> Any:
    return value if isinstance(value, str | datetime) else None


@cache
def _script() -> list[list[tuple[str, Any]]]:
    return pickle.loads(Path(os.environ["BENCH_SCRIPT"]).read_bytes())  # type: ignore[no-any-return]  # noqa: S301


urlpatterns = [path("bare/<int:number>", patch)]


def _application() -> object:
    import django
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler

    django.setup()
    settings.ROOT_URLCONF = "bench.bare"
    settings.MIDDLEWARE = []
    return WSGIHandler()


if os.environ.get("BENCH_URLCONF") == "bench.bare":
    application = _application()
