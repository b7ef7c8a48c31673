"""Where the tokens of an eMSP of ours may charge at a partner's: the countries of their agreement.

How much of the tokens is *shared* says who gets the list of them, and nothing about who may charge: an eMSP that
shares no list is asked about each card instead. A token itself has no country, so that the countries of an agreement
on tokens are those in which they may charge.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import FilteredRelation, Q

from parties.models import Agreement, Party


def countries(owner: Party, cpos: Sequence[Party]) -> frozenset[str] | None:
    """The countries (alpha-3) to which tokens of ``owner`` are limited at ``cpos``; ``None`` for no limit."""
    rows = list(
        Agreement.objects.filter(ours=owner, theirs__in=cpos, ended_at=None)
        .annotate(share=FilteredRelation("shares", condition=Q(shares__module="tokens")))
        .values_list("share__countries", flat=True)
    )
    if not rows or any(not limits for limits in rows):
        return None
    return frozenset(country for limits in rows for country in limits)
