"""What the demo needs so that drivers charge: cards, an agreement, and a back office of our own."""

from __future__ import annotations

import orjson
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from exchange import agreeing
from exchange.registry import Source
from ocpi.ids import PartyId
from parties import events
from parties import services as parties
from parties.choices import ConnectionKind, Environment, Role
from parties.models import Connection, Event, Party
from parties.services.agreements import Terms
from tokens import services as tokens

from . import demo, demo_locations, demo_tariffs, demo_tokens

BACK_OFFICE = "Demo back office"
READY = "demo.charges"
PARTNER = PartyId("NL", "SIM")
PARTNER_NAME = "Simulated Charging"
VERSION = "2.3.0"
"""The version at which the back office registers: the one that names everybody behind the portal."""
FILE_NAME = "back-office.json"
NOTES = (
    "A simulated back office of Demo Charging, a process of its own beside this portal: it takes the"
    " commands and questions that partners send to us, performs the charges at our EVSEs, answers for"
    " our cards and sends our drivers' commands. Its switches are on the page “Simulated partner”."
)


def prepare() -> demo.Invitation | None:
    """Make it ready, once, in a portal that is a demo; may be called again and again.

    The answer holds what the back office needs to register, is empty when it has (or staff ended that),
    and is None when there is to be none.
    """
    with transaction.atomic():
        if not demo.is_filled():
            return None
        if not Event.objects.filter(subject=demo.SUBJECT, name=READY).exists():
            _fill()
        connection = back_office()
        if connection is None:
            return None
    _write_file()
    return demo.invitation(connection, settings.BACK_OFFICE_URL)


def back_office() -> Connection | None:
    """The connection to the back office, however staff call it now; None when discarded."""
    ready = Event.objects.filter(subject=demo.SUBJECT, name=READY).exclude(connection=None)
    event = ready.select_related("connection").first()
    return event.connection if event else None


def _fill() -> None:
    source = Source(label="Demo", version="2.3.0", owner=demo_locations.PARTY)
    cards = demo_tokens.documents(demo_locations.PARTY, timezone.now())
    tokens.receive([orjson.dumps(card) for card in cards], source)
    _agree()
    connection = parties.create_connection(
        BACK_OFFICE, kind=ConnectionKind.BACK_OFFICE, environment=Environment.TEST
    )
    connection.body_sample_percent = 100
    connection.notes = NOTES
    connection.save(update_fields=["body_sample_percent", "notes"])
    events.record(
        READY,
        f"{len(cards)} cards, an agreement with {PARTNER} and a back office are ready.",
        connection=connection,
        actor=demo.ACTOR,
        subject=demo.SUBJECT,
    )


def _agree() -> None:
    """Partners get to know cards by an agreement only."""
    ours = Party.objects.ours().identified(demo_locations.PARTY).filter(role=Role.EMSP).first()
    if ours is not None:
        theirs = parties.ensure_party(PARTNER, Role.CPO, name=PARTNER_NAME)
        terms = Terms(notes="Drivers of Demo Charging may charge at Simulated Charging.")
        agreeing.save(ours, theirs, terms, actor=demo.ACTOR)


def _write_file() -> None:
    """What the back office begins with: the same as the portal did."""
    file = settings.VAR_DIR / FILE_NAME
    if not file.exists():
        now, party = timezone.now(), demo_locations.PARTY
        content = {
            "locations": demo_locations.documents(now),
            "tariffs": demo_tariffs.documents(party, now),
            "tokens": demo_tokens.documents(party, now),
        }
        file.write_bytes(orjson.dumps(content))
