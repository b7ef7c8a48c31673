"""What can be said to charging preferences without asking the CPO's system."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from charging.models import Session
from locations.models import EVSE, ConnectorTariff
from ocpi.errors import InvalidParameters
from parties.choices import CommandRule
from tariffs.models import Tariff

CAPABLE = "CHARGING_PREFERENCES_CAPABLE"


class NotCapable(InvalidParameters):
    """HTTP 404 with 2001: the EVSE takes no charging preferences (S-019)."""

    default_http_status = 404


def evse_of(session: Session) -> EVSE | None:
    """The EVSE of a session, where it is here."""
    return (
        EVSE.objects.filter(
            location__owner=session.owner_id,
            location__location_key=session.location_key,
            uid_key=session.evse_key,
        )
        .select_related("location")
        .first()
    )


def check_capable(evse: EVSE | None) -> None:
    """Raises NotCapable for an EVSE that is here and does not say it can. Of others its CPO knows."""
    if evse is not None and CAPABLE not in (evse.document.get("capabilities") or ()):
        raise NotCapable(f"EVSE {evse} does not have the capability {CAPABLE}.")


def without_system(session: Session, evse: EVSE | None, preferences: Mapping[str, Any]) -> str:
    """The answer where no system of the CPO can be asked, as its rule says (``Party.command_rule``)."""
    if not _is_offered(session, evse, str(preferences["profile_type"])):
        return "PROFILE_TYPE_NOT_SUPPORTED"
    return "ACCEPTED" if session.owner.command_rule == CommandRule.STAFF else "NOT_POSSIBLE"


def _is_offered(session: Session, evse: EVSE | None, profile_type: str) -> bool:
    """Whether the connector's tariffs allow it: each profile that is offered has one (S-021).

    A tariff without a type is for every charge, and one that is not here may be for any.
    """
    if evse is None or profile_type == "REGULAR":
        return True
    named = ConnectorTariff.objects.filter(evse=evse, connector_id=session.connector_id)
    keys = set(named.values_list("tariff_key", flat=True))
    tariffs = Tariff.objects.filter(owner=session.owner_id, tariff_key__in=keys)
    kinds = dict(tariffs.values_list("tariff_key", "type"))
    if not keys or keys != kinds.keys():
        return True
    return any(kind in ("", f"PROFILE_{profile_type}") for kind in kinds.values())
