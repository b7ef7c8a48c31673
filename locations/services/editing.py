"""What staff do to our own locations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from exchange.announce import announce
from locations import store
from locations.choices import Status
from locations.models import EVSE, Location
from locations.services.announcing import MODULE
from locations.services.pushes import put_evse, put_location
from ocpi.datetimes import format_datetime, to_milliseconds
from ocpi.ids import ci_key
from ocpi.versioned import CANONICAL, validate_document
from parties import events
from parties.models import Party


class NotOurs(ValueError):
    """Only locations of parties hosted here can be edited here."""


@transaction.atomic
def set_status(
    evse: EVSE, status: str, *, at: datetime | None = None, actor: events.Actor = None
) -> bool:
    """Give one of our EVSEs a status, as of ``at`` (now); whether that changed anything."""
    location = evse.location
    _must_be_ours(location)
    changed = store.set_status(
        location.owner_id,
        location.location_key,
        evse.uid_key,
        Status(status),
        max(to_milliseconds(at or timezone.now()), evse.last_updated),
        received_from=None,
    )
    if changed:
        announce(MODULE, [changed], changed=f"status:{evse.uid}")
        events.record(
            "evse.status",
            f"EVSE {evse} was set to {Status(status).label}.",
            actor=actor,
            subject=location.reference,
        )
    return bool(changed)


@transaction.atomic
def save_location(
    owner: Party, document: Mapping[str, Any], *, actor: events.Actor = None
) -> Location:
    """Create or replace one of our own Locations from a canonical document without ``last_updated``.

    ``last_updated`` becomes now, on EVSEs and connectors that have none as well. Raises
    ``InvalidParameters`` with every problem found, and :class:`NotOurs`.
    """
    if not owner.is_ours:
        raise NotOurs(f"{owner.identity} is not hosted here.")
    now = format_datetime(timezone.now())
    stamped = {
        **document,
        "country_code": owner.country_code,
        "party_id": owner.party_id,
        "last_updated": now,
    }
    stamped["evses"] = [_stamped_evse(evse, now) for evse in document.get("evses") or ()]
    checked = validate_document(CANONICAL, "location", stamped)
    created = put_location(owner, checked, source=None)
    location = Location.objects.get(owner=owner, location_key=ci_key(checked["id"]))
    events.record(
        "location.created" if created else "location.edited",
        f"Location {location} was {'created' if created else 'edited'}.",
        actor=actor,
        subject=location.reference,
    )
    return location


def _stamped_evse(evse: Mapping[str, Any], now: str) -> dict[str, Any]:
    connectors = [
        {**connector, "last_updated": connector.get("last_updated", now)}
        for connector in evse.get("connectors") or ()
    ]
    return {**evse, "last_updated": evse.get("last_updated", now), "connectors": connectors}


@transaction.atomic
def save_evse(
    location: Location, document: Mapping[str, Any], *, actor: events.Actor = None
) -> EVSE:
    """Add or replace an EVSE of one of our Locations; ``last_updated`` of EVSE and Location become now."""
    _must_be_ours(location)
    now = format_datetime(timezone.now())
    stamped = {**_stamped_evse(document, now), "last_updated": now}
    checked = validate_document(CANONICAL, "evse", stamped)
    put_evse(location.owner, location.location_id, checked, source=None)
    evse = EVSE.objects.get(location=location, uid_key=ci_key(checked["uid"]))
    events.record(
        "evse.edited", f"EVSE {evse} was edited.", actor=actor, subject=location.reference
    )
    return evse


def _must_be_ours(location: Location) -> None:
    if not location.owner.is_ours:
        raise NotOurs(f"{location.reference} belongs to a partner; only its owner changes it.")
