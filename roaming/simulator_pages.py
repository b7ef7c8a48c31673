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
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from credentials import services as credentials
from exchange.models import Delivery
from locations import services as locations
from locations.choices import Status
from locations.models import EVSE, Location
from ocpi.datetimes import parse_datetime
from parties import events
from parties.choices import ConnectionState
from parties.health import health
from parties.models import Connection
from staff.links import list_url, page_url
from staff.requests import user_of

from . import demo, demo_locations, simulator_client
from .simulator_accents import ACCENTS, NAMES
from .simulator_faults import BY_MODE, FAULTS, NONE, SCOPES, SHARES

PERMISSION = "parties.change_connection"
RATES = {0: "Never", 60: "60 per minute", 600: "600 per minute"}
OURS_CHANGED = 10
URL_NAME = "simulated-partner"

Action = Callable[[HttpRequest], str]


class Mistaken(ValueError):
    """What no button of the page offers now."""


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
        "accents": ACCENTS,
        "scopes": SCOPES,
        "shares": SHARES,
        "rates": RATES,
        "changed": OURS_CHANGED,
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
        "fault_scope": SCOPES.get(fault["scope"], fault["scope"]),
        "fault_share": f"{fault['probability']:.0%}",
        "share": f"{fault['probability']:g}",
        "spoken": [accent for accent in ACCENTS if state["accent"].get(accent.name)],
        "rate": int(state["own"]["changes_per_minute"]),
        "last_push_at": _time(state["own"]["last_push_at"]),
        "last_pull_at": _time(last["started_at"]) if last else None,
        "requests": _requests(state["requests"]),
    }


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
    return {"locations": visible.count(), "evses": evses.count()}


def _held(connection: Connection | None) -> dict[str, Any]:
    """How much of the partner's lies here."""
    if connection is None:
        return {"locations": 0, "evses": 0, "url": ""}
    here = Location.objects.filter(
        owner__connection_parties__connection=connection, vanished_at=None
    )
    owner = here.values_list("owner", flat=True).first()
    return {
        "locations": here.count(),
        "evses": EVSE.objects.filter(location__in=here).count(),
        "url": list_url(Location, owner__id__exact=owner) if owner else "",
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


def _fault(request: HttpRequest) -> str:
    fault = BY_MODE.get(request.POST.get("mode", ""))
    scope, share = request.POST.get("scope", "receiver"), request.POST.get("share", "1")
    if fault is None or scope not in SCOPES or share not in SHARES:
        raise Mistaken("There is no such fault.")
    simulator_client.set_fault(
        fault.mode, scope=scope, delay_seconds=fault.seconds, probability=float(share)
    )
    if fault is NONE:
        return "The simulated partner behaves again."
    return (
        f"The simulated partner misbehaves now: {fault.label}, at {SHARES[share]}, {SCOPES[scope]}."
    )


def _accent(request: HttpRequest) -> str:
    """With which accents it speaks from now on; its connection's page then suggests what to do."""
    chosen = request.POST.getlist("accent")
    if not NAMES.issuperset(chosen):
        raise Mistaken("There is no such accent.")
    simulator_client.set_accent(chosen)
    labels = [accent.label.lower() for accent in ACCENTS if accent.name in chosen]
    if not labels:
        return "The simulated partner speaks OCPI to the letter again."
    return f"The simulated partner speaks with an accent now: {', '.join(labels)}."


def _rate(request: HttpRequest) -> str:
    text = request.POST.get("rate", "")
    rate = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else -1
    if rate not in RATES:
        raise Mistaken("There is no such rate.")
    simulator_client.set_rate(rate)
    return f"Status changes of the simulated partner: {RATES[rate].lower()}."


def _pull(request: HttpRequest) -> str:
    simulator_client.pull()
    return "The simulated partner fetches all our locations."


def _rotate(request: HttpRequest) -> str:
    simulator_client.rotate()
    return "The simulated partner renewed the tokens of both sides."


def _connect(request: HttpRequest) -> str:
    connection = demo.partner()
    if connection is not None and connection.state == ConnectionState.SUSPENDED:
        raise Mistaken(f"{connection} was suspended; resume it on its page.")
    simulator_client.state()  # Nothing is given up here before it is known to be there.
    invitation = demo.invite_again(user_of(request))
    simulator_client.connect(invitation["versions_url"], invitation["token"])
    return "The simulated partner registered anew."


def _change(request: HttpRequest) -> str:
    """Some of our own EVSEs change, so that there is something to deliver."""
    if not request.user.has_perm("locations.change_evse"):
        raise PermissionDenied
    free = {Status.AVAILABLE: Status.CHARGING, Status.CHARGING: Status.AVAILABLE}
    chosen = EVSE.objects.filter(
        location__owner__country_code=demo_locations.PARTY.country_code,
        location__owner__party_id=demo_locations.PARTY.party_id,
        location__owner__is_ours=True,
        location__publish=True,
        status__in=list(free),
    ).select_related("location__owner")
    now = timezone.now()
    changed = sum(
        locations.set_status(evse, free[Status(evse.status)], at=now, actor=user_of(request))
        for evse in chosen.order_by("last_updated", "id")[:OURS_CHANGED]
    )
    return f"{changed} of our own EVSEs changed their status; the partner is being told."


ACTIONS: dict[str, Action] = {
    "fault": _fault,
    "accent": _accent,
    "rate": _rate,
    "pull": _pull,
    "rotate": _rotate,
    "connect": _connect,
    "change": _change,
}
