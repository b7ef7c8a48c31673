"""The demo's content: what `make run` finds ready when DEMO is on."""

from __future__ import annotations

import orjson
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from credentials import services as credentials
from exchange.registry import Source
from locations import services as locations
from parties import events
from parties import services as parties
from parties.choices import ConnectionState, Environment, Role
from parties.models import Connection, Event, Party
from tariffs import services as tariffs

from . import demo_locations, demo_tariffs

PARTNER = "Simulated partner"
ACTOR = "demo"
FILLED = "demo.filled"
SUBJECT = "demo"
VERSIONS_PATH = "/ocpi/versions"
VERSION = "2.2.1"
"""The version at which the simulated partner registers; its page lets it switch."""
CONTACTS = """Sanne de Wit, partner management, +31 20 555 01 23, roaming@simulated-charging.example
Operations desk, day and night, +31 20 555 01 99, noc@simulated-charging.example"""
NOTES = (
    "A simulated partner that runs beside this portal as a process of its own and speaks OCPI"
    " 2.1.1, 2.2.1 and 2.3.0 over HTTP: as CPO its EVSEs change status all the time and its prices"
    " now and then, as eMSP it takes our locations and tariffs."
    " The page “Simulated partner” makes it misbehave."
)
Invitation = dict[str, str]


def prepare() -> Invitation | None:
    """Fill an empty portal and invite the simulated partner; may be called again and again.

    The answer holds `versions_url` and `token` when the partner still has to register, is empty
    when it is registered already (or staff ended that), and is None when there is to be no
    partner: DEMO is off, or the portal holds parties or connections of its own, which demo data
    must not mix with.
    """
    if not settings.DEMO:
        return None
    with transaction.atomic():
        if not is_filled():
            if Party.objects.ours().exists() or Connection.objects.exists():
                return None
            _fill()
        connection = partner()
        return invitation(connection, settings.SIMULATOR_URL) if connection else {}


def is_filled() -> bool:
    """Whether this portal is a demo: it was filled once, whatever staff made of it since."""
    return Event.objects.filter(subject=SUBJECT, name=FILLED).exists()


def partner() -> Connection | None:
    """The connection to the simulated partner, however staff call it now; None when discarded."""
    filled = Event.objects.filter(subject=SUBJECT, name=FILLED).exclude(connection=None)
    event = filled.select_related("connection").first()
    return event.connection if event else None


def invite_again(actor: events.Actor) -> Invitation:
    """A fresh one-time token for the simulated partner, whose side knows of no connection."""
    with transaction.atomic():
        connection = partner()
        if connection is None:
            connection = _make_connection(list(Party.objects.ours()))
            _remember(connection, "The simulated partner came back.", actor)
        elif connection.is_connected:
            parties.disconnect(connection, "The simulated partner has lost its registration.")
        return _reinvited(connection, actor)


def _fill() -> None:
    ours = parties.host_party(
        demo_locations.PARTY, [Role.CPO, Role.EMSP], name=demo_locations.OPERATOR, actor=ACTOR
    )
    now = timezone.now()
    source = Source(label="Demo", version="2.3.0", owner=demo_locations.PARTY)
    prices = demo_tariffs.documents(demo_locations.PARTY, now)
    tariffs.receive([orjson.dumps(document) for document in prices], source)
    documents = demo_locations.documents(now)
    locations.receive([orjson.dumps(document) for document in documents], source)
    connection = _make_connection(ours)
    message = (
        f"{len(documents)} locations and {len(prices)} tariffs of {demo_locations.PARTY} and a partner"
        " are ready."
    )
    _remember(connection, message, ACTOR)


def _remember(connection: Connection, message: str, actor: events.Actor) -> None:
    events.record(FILLED, message, connection=connection, actor=actor, subject=SUBJECT)


def _make_connection(ours: list[Party]) -> Connection:
    connection = parties.create_connection(PARTNER, environment=Environment.TEST, presents=ours)
    connection.body_sample_percent = 100
    connection.contacts, connection.notes = CONTACTS, NOTES
    connection.save(update_fields=["body_sample_percent", "contacts", "notes"])
    return connection


def invitation(connection: Connection, address: str) -> Invitation:
    """What the simulator at this address needs to register; nothing when it has, or staff ended that."""
    if connection.state in {ConnectionState.NEW, ConnectionState.INVITED}:
        return _reinvited(connection, ACTOR)
    moved = connection.versions_url != address + VERSIONS_PATH
    if connection.is_connected and moved:
        parties.disconnect(connection, "The portal and its simulated partner moved to new ports.")
        return _reinvited(connection, ACTOR)
    return {}


def _reinvited(connection: Connection, actor: events.Actor) -> Invitation:
    made = credentials.reinvite(connection, actor)
    return {"versions_url": made.versions_url, "token": made.token}
