"""Tariff Elements that mean the same whether a price is looked up per element or per dimension.

Since OCPI 2.2 the price of a dimension is that of the first element that matches *and has the
dimension*; 2.1.1 takes the first element that matches and nothing else. Elements are
self-contained when both readings agree at every moment.

Regrouped, there is an element for every combination of one element per dimension (or none)
that can hold at the same time, in lexicographic order of their places. At any moment the
combination of the first match of each dimension is the least of those that hold, so it comes
first; and because an element is only active where all it is made of is active, a later one
never has a dimension that the first one lacks.

A flat fee that several elements repeat is still due once per session, at its first element that
becomes active: OCPI calls it a fixed amount for any session.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any, NamedTuple

from ocpi.convert.results import Document, Refused
from ocpi.regions import UNRESTRICTED, Region, region_of, restrictions_of

MAX_ELEMENTS = 200
_MAX_COMBINATIONS = 5_000
_MAX_STEPS = 100_000
_MAX_COMPARED = 1_000


class _Choice(NamedTuple):
    region: Region
    components: tuple[Document, ...]


_NOTHING = _Choice(UNRESTRICTED, ())


def is_self_contained(elements: list[Document]) -> bool:
    """Whether the first active element has every dimension that a later active one has.

    Yes is certain; a no may only mean that it takes several elements together to see it, or that
    there are too many to compare.
    """
    dimensions = [_dimensions(element) for element in elements]
    if all(some == dimensions[0] for some in dimensions):
        return True
    if len(elements) > _MAX_COMPARED:
        return False
    regions = [region_of(element.get("restrictions")) for element in elements]
    return not any(
        not dimensions[later] <= dimensions[earlier]
        and (met := regions[earlier].meets(regions[later])) is not None
        and not any(first.covers(met) for first in regions[:earlier])
        for later in range(len(elements))
        for earlier in range(later)
    )


def regrouped(elements: list[Document]) -> list[Document]:
    """Self-contained elements with the same prices at every moment.

    Refused when that takes more than 200 elements, or two conditions of the same name at once.
    """
    found: list[_Choice] = []
    for tried, choice in enumerate(_combinations(_per_dimension(elements), _NOTHING, count())):
        if not choice.components or any(one.region.covers(choice.region) for one in found):
            if tried > _MAX_COMBINATIONS:
                raise _too_many()
            continue
        found.append(choice)
        if len(found) > MAX_ELEMENTS:
            raise _too_many()
    try:
        made = [
            _element(choice, restrictions)
            for choice in found
            for restrictions in restrictions_of(choice.region)
        ]
    except ValueError as error:
        raise Refused(f"The elements of the Tariff cannot be put together: {error}") from None
    if not made or len(made) > MAX_ELEMENTS:
        raise _too_many() if made else Refused("No element of the Tariff can ever apply")
    return made


def _too_many() -> Refused:
    return Refused(
        "OCPI 2.1.1 applies one whole element at a time; saying the same prices that way would"
        f" take more than {MAX_ELEMENTS} elements"
    )


def _dimensions(element: Document) -> frozenset[str]:
    return frozenset(component["type"] for component in element["price_components"])


def _per_dimension(elements: list[Document]) -> list[list[_Choice]]:
    """For every dimension its elements in order, up to the one that always applies."""
    choices: dict[str, list[_Choice]] = {}
    closed: set[str] = set()
    for element in elements:
        region = region_of(element.get("restrictions"))
        if region.is_empty():
            continue
        components: dict[str, list[Any]] = {}
        for component in element["price_components"]:
            components.setdefault(component["type"], []).append(component)
        for dimension, priced in components.items():
            if dimension not in closed:
                choices.setdefault(dimension, []).append(_Choice(region, tuple(priced)))
                if region.is_unrestricted():
                    closed.add(dimension)
    return [
        listed if dimension in closed else [*listed, _NOTHING]
        for dimension, listed in choices.items()
    ]


def _combinations(
    dimensions: list[list[_Choice]], made: _Choice, steps: Iterator[int]
) -> Iterator[_Choice]:
    if not dimensions:
        yield made
        return
    for choice in dimensions[0]:
        if next(steps) > _MAX_STEPS:
            raise _too_many()
        region = made.region.meets(choice.region)
        if region is not None:
            yield from _combinations(
                dimensions[1:], _Choice(region, made.components + choice.components), steps
            )


def _element(choice: _Choice, restrictions: Document) -> Document:
    made: Document = {"price_components": list(choice.components)}
    return {**made, "restrictions": restrictions} if restrictions else made
