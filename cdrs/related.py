"""What a CDR refers to, as far as it is here: found by keys, so that it does not matter what came first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from cdrs.models import CDR
from charging.models import Session
from locations.models import EVSE, Location
from ocpi.lenient.sites import zone_of_document
from staff.links import page_url
from tariffs.models import Tariff
from tokens.authorization.models import Authorization
from tokens.models import Token


class Related(NamedTuple):
    """The rows a CDR names; ``None`` for what is not here."""

    session: Session | None
    authorization: Authorization | None
    token: Token | None
    location: Location | None
    evse: EVSE | None


def related_to(cdr: CDR) -> Related:
    """At most five look-ups, each by an index."""
    location = (
        Location.objects.filter(owner=cdr.owner_id, location_key=cdr.location_key).first()
        if cdr.location_key
        else None
    )
    evse = (
        EVSE.objects.filter(location=location, uid_key=cdr.evse_key).first()
        if location and cdr.evse_key
        else None
    )
    return Related(session_of(cdr), _authorization(cdr), _token(cdr), location, evse)


def session_of(cdr: CDR) -> Session | None:
    if not cdr.session_key:
        return None
    return (
        Session.objects.filter(owner=cdr.owner_id, session_key=cdr.session_key)
        .select_related("owner")
        .first()
    )


def _authorization(cdr: CDR) -> Authorization | None:
    if not cdr.authorization_key:
        return None
    rows = Authorization.objects.filter(reference_key=cdr.authorization_key)
    # A reference is the eMSP's own; another's may look the same.
    return rows.filter(owner=cdr.emsp_id).order_by("-id").first() if cdr.emsp_id else None


def _token(cdr: CDR) -> Token | None:
    if cdr.emsp_id is None or cdr.forgotten_at is not None:
        return None
    rows = Token.objects.filter(owner=cdr.emsp_id).select_related("owner")
    found = rows.filter(token_key=cdr.token_key).first() if cdr.token_key else None
    if found is None and cdr.contract_key:
        found = rows.filter(contract_key=cdr.contract_key).order_by("-valid", "pk").first()
    return found


def tariff_pages(cdr: CDR, ids: list[str]) -> dict[str, str]:
    """The pages of tariffs of its owner that are here, by their ids as given."""
    keys = {identifier.upper(): identifier for identifier in ids}
    rows = Tariff.objects.filter(owner=cdr.owner_id, tariff_key__in=list(keys))
    return {keys[tariff.tariff_key]: page_url(tariff) for tariff in rows}


def zone_of(document: Mapping[str, Any], location: Location | None) -> ZoneInfo | None:
    """The time zone of where it was: the location's, or that of its country and coordinates."""
    place = document.get("cdr_location")
    named = location.time_zone if location is not None else ""
    if not named and isinstance(place, dict):
        country = place.get("country")
        named = zone_of_document(country if isinstance(country, str) else None, place) or ""
    try:
        return ZoneInfo(named) if named else None
    except (ValueError, OSError):
        return None
