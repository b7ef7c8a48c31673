"""Writing down which tariff an agreement gives a partner."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from exchange import arrivals
from ocpi.countries import ALPHA_2
from ocpi.ids import ci_key
from parties import events
from parties.models import Agreement, Party
from parties.services import agreements
from tariffs.models import AgreedTariff
from tariffs.selectors.agreed import pair_of
from tariffs.services.periods import overlaps, span_words


class AgreedRefused(ValueError):
    """Terms that make no sense; ``field`` is the one to change, empty for none in particular."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class AgreedTerms:
    """A tariff of the agreement's CPO, and for when (aware, the end exclusive) and where (alpha-3) it holds."""

    tariff_id: str
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    countries: tuple[str, ...] = ()
    note: str = ""


@transaction.atomic
def save_agreed(
    agreement: Agreement,
    terms: AgreedTerms,
    *,
    agreed: AgreedTariff | None = None,
    actor: events.Actor = None,
) -> AgreedTariff:
    """Add a tariff to an agreement, or change the terms of one. Raises :class:`AgreedRefused`."""
    locked = Agreement.objects.select_for_update(of=("self",), no_key=True).select_related(
        "ours", "theirs"
    )
    agreement = locked.get(pk=agreement.pk)
    check(agreement, terms, agreed)
    is_new = agreed is None
    row = agreed or AgreedTariff(agreement=agreement)
    before = "" if is_new else in_words(row)
    row.tariff_id, row.tariff_key = terms.tariff_id, ci_key(terms.tariff_id)
    row.valid_from, row.valid_until = terms.valid_from, terms.valid_until
    row.countries, row.note = list(terms.countries), terms.note
    row.save()
    arrivals.written.send(sender=AgreedTariff, ids=[row.pk])
    after = in_words(row)
    message = f"Agreed: {after}." if is_new else f"Agreed: {after}. Before: {before}."
    _event("agreement.tariff_agreed" if is_new else "agreement.tariff_changed", row, message, actor)
    return row


@transaction.atomic
def remove_agreed(agreed: AgreedTariff, *, actor: events.Actor = None) -> None:
    """Take a tariff out of an agreement as if it had never been in it."""
    _event("agreement.tariff_removed", agreed, f"Not agreed any more: {in_words(agreed)}.", actor)
    arrivals.written.send(sender=AgreedTariff, ids=[agreed.pk])
    agreed.delete()


def cpo_of(agreement: Agreement) -> Party | None:
    """The agreement's CPO, whose tariffs it can name; ``None`` where not exactly one side is one."""
    pair = pair_of(agreement)
    return next(
        (side for side in (agreement.ours, agreement.theirs) if pair and side.pk == pair[0]), None
    )


def check(agreement: Agreement, terms: AgreedTerms, agreed: AgreedTariff | None = None) -> None:
    """Raise :class:`AgreedRefused` where the terms make no sense."""
    if cpo_of(agreement) is None:
        raise AgreedRefused(
            "Exactly one side of the agreement has to be a CPO: tariffs are a CPO's."
        )
    try:
        key = ci_key(terms.tariff_id)
    except ValueError as error:
        raise AgreedRefused(f"{error}.", "tariff_id") from None
    if unknown := [country for country in terms.countries if country not in ALPHA_2]:
        raise AgreedRefused(
            f"{unknown[0]!r} is no country: write three letters, like NLD.", "countries"
        )
    if terms.valid_from and terms.valid_until and terms.valid_until <= terms.valid_from:
        raise AgreedRefused("It ends before it begins.", "valid_until")
    others = agreement.agreed_tariffs.filter(tariff_key=key)
    if agreed is not None:
        others = others.exclude(pk=agreed.pk)
    for other in others:
        same_place = (
            not other.countries or not terms.countries or {*other.countries} & {*terms.countries}
        )
        if same_place and overlaps(terms, other):
            raise AgreedRefused(f"It is agreed already: {in_words(other)}.", "tariff_id")


def in_words(agreed: AgreedTariff) -> str:
    """``DC-FAST in NLD, BEL, from 2026-01-01 00:00 UTC``."""
    where = f" in {', '.join(agreed.countries)}" if agreed.countries else ""
    when = span_words(agreed.valid_from, agreed.valid_until)
    return f"tariff {agreed.tariff_id}{where}{when and f', {when}'}"


def countries_of(text: Iterable[str]) -> tuple[str, ...]:
    """Countries in capital letters, each once."""
    return tuple(dict.fromkeys(part.upper() for part in text))


def _event(name: str, agreed: AgreedTariff, message: str, actor: events.Actor) -> None:
    subject = agreements.subject(agreed.agreement)
    events.record(name, message, actor=actor, subject=subject, detail={"tariff": agreed.tariff_id})
