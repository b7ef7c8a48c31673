"""Finding CDRs the way people name them."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from cdrs.models import CDR
from ocpi.ids import PartyId


def matching(rows: QuerySet[CDR], term: str) -> QuerySet[CDR]:
    """CDRs by the beginning of their ID or of a contract, by invoice reference, or by ``NL*ABC/12345``."""
    term = term.strip()
    identity, slash, cdr_id = term.partition("/")
    owner = _owner(identity) if slash else None
    if owner is not None:
        return rows.filter(
            owner__country_code=owner.country_code,
            owner__party_id=owner.party_id,
            cdr_key=cdr_id.upper(),
        )
    key = term.upper()
    return rows.filter(
        Q(cdr_key__startswith=key)
        | Q(contract_key__startswith=key)
        | (Q(invoice_reference_id=term) & ~Q(invoice_reference_id=""))
    )


def _owner(text: str) -> PartyId | None:
    try:
        return PartyId.parse(text)
    except ValueError:
        return None
