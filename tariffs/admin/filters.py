"""What the list of tariffs can be narrowed by."""

from __future__ import annotations

from typing import ClassVar

from django.db.models import Q
from django.utils import timezone

from staff import filters

_THERE = Q(deleted_at=None, vanished_at=None)


class CurrencyFilter(filters.ValueFilter):
    title = "currency"
    parameter_name = "currency"


class PriceFilter(filters.ConditionFilter):
    title = "price"
    parameter_name = "price"
    conditions: ClassVar = {
        "charged": ("Costs something", Q(is_free=False, has_elements=True)),
        "free": ("Free of charge", Q(is_free=True)),
        "none": ("Says no price", Q(has_elements=False)),
    }


def _valid() -> Q:
    now = timezone.now()
    begun = Q(valid_from=None) | Q(valid_from__lte=now)
    return _THERE & begun & (Q(valid_until=None) | Q(valid_until__gt=now))


class StandingFilter(filters.ConditionFilter):
    """Whether its owner still has it, and whether it is valid now."""

    title = "still there"
    parameter_name = "there"
    conditions: ClassVar = {
        "valid": ("Yes, and valid now", _valid),
        "later": ("Yes, valid later", lambda: _THERE & Q(valid_from__gt=timezone.now())),
        "over": (
            "Yes, but its validity is over",
            lambda: _THERE & Q(valid_until__lte=timezone.now()),
        ),
        "deleted": ("No, deleted", Q(deleted_at__isnull=False)),
        "vanished": (
            "No, vanished from its owner's list",
            Q(vanished_at__isnull=False, deleted_at=None),
        ),
    }
