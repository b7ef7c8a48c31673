"""The tariffs that somebody asks a price of, made ready to price by."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from ocpi.countries import ALPHA_3
from ocpi.national import TIME_ZONES
from parties.choices import Role
from parties.models import Party
from tariffs import finding, selectors, usage
from tariffs.models import Tariff
from tariffs.pricing import CompiledTariff
from tariffs.selling import Rule
from tariffs.workshop import preview
from tariffs.workshop.preview import RuleAt

MOST_BESIDE = 12


class Offer(NamedTuple):
    """A tariff that is asked for a price; ``compiled`` is ``None`` where it says none that can be computed.

    ``seller`` is the primary key of who sells it on by ``rule_at``.
    """

    tariff: Tariff
    document: dict[str, Any]
    compiled: CompiledTariff | None
    rule_at: RuleAt | None
    seller: int | None


def asked_for(request: HttpRequest) -> tuple[list[Tariff], list[str]]:
    """The tariffs that the address names, in its order, and what about it could not be done, in sentences.

    ``tariff`` are primary keys, ``add`` is a text as staff name a tariff, ``cpo`` and ``partner`` are primary
    keys of parties: what is agreed between them now.
    """
    texts = request.GET.getlist("tariff")
    keys = [int(text) for text in texts if text.isascii() and text.isdigit()]
    known = Tariff.objects.select_related("owner").in_bulk(keys[:MOST_BESIDE])
    found = {key: known[key] for key in keys if key in known}
    problems = []
    term = request.GET.get("add", "").strip()
    if term:
        added = _in_force(finding.matching(Tariff.objects.all(), term)).first()
        if added is None:
            problems.append(f"There is no tariff {term} here.")
        else:
            found[added.pk] = added
    found.update((tariff.pk, tariff) for tariff in _agreed(request))
    if len(found) > MOST_BESIDE:
        problems.append(f"Only the first {MOST_BESIDE} are shown.")
    return list(found.values())[:MOST_BESIDE], problems


def _in_force(rows: QuerySet[Tariff]) -> QuerySet[Tariff]:
    there = rows.filter(deleted_at=None, vanished_at=None)
    return there.select_related("owner").order_by("tariff_key", "pk")


def _agreed(request: HttpRequest) -> list[Tariff]:
    pair = [request.GET.get(name, "") for name in ("cpo", "partner")]
    if not all(text.isascii() and text.isdigit() for text in pair):
        return []
    parties = Party.objects.in_bulk([int(text) for text in pair])
    cpo, partner = (parties.get(int(text)) for text in pair)
    if cpo is None or partner is None:
        return []
    keys = selectors.agreed_tariffs(cpo, partner, timezone.now())
    return list(_in_force(Tariff.objects.filter(owner=cpo, tariff_key__in=keys)))


def defaults(tariffs: Sequence[Tariff]) -> dict[str, Any]:
    """What counts for the form where nothing is asked: the zone of the first tariff, and today there.

    A partner's tariff is sold on by our eMSP if there is only one that sells.
    """
    zone = default_zone(tariffs[0]) if tariffs else str(settings.TIME_ZONE)
    found = {"zone": zone, "day": timezone.localdate(timezone=ZoneInfo(zone))}
    if any(not tariff.owner.is_ours for tariff in tariffs):
        selling = list(sellers()[:2])
        if len(selling) == 1:
            found["seller"] = selling[0].pk
    return found


def sellers() -> QuerySet[Party]:
    """Our eMSPs that have a rule by which they sell."""
    ours = Party.objects.filter(is_ours=True, role=Role.EMSP, selling_rules__is_enabled=True)
    return ours.distinct().order_by("country_code", "party_id")


def default_zone(tariff: Tariff) -> str:
    """Where it is used, else that of its owner's country, else ours; an IANA name that exists."""
    for name in (usage.site(tariff).time_zone, TIME_ZONES.get(tariff.owner.country_code, "")):
        if name and preview.is_zone(name):
            return name
    return str(settings.TIME_ZONE)


def offer(tariff: Tariff, seller: Party | None) -> Offer:
    """A tariff made ready; ``seller`` is ours and sells on what it buys from partners."""
    document = selectors.document_of(tariff.pk)
    rule_at = None
    if seller is not None and not tariff.owner.is_ours:
        rule_at = _rules(tariff, seller, str(document.get("currency") or "").upper())
    sold_by = seller.pk if seller is not None and rule_at is not None else None
    return Offer(tariff, document, preview.compiled(document), rule_at, sold_by)


def _rules(tariff: Tariff, seller: Party, currency: str) -> RuleAt:
    rules = selectors.load_selling_rules([seller.pk])
    owner = tariff.owner
    country = usage.site(tariff).country or ALPHA_3.get(owner.country_code, "")

    def rule_at(at: datetime) -> Rule | None:
        found = rules.rule_for(seller.pk, owner.pk, country, at, currency)
        return None if found is None else found.rule

    return rule_at
