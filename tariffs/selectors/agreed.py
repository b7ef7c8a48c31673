"""Which tariffs agreements give partners."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from parties.choices import Role
from parties.models import Agreement, Party
from tariffs.models import AgreedTariff

Pair = tuple[int, int]
"""Primary keys of a CPO and of the party on the other side, whose drivers charge."""


@dataclass(frozen=True, slots=True)
class Term:
    """One tariff that holds ``since`` (inclusive) until ``until`` (exclusive) in ``countries`` (empty: in all)."""

    tariff_key: str
    since: datetime
    until: datetime | None
    countries: frozenset[str]

    def holds(self, at: datetime, country: str | None) -> bool:
        """At a moment, at a location in ``country`` (alpha-3; ``None``: wherever it holds at all)."""
        begun = self.since <= at and (self.until is None or at < self.until)
        return begun and (not self.countries or country is None or country in self.countries)


@dataclass(frozen=True, slots=True)
class Agreed:
    """What some pairs of parties agreed, read at once; asking it asks no database."""

    terms: Mapping[Pair, tuple[Term, ...]]

    def tariffs(
        self, cpo_id: int, other_id: int, at: datetime, country: str | None = None
    ) -> list[str]:
        """The CiString keys of the CPO's tariffs that apply; see :func:`agreed_tariffs`."""
        terms = self.terms.get((cpo_id, other_id), ())
        return sorted({term.tariff_key for term in terms if term.holds(at, country)})


def agreed_tariffs(
    cpo_party: Party, emsp_party: Party, at: datetime, country: str | None = None
) -> list[str]:
    """The CiString keys of the CPO's tariffs that an agreement of these two makes apply at ``at``.

    ``at`` is aware: the start of a charge. ``country`` is alpha-3, that of the location; without it tariffs
    of any country count. Either party may be ours. Empty where nothing was agreed about tariffs: then what
    the connector names applies.
    """
    pair = (cpo_party.pk, emsp_party.pk)
    return agreed_between([pair]).tariffs(*pair, at, country)


def agreed_between(pairs: Iterable[Pair]) -> Agreed:
    """What these pairs of a CPO and another party agreed about tariffs, at any time, in one query."""
    wanted = set(pairs)
    if not wanted:
        return Agreed({})
    parties = {party for pair in wanted for party in pair}
    rows = AgreedTariff.objects.filter(
        agreement__ours__in=parties, agreement__theirs__in=parties
    ).select_related("agreement__ours", "agreement__theirs")
    found: dict[Pair, list[Term]] = {}
    for row in rows:
        pair = pair_of(row.agreement)
        if pair in wanted:
            found.setdefault(pair, []).append(_term(row))
    return Agreed({pair: tuple(terms) for pair, terms in found.items()})


def pair_of(agreement: Agreement) -> Pair | None:
    """The agreement's CPO and its other party; ``None`` where not exactly one of them is a CPO.

    ``ours`` and ``theirs`` are read, so have them joined.
    """
    sides = (agreement.ours, agreement.theirs)
    cpos = [side for side in sides if side.role == Role.CPO]
    if len(cpos) != 1:
        return None
    other = next(side for side in sides if side.role != Role.CPO)
    return cpos[0].pk, other.pk


def agreements_naming(
    owner: Party, tariff_keys: Collection[str], at: datetime
) -> list[AgreedTariff]:
    """What is agreed and not over at ``at`` about these tariffs of a CPO, with its agreement and parties."""
    rows = AgreedTariff.objects.filter(
        Q(agreement__ours=owner) | Q(agreement__theirs=owner),
        Q(valid_until=None) | Q(valid_until__gt=at),
        Q(agreement__ended_at=None) | Q(agreement__ended_at__gt=at),
        tariff_key__in=tariff_keys,
    )
    return list(rows.select_related("agreement__ours", "agreement__theirs"))


def _term(row: AgreedTariff) -> Term:
    ends = [at for at in (row.valid_until, row.agreement.ended_at) if at is not None]
    return Term(
        row.tariff_key,
        row.valid_from or row.agreement.created_at,
        min(ends, default=None),
        frozenset(row.countries),
    )
