"""Which rule a charge is sold by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from parties.models import Party
from tariffs.models import SellingRule


@dataclass(frozen=True, slots=True)
class SellingRules:
    """The rules in use of some of our eMSPs, read at once; asking them asks no database."""

    by_seller: Mapping[int, Sequence[SellingRule]]

    def matching(
        self,
        seller_id: int,
        partner_id: int,
        country: str,
        at: datetime,
        currency: str | None = None,
    ) -> list[SellingRule]:
        """As :func:`selling_rules_for`, by primary keys."""
        found = [
            rule
            for rule in self.by_seller.get(seller_id, ())
            if rule.partner_id in (None, partner_id)
            and rule.country in ("", country.upper())
            and currency in (None, rule.currency)
            and (rule.valid_from is None or rule.valid_from <= at)
            and (rule.valid_until is None or at < rule.valid_until)
        ]
        return sorted(found, key=lambda rule: (-rule.specificity, rule.pk))

    def rule_for(
        self, seller_id: int, partner_id: int, country: str, at: datetime, currency: str
    ) -> SellingRule | None:
        """The one that counts; ``None`` where nothing says what such a charge is sold for."""
        return next(iter(self.matching(seller_id, partner_id, country, at, currency)), None)


def selling_rules_for(
    emsp: Party, cpo: Party, country: str, at: datetime, currency: str | None = None
) -> list[SellingRule]:
    """The rules in use for charges that ``emsp`` (ours) buys from ``cpo``, the most specific first.

    ``country`` is alpha-3, that of the location (empty: unknown, so that only rules for all countries count);
    ``at`` is aware, the start of the charge. With ``currency``, the one it is bought in, the first rule is
    the one that counts; without, there may be one of each currency.
    """
    return load_selling_rules([emsp.pk]).matching(emsp.pk, cpo.pk, country, at, currency)


def load_selling_rules(sellers: Iterable[int]) -> SellingRules:
    """Every rule in use of these eMSPs (primary keys), in one query, for any number of charges."""
    rows = SellingRule.objects.filter(seller__in=set(sellers), is_enabled=True)
    found: dict[int, list[SellingRule]] = {}
    for row in rows:
        found.setdefault(row.seller_id, []).append(row)
    return SellingRules(found)
