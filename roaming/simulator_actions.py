"""The buttons of the page “Simulated partner”: each does one thing and says in a sentence what it did."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone

from locations import services as locations
from locations.choices import Status
from locations.models import EVSE
from ocpi.versions import SUPPORTED
from parties.choices import ConnectionState
from staff.requests import user_of

from . import demo, demo_locations, simulator_charges, simulator_client
from .simulator_accents import ACCENTS, NAMES
from .simulator_faults import BY_MODE, NONE, SCOPES, SHARES
from .simulator_mistakes import Mistaken

RATES = {0: "Never", 60: "60 per minute", 600: "600 per minute"}
OURS_CHANGED = 10
TARIFFS = {
    "change": ("Let it change a price", "changed the prices of {}"),
    "create": ("Let it begin a campaign", "began the tariff {}"),
    "delete": ("Let it end a campaign", "ended the tariff {}"),
}

Action = Callable[[HttpRequest], str]


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
    where = fault.where or SCOPES[scope]
    return f"The simulated partner misbehaves now: {fault.label}, at {SHARES[share]}, {where}."


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


def _switch(request: HttpRequest) -> str:
    version = request.POST.get("version", "")
    if version not in SUPPORTED:
        raise Mistaken("There is no such version.")
    simulator_client.switch(version)
    return f"The simulated partner went over to OCPI {version} with us."


def _tariff(request: HttpRequest) -> str:
    what = request.POST.get("what", "")
    if what not in TARIFFS:
        raise Mistaken("There is no such thing to do with a tariff.")
    tariff = simulator_client.change_tariff(what)
    if tariff is None:
        raise Mistaken("It has no such tariff; begin a campaign first.")
    return f"The simulated partner {TARIFFS[what][1].format(tariff)}."


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
    simulator_client.connect(invitation["versions_url"], invitation["token"], demo.VERSION)
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
    "switch": _switch,
    "tariff": _tariff,
    "rate": _rate,
    "pull": _pull,
    "rotate": _rotate,
    "connect": _connect,
    "change": _change,
    **simulator_charges.ACTIONS,
}
