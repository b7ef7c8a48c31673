"""What tests of commands start from: an eMSP that commands, a CPO of ours, and the back office that runs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.utils import timezone

from charging.commands import services
from charging.models import Command
from charging.sessions import services as sessions
from exchange import deliveries
from exchange.models import Delivery
from locations import services as locations
from ocpi import convert
from parties.choices import ConnectionKind
from parties.models import Connection, Party
from tests import builders
from tests.builders import Answered, Partner
from tests.exchange.conftest import Reply, Seen, System

EMSP = "https://emsp.example"
URL = f"{EMSP}/results/START_SESSION/1?id=7&x=%20y"
VERSIONS = ("2.1.1", "2.2.1", "2.3.0")
KINDS = {
    "START_SESSION": "start_session",
    "STOP_SESSION": "stop_session",
    "RESERVE_NOW": "reserve_now",
    "CANCEL_RESERVATION": "cancel_reservation",
    "UNLOCK_CONNECTOR": "unlock_connector",
}


def our_cpo() -> Party:
    """NL*ABC with a location LOC1 whose EVSE 3256 can be started remotely."""
    owner = builders.party("NL*ABC", "CPO", ours=True)
    locations.put_location(owner, builders.location(), source=None)
    return owner


def back_office(system: System, *parties: Party, version: str = "2.2.1") -> Partner:
    """Our back office, which runs these parties and answers as ``system`` does."""
    return builders.partner(
        "Back office",
        speaks_for=parties,
        kind=ConnectionKind.BACK_OFFICE,
        pushes=("commands",),
        url=system.url,
        version=version,
    )


def emsp(name: str = "DE*XYZ", version: str = "2.2.1", url: str = EMSP) -> Partner:
    """A partner's eMSP."""
    theirs = builders.party(name, "EMSP")
    return builders.partner(
        f"Emsp {name}", speaks_for=(theirs,), pushes=("sessions",), version=version, url=url
    )


def said(partner: Partner, kind: str, **fields: Any) -> dict[str, Any]:
    """A command as the partner's version writes it; ``response_url`` and whatever it needs are filled in."""
    owner = "DE*XYZ"
    usual: dict[str, Any] = {"response_url": URL}
    if kind in ("START_SESSION", "RESERVE_NOW"):
        usual |= {
            "token": builders.token(owner=owner),
            "location_id": "LOC1",
            "evse_uid": "3256",
        }
    if kind == "RESERVE_NOW":
        in_an_hour = timezone.now() + timedelta(hours=1)
        usual |= {"reservation_id": "7", "expiry_date": f"{in_an_hour:%Y-%m-%dT%H:%M:%SZ}"}
    if kind == "CANCEL_RESERVATION":
        usual |= {"reservation_id": "7"}
    if kind == "STOP_SESSION":
        usual |= {"session_id": "S1"}
    if kind == "UNLOCK_CONNECTOR":
        usual |= {"location_id": "LOC1", "evse_uid": "3256", "connector_id": "1"}
    document = {name: value for name, value in {**usual, **fields}.items() if value is not None}
    return convert.from_canonical(partner.connection.version, KINDS[kind], document).document


def command(partner: Partner, kind: str = "START_SESSION", **fields: Any) -> Answered:
    """Send a command."""
    return partner.call("POST", f"receiver/commands/{kind}", said(partner, kind, **fields))


def accepting(timeout: int = 30) -> Reply:
    """The direct answer of a system that accepts, at any version."""
    return Reply({"result": "ACCEPTED", "timeout": timeout})


def tell(runner: Partner, seen: Seen, result: str = "ACCEPTED", **more: Any) -> Answered:
    """The result goes to the address that the request gave."""
    path = seen.document["response_url"].partition("/ocpi/")[2].partition("/")[2]
    return runner.call("POST", path, {"result": result, **more})


def session(identifier: str = "S1", **fields: Any) -> None:
    """A session at the CPO of ours, of a card of DE*XYZ unless it says another."""
    owner = builders.party("NL*ABC", "CPO")
    sessions.put_session(owner, builders.session(identifier, **fields), source=None)


@contextmanager
def later(**time: float) -> Iterator[None]:
    """Time passes: what was to be settled until then is settled."""
    by = timedelta(**time)
    for row in Command.objects.exclude(settle_at=None):
        Command.objects.filter(pk=row.pk).update(
            settle_at=row.settle_at - by if row.settle_at else None
        )
    services.settle()
    yield


def results_at(connection: Connection, system: System) -> list[Seen]:
    """The results that are due are delivered to ``system``; what it got."""
    before = len(system.requests)
    deliveries.drain(connection)
    return system.requests[before:]


def due(connection: Connection) -> list[str]:
    """The references of the results that wait for a partner."""
    return [
        row.object_reference for row in Delivery.objects.filter(connection=connection).pending()
    ]
