"""What a partner would get: the very view that answers it, asked as if the partner had.

Nothing of it is logged or kept: it happens in a transaction that is taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson
from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.http import HttpRequest, QueryDict
from django.urls import Resolver404, resolve

from exchange.models import LossCount
from exchange.objects import Named
from exchange.quality import losses
from ocpi import convert
from ocpi.errors import Problem
from ocpi.lenient.roots import identifier_of
from ocpi.urls import join
from ocpi.versions import InterfaceRole
from parties.models import Connection


@dataclass(frozen=True)
class Lost:
    """Something that the partner's version cannot say: where, why, and how often in this answer."""

    path: str
    words: str
    count: int


@dataclass(frozen=True)
class Seen:
    """An answer of ours as the partner would get it."""

    url: str
    http_status: int
    headers: dict[str, str]
    body: bytes
    lost: list[Lost]

    @property
    def refused(self) -> bool:
        return self.http_status >= 400


def look(connection: Connection, module: str, segments: Sequence[str] = (), **query: str) -> Seen:
    """What ``connection`` would get for ``GET {module}/{segments}`` at its version.

    Raises ``ValueError`` where there is no such address at that version.
    """
    side = InterfaceRole.SENDER.lower()
    base = f"{settings.BASE_URL}/ocpi/{connection.version}/{side}/{module}"
    url = join(base, *segments)
    request = _request(urlsplit(url).path, query)
    try:
        match = resolve(request.path_info)
    except Resolver404:
        raise ValueError(f"OCPI {connection.version} has no {module} here.") from None
    view: Any = match.func
    if not hasattr(view, "initkwargs") or view.initkwargs.get("module") != module:
        raise ValueError(f"OCPI {connection.version} has no {module} here.")
    asked = view.cls.as_view(**{**view.initkwargs, "looking_as": connection})
    with transaction.atomic():
        before = _counted(connection, module)
        response = asked(request, *match.args, **match.kwargs)
        lost = _lost(before, _counted(connection, module), connection.version)
        transaction.set_rollback(True)
    return Seen(
        url=f"{url}?{urlencode(query)}" if query else url,
        http_status=response.status_code,
        headers={name: str(value) for name, value in response.headers.items()},
        body=bytes(response.content),
        lost=lost,
    )


def look_at(connection: Connection, target: Named) -> Seen:
    """What ``connection`` would get of one object.

    Where its module has no address for one object on our side, it is the page of the list that begins with it.
    """
    module = target.module
    if any("get" in r.view.methods(connection.version) for r in module.sender if not r.many):
        return look(connection, module.identifier, [target.object_id])
    seen = look(connection, module.identifier, limit="1", after=str(target.id - 1))
    return seen if _holds(seen, target) else replace(seen, http_status=404)


def _holds(seen: Seen, target: Named) -> bool:
    listed = orjson.loads(seen.body).get("data") or []
    name = identifier_of(target.module.kind)
    # The list begins at the object; of a token the reference may say more than its uid.
    wanted = target.object_id.upper()
    return any(wanted.partition("?TYPE=")[0] == str(one.get(name, "")).upper() for one in listed)


def in_words(problems: Sequence[Problem], version: str) -> list[Lost]:
    """Losses of one object, each kind of them once."""
    return [
        Lost(loss.path, convert.message(loss.code, version), loss.times)
        for loss in losses.summarize(problems)
    ]


def _request(path: str, query: dict[str, str]) -> HttpRequest:
    request = HttpRequest()
    request.method = "GET"
    request.path = request.path_info = path
    request.GET = QueryDict(urlencode(query))
    host = urlsplit(settings.BASE_URL)
    request.META = {
        "REQUEST_METHOD": "GET",
        "SERVER_NAME": host.hostname or "localhost",
        "SERVER_PORT": str(host.port or (443 if host.scheme == "https" else 80)),
        "QUERY_STRING": urlencode(query),
        "wsgi.url_scheme": host.scheme,
    }
    return request


_Counts = dict[tuple[str, str], int]


def _counted(connection: Connection, module: str) -> _Counts:
    rows = (
        LossCount.objects.filter(connection=connection, module=module, version=connection.version)
        .values_list("code", "path")
        .annotate(number=Sum("count"))
    )
    return {(code, path): number for code, path, number in rows}


def _lost(before: _Counts, after: _Counts, version: str) -> list[Lost]:
    """What the answer itself counted as lost."""
    return [
        Lost(path, convert.message(code, version), number - before.get((code, path), 0))
        for (code, path), number in sorted(after.items())
        if number > before.get((code, path), 0)
    ]
