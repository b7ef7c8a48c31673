"""Finding tariffs the way people name them."""

from __future__ import annotations

from django.db.models import QuerySet

from ocpi.ids import PartyId
from tariffs.models import Tariff


def matching(rows: QuerySet[Tariff], term: str) -> QuerySet[Tariff]:
    """Tariffs by the beginning of their ID, or by ``NL*ABC/T1``."""
    term = term.strip()
    identity, slash, tariff_id = term.partition("/")
    owner = _owner(identity) if slash else None
    if owner is not None:
        return rows.filter(
            owner__country_code=owner.country_code,
            owner__party_id=owner.party_id,
            tariff_key=tariff_id.upper(),
        )
    return rows.filter(tariff_key__startswith=term.upper())


def _owner(text: str) -> PartyId | None:
    try:
        return PartyId.parse(text)
    except ValueError:
        return None
