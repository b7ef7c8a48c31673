"""What the page of a connection shows above its form."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.apps import apps
from django.core.cache import cache
from django.db.models import Count, Min, Q, QuerySet
from django.db.models.functions import TruncHour
from django.http import HttpRequest
from django.utils import timezone

from credentials import attention
from credentials.choices import BADGES as HANDSHAKE_BADGES
from credentials.choices import HandshakeKind, HandshakeState
from credentials.models import Handshake
from credentials.services.upkeep import ACTOR as SCHEDULE
from exchange import registry
from exchange.admin import insight, suggested
from exchange.admin.quality_pages import partner_url
from exchange.choices import Outcome
from exchange.models import Delivery, Exchange, PullState, WarningCount
from exchange.quality.figures import summary
from ocpi import dialects
from ocpi.headers import TokenEncoding
from parties.choices import BADGES, ConnectionKind, Role
from parties.health import health
from parties.models import Agreement, Connection, InboundToken, Party
from parties.services import (
    is_gateway,
    offered_versions,
    outbound_encoding,
    parties_behind,
    portal_party,
    stand_in,
)
from staff.links import list_url, may_change, may_view, page_url

HOURS = 24
SPARK_HEIGHT = 48
SPARK_CACHED_SECONDS = 30
EVENTS_SHOWN = 15
HANDSHAKES_SHOWN = 5
BEHIND_SHOWN = 12


def context(request: HttpRequest, connection: Connection) -> dict[str, Any]:
    """Everything there is to know about a connection now."""
    chosen = list(connection.presents.all())
    ours = chosen or list(Party.objects.ours())
    return {
        "connection": connection,
        "state_variant": BADGES.get(connection.state, "default"),
        "environment_variant": BADGES.get(connection.environment, "default"),
        "health": health(connection),
        "concerns": attention.of(connection),
        "endpoints": endpoints(connection),
        "offered": offered_versions(connection, ours),
        "spelled": _spelled(connection),
        "ours": ours,
        "as_partner_url": (
            insight.url("as_partner", connection, "")
            if connection.is_connected and may_view(request, Delivery)
            else ""
        ),
        "behind_hub_url": _behind_hub_url(request, connection),
        "agreements": list(agreements_of(connection)) if may_view(request, Agreement) else [],
        "shows_all": not chosen,
        "office": office(connection) if is_gateway(connection) else None,
        "theirs": connection.connection_parties.select_related("party").order_by("id"),
        "may_change": may_change(request, Connection),
        "tokens": tokens(connection),
        "spark": spark(connection),
        "exchanges_url": list_url(Exchange, connection__id__exact=connection.pk),
        "deliveries": deliveries(connection) if may_view(request, Delivery) else None,
        "pulls": pulls(request, connection),
        "differs": dialects.differences(connection.dialect),
        "suggestions": suggested.rows(request, connection),
        "quality": quality(request, connection),
        "handshakes": handshakes(connection),
        "events": connection.events.all()[:EVENTS_SHOWN],
    }


def _behind_hub_url(request: HttpRequest, connection: Connection) -> str:
    """The list of the parties behind a hub; their app lies above this one, and is known by its name."""
    model = apps.get_model("hub.ClientInfo")
    is_hub = connection.kind == ConnectionKind.HUB or connection.hub_party_id
    if not is_hub or not may_view(request, model):
        return ""
    return list_url(model, connection__id__exact=connection.pk)


def office(connection: Connection) -> dict[str, Any]:
    """Of our own back office: whom it takes the portal for, and who is behind it."""
    stands = stand_in(connection) if connection.version == "2.1.1" else portal_party(Role.HUB)
    behind = parties_behind(connection)
    return {
        "portal": stands,
        "alone": connection.version == "2.1.1",
        "behind": behind[:BEHIND_SHOWN],
        "more": max(len(behind) - BEHIND_SHOWN, 0),
    }


def _spelled(connection: Connection) -> str:
    is_raw = outbound_encoding(connection) is TokenEncoding.RAW
    return "sent as it is" if is_raw else "sent in Base64"


def endpoints(connection: Connection) -> list[dict[str, Any]]:
    """The partner's modules: ``url``, the ``side`` it plays, and what we do with it."""
    rows = []
    for endpoint in connection.endpoints:
        identifier, role = endpoint["identifier"], endpoint.get("role", "")
        module = registry.find(identifier)
        rows.append(
            {
                "module": module.label if module else identifier,
                "role": {"SENDER": "offers", "RECEIVER": "takes"}.get(role, role.lower()),
                "url": endpoint["url"],
                "use": _use(connection, identifier, role),
            }
        )
    return sorted(rows, key=lambda row: (row["use"] == "", row["module"]))


def _use(connection: Connection, identifier: str, role: str) -> str:
    if identifier == "credentials":
        return "tokens are agreed here"
    if role == "RECEIVER" and identifier in connection.push_modules:
        return "we send changes"
    pullable = registry.pull_modules(connection.endpoints, connection.version)
    if role == "SENDER" and identifier in pullable:
        return "we fetch"
    return ""


def tokens(connection: Connection) -> list[InboundToken]:
    """The tokens the partner may present now, newest first."""
    return list(InboundToken.objects.valid().filter(connection=connection))


def spark(connection: Connection) -> dict[str, Any]:
    """Exchanges of the last 24 hours by hour as bars of an SVG, and their sums."""
    key = f"spark.{connection.pk}"
    found: dict[str, Any] | None = cache.get(key)
    if found is None:
        found = _bars(_per_hour(connection))
        cache.set(key, found, SPARK_CACHED_SECONDS)
    return found


def _per_hour(connection: Connection) -> dict[datetime, tuple[int, int]]:
    since = _this_hour() - timedelta(hours=HOURS - 1)
    rows = (
        Exchange.objects.filter(connection=connection, at__gte=since)
        .order_by()
        .annotate(hour=TruncHour("at", tzinfo=UTC))
        .values("hour")
        .annotate(good=Count("pk", filter=Q(outcome=Outcome.OK)), number=Count("pk"))
    )
    return {row["hour"]: (row["good"], row["number"] - row["good"]) for row in rows}


def agreements_of(connection: Connection) -> QuerySet[Agreement]:
    """The agreements in force with the parties the connection speaks for."""
    return Agreement.objects.filter(
        theirs__connection_parties__connection=connection,
        theirs__connection_parties__approved=True,
        ended_at=None,
    ).select_related("ours", "theirs")


def _this_hour() -> datetime:
    return timezone.now().replace(minute=0, second=0, microsecond=0)


def _bars(counts: dict[datetime, tuple[int, int]]) -> dict[str, Any]:
    top = max((good + bad for good, bad in counts.values()), default=0) or 1
    bars = []
    for position in range(HOURS):
        hour = _this_hour() - timedelta(hours=HOURS - 1 - position)
        good, bad = counts.get(hour, (0, 0))
        bad_height = _height(bad, top)
        good_height = _height(good, top)
        bars.append(
            {
                "x": position * 10,
                "good": good,
                "bad": bad,
                "hour": hour,
                "bad_y": SPARK_HEIGHT - bad_height,
                "bad_height": bad_height,
                "good_y": max(SPARK_HEIGHT - bad_height - good_height, 0),
                "good_height": good_height,
            }
        )
    return {
        "bars": bars,
        "good": sum(good for good, _ in counts.values()),
        "bad": sum(bad for _, bad in counts.values()),
        "height": SPARK_HEIGHT,
        "width": HOURS * 10,
    }


def _height(number: int, top: int) -> int:
    """Something is always visible: a single failure among thousands is what one looks for."""
    return max(2, round(SPARK_HEIGHT * number / top)) if number else 0


def deliveries(connection: Connection) -> dict[str, Any]:
    """How many deliveries wait, fail and were refused, with links to them."""
    pending = Delivery.objects.pending().filter(connection=connection)
    found = pending.aggregate(
        number=Count("pk"), failing=Count("pk", filter=Q(attempts__gt=0)), oldest=Min("changed_at")
    )
    dead = Delivery.objects.dead().filter(connection=connection)
    by_state = {
        state: list_url(Delivery, state=state, connection__id__exact=connection.pk)
        for state in ("pending", "failing", "refused")
    }
    return {**found, "dead": dead.count(), "urls": by_state}


def pulls(request: HttpRequest, connection: Connection) -> dict[str, Any]:
    """What we fetch from the partner: a row per list, how far, when next, the last error, what vanished."""
    states: dict[str, list[PullState]] = {}
    found = PullState.objects.filter(connection=connection).select_related("party", "connection")
    for state in found.order_by("module", "party_id"):
        states.setdefault(state.module, []).append(state)
    offered = registry.pull_modules(connection.endpoints, connection.version)
    may_look = may_view(request, PullState)
    rows = []
    for identifier in sorted({*offered, *states}):
        known: list[PullState | None] = [*states.get(identifier, [])]
        rows += [_pull_row(identifier, state, may_look=may_look) for state in known or [None]]
    url = list_url(PullState, connection__id__exact=connection.pk) if may_look else ""
    return {"rows": rows, "url": url}


def _pull_row(identifier: str, state: PullState | None, *, may_look: bool) -> dict[str, Any]:
    module = registry.find(identifier)
    return {
        "module": module.label if module else identifier,
        "party": state.party.identity if state and state.party else "",
        "state": state,
        "url": page_url(state) if state and may_look else "",
    }


def quality(request: HttpRequest, connection: Connection) -> dict[str, Any] | None:
    """What is wrong with what the partner sends, in figures."""
    if not may_view(request, WarningCount):
        return None
    return {"figures": summary(connection), "url": partner_url(connection)}


def handshakes(connection: Connection) -> list[dict[str, Any]]:
    # The daily look that found nothing wrong would soon be all there is to see.
    routine = Handshake.objects.filter(
        kind=HandshakeKind.DISCOVERY, state=HandshakeState.DONE, actor=SCHEDULE
    )
    rows: Iterable[Handshake] = Handshake.objects.filter(connection=connection).exclude(
        pk__in=routine.values("pk")
    )[:HANDSHAKES_SHOWN]
    return [
        {
            "handshake": row,
            "url": page_url(row),
            "variant": HANDSHAKE_BADGES.get(row.state, "default"),
        }
        for row in rows
    ]
