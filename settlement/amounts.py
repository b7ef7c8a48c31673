"""What a CDR adds to a statement, per rate of tax: taken from what it states, never guessed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from ocpi.numbers import exact_decimal, plain
from settlement.choices import TaxTreatment

REVERSE_CHARGE = "Reverse charge"
OUTSIDE = "Outside the scope of tax"
NO_TAX = "No tax"
VAT = "VAT"
LONGEST = 60
EIGHT_DECIMALS = Decimal("0.00000001")
_CENT = Decimal("0.01")
_HUNDRED = Decimal(100)


class Rate(NamedTuple):
    """The amounts at one rate of tax, exact.

    ``name`` is empty and ``tax`` is ``None`` where nobody says the tax. ``rate`` is a percentage, ``None`` where
    the tax is stated as an amount only, or there is none.
    """

    name: str
    rate: Decimal | None
    before_tax: Decimal
    tax: Decimal | None

    @property
    def label(self) -> str:
        """``VAT 21 %``; ``VAT`` where only its amount is stated; empty where no tax is stated."""
        percentage = f" {plain(self.rate)} %" if self.rate is not None else ""
        return f"{self.name}{percentage}"[:LONGEST]

    def as_json(self) -> dict[str, str | None]:
        """How an entry keeps it; decimals with eight places, as the database writes them."""
        return {
            "label": self.label,
            "name": self.name,
            "rate": None if self.rate is None else plain(self.rate),
            "before_tax": text(self.before_tax),
            "tax": None if self.tax is None else text(self.tax),
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Rate:
        return cls(
            said["name"],
            None if said["rate"] is None else Decimal(said["rate"]),
            Decimal(said["before_tax"]),
            None if said["tax"] is None else Decimal(said["tax"]),
        )

    def taken_back(self) -> Rate:
        return self._replace(
            before_tax=-self.before_tax, tax=None if self.tax is None else -self.tax
        )


def text(number: Decimal) -> str:
    """A decimal with eight places, and no negative zero."""
    return f"{number.quantize(EIGHT_DECIMALS, ROUND_HALF_UP) + 0:.8f}"


def rates_of(
    before_tax: Decimal,
    cost: Mapping[str, Any],
    tariffs: Sequence[Any],
    treatment: str,
) -> list[Rate]:
    """The amounts of a CDR per rate of tax.

    ``cost`` is its canonical ``total_cost``, ``tariffs`` are those it embeds, ``treatment`` is what the terms say. A
    CDR that states no taxes has them worked out where its tariffs name one rate of VAT for everything they price;
    where they do not, the tax is unknown. A percentage that is not stated is taken from the tariffs where exactly one
    of theirs agrees with the amounts.
    """
    if treatment == TaxTreatment.REVERSE_CHARGE:
        return [Rate(REVERSE_CHARGE, None, before_tax, Decimal(0))]
    if treatment == TaxTreatment.OUTSIDE:
        return [Rate(OUTSIDE, None, before_tax, Decimal(0))]
    stated = list(_stated(cost, before_tax, _vats(tariffs)))
    if not stated:
        return [_from_tariffs(before_tax, tariffs)]
    if len(stated) == 1:
        return [stated[0]._replace(before_tax=before_tax)]
    return _split(stated, before_tax)


def _stated(
    cost: Mapping[str, Any], before_tax: Decimal, vats: frozenset[Decimal | None]
) -> Iterator[Rate]:
    taxes = cost.get("taxes")
    found = [tax for tax in taxes if isinstance(tax, Mapping)] if isinstance(taxes, list) else []
    for tax in found:
        amount = _number(tax.get("amount"))
        if amount is None:
            continue
        percentage = _number(tax.get("percentage"))
        if percentage is None and len(found) == 1:
            percentage = _agreeing(before_tax, amount, vats)
        name = tax.get("name")
        yield Rate(name if isinstance(name, str) and name else VAT, percentage, before_tax, amount)


def _agreeing(
    before_tax: Decimal, amount: Decimal, vats: Iterable[Decimal | None]
) -> Decimal | None:
    """The one rate of the tariffs that comes to this amount, give or take what rounding to cents can do."""
    fitting = [
        vat
        for vat in vats
        if vat is not None and abs(before_tax * vat / _HUNDRED - amount) <= _CENT
    ]
    return fitting[0] if len(fitting) == 1 else None


def _split(stated: list[Rate], before_tax: Decimal) -> list[Rate]:
    """Several taxes: on parts of the amount where these add up to it, otherwise together on all of it."""
    bases = [
        (one.tax * _HUNDRED / one.rate).quantize(EIGHT_DECIMALS, ROUND_HALF_UP)
        for one in stated
        if one.rate and one.tax is not None
    ]
    slack = _CENT * sum((_HUNDRED / abs(one.rate) for one in stated if one.rate), Decimal(1))
    if len(bases) == len(stated) and abs(sum(bases) - before_tax) <= min(
        slack, abs(before_tax) / 10
    ):
        biggest = max(range(len(bases)), key=lambda index: abs(bases[index]))
        bases[biggest] += before_tax - sum(bases)
        return [one._replace(before_tax=base) for one, base in zip(stated, bases, strict=True)]
    name = " + ".join(one.label for one in stated)
    taxes = sum((one.tax for one in stated if one.tax is not None), Decimal(0))
    return [Rate(name[:LONGEST], None, before_tax, taxes)]


def _from_tariffs(before_tax: Decimal, tariffs: Sequence[Any]) -> Rate:
    said = [tariff for tariff in tariffs if isinstance(tariff, Mapping)]
    if said and all(tariff.get("tax_included") == "N/A" for tariff in said):
        return Rate(NO_TAX, None, before_tax, Decimal(0))
    vats = _vats(tariffs)
    (vat,) = vats if len(vats) == 1 else (None,)
    if vat is None:
        return Rate("", None, before_tax, None)
    tax = (before_tax * vat / _HUNDRED).quantize(EIGHT_DECIMALS, ROUND_HALF_UP)
    return Rate(VAT, vat, before_tax, tax)


def _vats(tariffs: Sequence[Any]) -> frozenset[Decimal | None]:
    """The rates of VAT that tariffs name for what they price; ``None`` among them where one is missing."""
    return frozenset(
        _number(component.get("vat"))
        for tariff in tariffs
        if isinstance(tariff, Mapping)
        for element in _list(tariff, "elements")
        for component in _list(element, "price_components")
        if _number(component.get("price"))
    )


def _list(holder: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = holder.get(name)
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return exact_decimal(value)
