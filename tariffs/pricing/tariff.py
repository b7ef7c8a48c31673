"""A Tariff made ready to price by: its prices as decimals, its restrictions as quick tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import NamedTuple

from tariffs.pricing.restrictions import Moment, Restriction

Test = Callable[[Moment], bool]


class NotATariff(ValueError):
    """A document that no price can be computed from; `path` says where, as in `elements.0.restrictions`."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path
        self.message = message


class Component(NamedTuple):
    """A Price Component; `element` and `place` are its places in the document.

    `price` per kWh (ENERGY), per hour (TIME, PARKING_TIME) or once (FLAT); `vat` in percent;
    `step_size` counts Wh or seconds, and 0 is as good as none.
    """

    element: int
    place: int
    dimension: str
    price: Decimal
    vat: Decimal | None
    step_size: int


class Element(NamedTuple):
    """A Tariff Element: its components, and its restrictions of which all must hold.

    `kind` is "" for charging and parking, else the value of `reservation` or `booking`.
    """

    place: int
    kind: str
    components: tuple[Component, ...]
    restrictions: tuple[Restriction, ...]

    def component(self, dimension: str) -> Component | None:
        """The component of a dimension, the first one if there are several."""
        for component in self.components:
            if component.dimension == dimension:
                return component
        return None


class Limit(NamedTuple):
    """`min_price` or `max_price`; a side that is None limits nothing."""

    before_taxes: Decimal | None = None
    after_taxes: Decimal | None = None


class Candidate(NamedTuple):
    """A component and the test of its element, None if it always holds.

    A candidate without component says that nothing is priced (2.1.1, where the first matching element is
    used as a whole).
    """

    test: Test | None
    component: Component | None


Table = Mapping[str, tuple[Candidate, ...]]
"""The candidates of each dimension, in the order in which they are tried."""


class Boundaries(NamedTuple):
    """Where prices may change: times of day and days in microseconds, energies in kWh.

    `clock` holds times of day since midnight, with 0 where days matter; `durations` microseconds
    since the start of the session.
    """

    clock: tuple[int, ...] = ()
    energies: tuple[Decimal, ...] = ()
    durations: tuple[int, ...] = ()
    currents: tuple[Decimal, ...] = ()
    powers: tuple[Decimal, ...] = ()


class CompiledTariff:
    """A Tariff made ready by :func:`compile_tariff`; never changed, safe to share between threads.

    It is equal only to itself. `elements` are there to explain; `notes` are codes of what is odd
    about the document (see :data:`tariffs.pricing.compiling.TARIFF_NOTES`). `tax_included` is as in the
    document, None if it does not say.
    """

    __slots__ = (
        "boundaries",
        "currency",
        "elements",
        "is_bounded",
        "maximum",
        "minimum",
        "notes",
        "single_vat",
        "tables",
        "tariff_id",
        "tax_included",
        "version",
    )

    tariff_id: str
    currency: str
    version: str
    tax_included: str | None
    elements: tuple[Element, ...]
    minimum: Limit | None
    maximum: Limit | None
    notes: tuple[str, ...]
    boundaries: Boundaries
    is_bounded: bool
    single_vat: Decimal | None
    tables: dict[tuple[str, bool, bool], Table]

    def __init__(self, **given: object) -> None:
        for name, value in given.items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a compiled tariff does not change")

    def __repr__(self) -> str:
        return f"<CompiledTariff {self.tariff_id} {self.currency}>"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a compiled tariff cannot be pickled; compile its document again")
