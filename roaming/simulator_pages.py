"""The page “Simulated partner” of the demo: what it is doing, and the switches that steer it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_GET, require_POST

from credentials import services as credentials
from exchange.models import Delivery
from locations.models import EVSE, Location
from ocpi.datetimes import parse_datetime
from ocpi.versions import SUPPORTED
from parties import events
from parties.health import health
from parties.models import Connection
from staff.links import list_url, page_url
from staff.requests import user_of
from tariffs.models import Tariff

from . import demo, demo_locations, simulator_charges, simulator_client
from .simulator_accents import ACCENTS
from .simulator_actions import ACTIONS, OURS_CHANGED, RATES, TARIFFS
from .simulator_faults import BY_MODE, FAULTS, LIST_FAULTS, NONE, SCOPES, SHARES
from .simulator_mistakes import Mistaken

PERMISSION = "parties.change_connection"
URL_NAME = "simulated-partner"


def urls() -> list[URLPattern]:
    """The page's addresses, below `admin/`."""
    return [
        path("simulated-partner/", _guarded(page), name=URL_NAME),
        path("simulated-partner/state/", _guarded(live), name=f"{URL_NAME}-state"),
        path("simulated-partner/<slug:action>/", _guarded(act), name=f"{URL_NAME}-action"),
    ]


def may_steer(request: HttpRequest) -> bool:
    """Whether there is such a page for this user."""
    return bool(settings.DEMO) and request.user.has_perm(PERMISSION)


def banner(request: HttpRequest) -> dict[str, str] | None:
    """What every page says while a fault is switched on: `label` and the `url` to switch it off."""
    if not settings.DEMO or not request.user.is_staff:
        return None
    mode = simulator_client.fault_at_a_glance()
    if not mode:
        return None
    label = BY_MODE[mode].label if mode in BY_MODE else mode
    return {"label": label, "url": reverse(URL_NAME) if may_steer(request) else ""}


def _guarded(
    view: Callable[..., HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if not settings.DEMO:
            raise Http404
        if not may_steer(request):
            raise PermissionDenied
        return view(request, **kwargs)

    return admin.site.admin_view(guarded)


# --- Looking -----------------------------------------------------------------------------------


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The page itself; a script keeps its upper part fresh."""
    context = {
        **admin.site.each_context(request),
        "title": "Simulated partner",
        "faults": FAULTS,
        "list_faults": LIST_FAULTS,
        "accents": ACCENTS,
        "versions": SUPPORTED,
        "tariff_buttons": [(what, label) for what, (label, _) in TARIFFS.items()],
        "scopes": SCOPES,
        "shares": SHARES,
        "rates": RATES,
        "changed": OURS_CHANGED,
        **simulator_charges.choices(),
        **_picture(),
    }
    return TemplateResponse(request, "simulator/page.html", context)


@require_GET
def live(request: HttpRequest) -> HttpResponse:
    """The part of the page that changes by itself."""
    response = TemplateResponse(request, "simulator/live.html", _picture())
    response["Cache-Control"] = "no-store"
    return response


def _picture() -> dict[str, Any]:
    connection = demo.partner()
    picture: dict[str, Any] = {
        "connection": connection,
        "connection_url": page_url(connection) if connection else "",
        "health": health(connection) if connection else None,
        "address": settings.SIMULATOR_URL,
        "deliveries_url": _deliveries_url(connection),
        "ours": _published(),
        "theirs": _held(connection),
        "log": settings.VAR_DIR / "log" / "simulator.log",
        **simulator_charges.picture(),
    }
    try:
        return {**picture, **_seen(simulator_client.state())}
    except (simulator_client.Unreachable, simulator_client.Refused) as problem:
        return {**picture, "problem": str(problem)}


def _seen(state: simulator_client.State) -> dict[str, Any]:
    fault, last = state["faults"], state["pull"]["last"]
    return {
        "state": state,
        "fault": BY_MODE.get(fault["mode"]),
        "fault_on": fault["mode"] != NONE.mode,
        "fault_scope": _concerned(fault),
        "fault_share": f"{fault['probability']:.0%}",
        "share": f"{fault['probability']:g}",
        "rate": int(state["own"]["changes_per_minute"]),
        "last_push_at": _time(state["own"]["last_push_at"]),
        "last_pull_at": _time(last["started_at"]) if last else None,
        "requests": _requests(state["requests"]),
        "version": state["partner"]["version"] if state["partner"] else "",
        "spoken": [accent for accent in ACCENTS if state["accent"].get(accent.name)],
        "violations": [
            {**kind, "last_at": _time(kind["last_at"])} for kind in state["violations"]["kinds"]
        ],
    }


def _concerned(fault: dict[str, Any]) -> str:
    """What the fault that is switched on concerns."""
    known = BY_MODE.get(fault["mode"])
    return (known and known.where) or SCOPES.get(fault["scope"], fault["scope"])


def _requests(per_module: dict[str, dict[str, int]]) -> list[dict[str, Any]]:
    return [
        {
            "module": module or "versions",
            "methods": sorted(methods.items()),
            "total": sum(methods.values()),
        }
        for module, methods in sorted(per_module.items())
    ]


def _time(text: str | None) -> datetime | None:
    return parse_datetime(text) if text else None


def _deliveries_url(connection: Connection | None) -> str:
    return list_url(Delivery, connection__id__exact=connection.pk) if connection else ""


def _published() -> dict[str, int]:
    """How much of ours every partner may see."""
    visible = Location.objects.filter(
        owner__country_code=demo_locations.PARTY.country_code,
        owner__party_id=demo_locations.PARTY.party_id,
        publish=True,
        vanished_at=None,
    )
    evses = EVSE.objects.filter(location__in=visible)
    tariffs = Tariff.objects.filter(
        owner__country_code=demo_locations.PARTY.country_code,
        owner__party_id=demo_locations.PARTY.party_id,
        vanished_at=None,
        deleted_at=None,
    )
    return {"locations": visible.count(), "evses": evses.count(), "tariffs": tariffs.count()}


def _held(connection: Connection | None) -> dict[str, Any]:
    """How much of the partner's lies here."""
    if connection is None:
        return {"locations": 0, "evses": 0, "url": "", "tariffs": 0, "tariffs_url": ""}
    here = Location.objects.filter(
        owner__connection_parties__connection=connection, vanished_at=None
    )
    tariffs = Tariff.objects.filter(
        owner__connection_parties__connection=connection, vanished_at=None, deleted_at=None
    )
    owner = here.values_list("owner", flat=True).first()
    return {
        "locations": here.count(),
        "evses": EVSE.objects.filter(location__in=here).count(),
        "url": list_url(Location, owner__id__exact=owner) if owner else "",
        "tariffs": tariffs.count(),
        "tariffs_url": list_url(Tariff, owner__id__exact=owner) if owner else "",
    }


# --- Steering ----------------------------------------------------------------------------------


@require_POST
def act(request: HttpRequest, action: str) -> HttpResponse:
    """Press one of the buttons: done, noted as an event, and back to the page."""
    if action not in ACTIONS:
        raise Http404
    try:
        done = ACTIONS[action](request)
    except simulator_client.Unreachable as problem:
        messages.error(request, f"The simulated partner cannot be reached. {problem}")
    except (simulator_client.Refused, credentials.Refused) as problem:
        messages.error(request, f"The simulated partner did not do it: {problem}")
    except Mistaken as problem:
        messages.error(request, str(problem))
    else:
        events.record(
            f"simulator.{action}", done, connection=demo.partner(), actor=user_of(request)
        )
        messages.success(request, done)
    return HttpResponseRedirect(reverse(URL_NAME))
