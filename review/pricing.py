"""What we make the price of a CDR: by the tariffs it carries, else by those we held when it began."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import models


class Source(models.TextChoices):
    """Where the tariffs come from that a CDR was priced by."""

    EMBEDDED = "embedded", "the tariff in the CDR"
    HELD = "held", "the tariff that its periods name, as we held it then"
    AGREED = "agreed", "the tariff that was agreed"
    CONNECTOR = "connector", "the tariff of the connector, as we held it then"


class Used(NamedTuple):
    """A tariff of the CDR's owner: its CiString key, what it says, and that made ready to price by.

    ``compiled`` is ``None`` where the document cannot be priced by; ``problem`` says why.
    """

    key: str
    document: Mapping[str, Any]
    compiled: Any
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Pricing:
    """How a CDR was priced. ``priced`` is ``None`` where that could not be done; ``why_not`` says why.

    ``tariffs`` are those it was priced by, ``held`` those of the same ids as we held them when the charge began.
    Totals are before and after tax, in the tariff's currency, and ``None`` where they are not known.
    """

    tariffs: tuple[Used, ...] = ()
    held: tuple[Used, ...] = ()
    source: str = ""
    rule_set: str = ""
    charge: Any = None
    priced: Any = None
    why_not: str = ""

    @property
    def before_taxes(self) -> Decimal | None:
        return None if self.priced is None else self.priced.total_cost.before_taxes

    @property
    def after_taxes(self) -> Decimal | None:
        return None if self.priced is None else self.priced.total_cost.after_taxes


NOT_PRICED = Pricing()
