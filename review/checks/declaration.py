"""What a check of CDRs is: what it is called and means, what it can be tuned by, and how it looks at one CDR."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, NamedTuple

from review.checks.facts import Awaits, Context
from review.choices import Severity


class Unit(StrEnum):
    """What a parameter is measured in; the value is what pages write behind the number."""

    AMOUNT = "in the currency of the CDR"
    PERCENT = "%"
    KWH = "kWh"
    KW = "kW"
    MINUTES = "min"
    HOURS = "h"
    DAYS = "days"


class NotAllowed(ValueError):
    """A value that a parameter cannot have, for a reason that staff can read."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that a check can be tuned by: ``usual`` counts where nobody says otherwise.

    ``least`` and ``most`` are its limits, inclusive, in ``unit``.
    """

    name: str
    label: str
    unit: Unit
    usual: Decimal
    least: Decimal = Decimal(0)
    most: Decimal = Decimal(100_000)
    explanation: str = ""

    def read(self, value: Any) -> Decimal:
        """The value as a number: from a form or from JSON. Raises :class:`NotAllowed`."""
        try:
            number = Decimal(str(value).strip().replace(",", "."))
        except InvalidOperation:
            raise NotAllowed(f"{self.label}: “{value}” is not a number.") from None
        if not number.is_finite() or not self.least <= number <= self.most:
            raise NotAllowed(f"{self.label}: from {self.least} to {self.most} is possible.")
        return number


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several ways that a check can go; ``options`` are what is stored and what staff read."""

    name: str
    label: str
    options: Callable[[], Mapping[str, str]]
    usual: str
    explanation: str = ""

    def read(self, value: Any) -> str:
        """The value, which is one of the options. Raises :class:`NotAllowed`."""
        if value not in self.options():
            raise NotAllowed(f"{self.label}: “{value}” is not one of the choices.")
        return str(value)


@dataclass(frozen=True, slots=True)
class Values:
    """What the parameters of a check are set to, by name."""

    numbers: Mapping[str, Decimal] = field(default_factory=dict)
    choices: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Decimal:
        return self.numbers[name]

    def to_json(self) -> dict[str, str]:
        """As ``CheckSetting.parameters`` and ``Trial.parameters`` keep them."""
        return {**{name: f"{number:f}" for name, number in self.numbers.items()}, **self.choices}


class Found(NamedTuple):
    """What a check says of a CDR: a sentence for staff, and what of the CDR's price it puts in question.

    ``amount`` is before tax in the CDR's currency, ``None`` where no amount can be named. ``cause`` is a code of
    ``review.causes``. ``detail`` is for pages, and holds only what JSON can say. ``awaits`` is what was missing: once
    it comes, the CDR is checked again.
    """

    message: str
    amount: Decimal | None = None
    cause: str = ""
    detail: Mapping[str, Any] = {}
    awaits: tuple[Awaits, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One check. ``code`` never changes, as settings, findings and trials name it.

    ``meaning`` says what is wrong when it finds something, ``advice`` what to do then. ``enabled`` and ``severity``
    hold where nobody set them. ``needs_price``: it looks at the price we computed.
    """

    code: str
    title: str
    meaning: str
    advice: str
    look: Callable[[Context, Values], Found | None]
    parameters: tuple[Parameter | Choice, ...] = ()
    severity: Severity = Severity.HOLD
    enabled: bool = True
    needs_price: bool = False
    on_cdrs: bool = True

    def values(self, given: Mapping[str, Any] | None = None) -> Values:
        """The parameters as they are set; what is not named has its usual value. Raises :class:`NotAllowed`."""
        given = given or {}
        numbers: dict[str, Decimal] = {}
        choices: dict[str, str] = {}
        for parameter in self.parameters:
            value = given.get(parameter.name, parameter.usual)
            if isinstance(parameter, Parameter):
                numbers[parameter.name] = parameter.read(value)
            else:
                choices[parameter.name] = parameter.read(value)
        return Values(numbers, choices)

    def run(
        self, context: Context, values: Values, severity: Severity | None = None
    ) -> Finding | None:
        """Look at one CDR; ``None`` when all is well."""
        found = self.look(context, values)
        if found is None:
            return None
        return Finding(self.code, severity or self.severity, *found)


class Finding(NamedTuple):
    """What a check found on a CDR; see :class:`Found`."""

    code: str
    severity: Severity
    message: str
    amount: Decimal | None = None
    cause: str = ""
    detail: Mapping[str, Any] = {}
    awaits: tuple[Awaits, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As ``CDRReview.findings`` keeps it."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "message": self.message,
            "amount": None if self.amount is None else f"{self.amount:f}",
            "detail": dict(self.detail),
        }
