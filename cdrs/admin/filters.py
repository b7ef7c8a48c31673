"""What the list of CDRs can be narrowed by."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.cache import cache
from django.db.models import Q

from cdrs import watching
from staff import filters

LATEST = 20_000


class CurrencyFilter(filters.ValueFilter):
    """The currencies of the latest CDRs; looking at all would read the whole table."""

    title = "currency"
    parameter_name = "currency"

    def _values(self, model: Any) -> list[str]:
        key = "filter-values:cdrs:currency"
        found: list[str] | None = cache.get(key)
        if found is None:
            latest = model.objects.order_by("-id").values_list("currency", flat=True)[:LATEST]
            found = sorted({currency for currency in latest if currency})
            cache.set(key, found, 60)
        return found


class KindFilter(filters.ConditionFilter):
    title = "kind"
    parameter_name = "kind"
    conditions: ClassVar = {
        "charge": ("Charges", Q(credit=False, is_reservation=False)),
        "credit": ("Credit CDRs", Q(credit=True)),
        "reservation": ("Reservations that were not used", Q(is_reservation=True)),
        "home": ("At home, to be compensated", Q(home_charging_compensation=True)),
        "free": ("Without cost", Q(total_cost=0)),
    }


class WorthALookFilter(filters.ConditionFilter):
    title = "worth a look"
    parameter_name = "look"
    conditions: ClassVar = {
        "conflict": ("Sent again with other content", watching.in_conflict),
        "original": ("Credits without their original", watching.credit_without_original),
        "twice": ("Originals credited twice", watching.credited_twice),
        "amount": ("Credits of another amount", watching.credit_of_another_amount),
        "session": ("Without their session", watching.without_session),
        "payer": ("Nobody knows whose driver", watching.without_payer),
    }
