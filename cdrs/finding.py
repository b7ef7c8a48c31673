"""Finding CDRs the way people name them."""

from __future__ import annotations

from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from cdrs.models import CDR
from ocpi.ids import PartyId


def matching(rows: QuerySet[CDR], term: str) -> QuerySet[CDR]:
    """CDRs by the beginning of their ID or of a contract, by invoice reference, or by ``NL*ABC/12345``."""
    return rows.filter(reduce(or_, _conditions(term)))


def keys(term: str) -> list[QuerySet[CDR, int]]:
    """The primary keys of the same CDRs, as queries that one index each answers; a CDR may be in several."""
    rows = CDR.objects.order_by()
    return [rows.filter(one).values_list("pk", flat=True) for one in _conditions(term)]


def _conditions(term: str) -> list[Q]:
    """What is looked for; a CDR is found when any of them holds."""
    term = term.strip()
    identity, slash, cdr_id = term.partition("/")
    owner = _owner(identity) if slash else None
    if owner is not None:
        return [
            Q(
                owner__country_code=owner.country_code,
                owner__party_id=owner.party_id,
                cdr_key=cdr_id.upper(),
            )
        ]
    key = term.upper()
    return [
        Q(cdr_key__startswith=key),
        Q(contract_key__startswith=key),
        Q(invoice_reference_id=term) & ~Q(invoice_reference_id=""),
    ]


def _owner(text: str) -> PartyId | None:
    try:
        return PartyId.parse(text)
    except ValueError:
        return None
