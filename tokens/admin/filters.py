"""What the list of tokens can be narrowed by."""

from __future__ import annotations

from typing import ClassVar

from django.db.models import Q

from staff import filters
from tokens.choices import TokenType
from tokens.quality import long_groups


class TypeFilter(filters.ConditionFilter):
    title = "type"
    parameter_name = "type"
    conditions: ClassVar = {
        **{value: (label, Q(type=value)) for value, label in TokenType.choices},
        "unlisted": ("One that OCPI does not list", ~Q(type__in=TokenType.values)),
    }


class ValidFilter(filters.ConditionFilter):
    title = "valid"
    parameter_name = "valid"
    conditions: ClassVar = {
        "yes": ("Yes", Q(valid=True, vanished_at=None)),
        "no": ("No", Q(valid=False, vanished_at=None)),
        "vanished": ("Vanished from its owner's list", Q(vanished_at__isnull=False)),
    }


class WorthALookFilter(filters.ConditionFilter):
    title = "worth a look"
    parameter_name = "look"
    conditions: ClassVar = {
        "incomplete": (
            "Nobody gets it: contract or issuer missing",
            Q(contract_id="") | Q(issuer=""),
        ),
        "no_contract": ("No contract", Q(contract_key="", vanished_at=None)),
        "group": (
            "Group ID too long for many charging stations",
            lambda: Q(pk__in=long_groups().values("pk")),
        ),
    }
