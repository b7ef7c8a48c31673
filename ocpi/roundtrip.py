"""Round trips: canonical documents through a version and back, and what that costs.

The conversion is honest when everything that came back differently was listed as a loss.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

from ocpi.convert import Refused, from_canonical, to_canonical
from ocpi.ids import PartyId

Document = dict[str, Any]


class Trip(NamedTuple):
    """One round trip: the codes of losses, why it was refused, and the paths nobody listed."""

    losses: Counter[str]
    refused: str | None
    unexplained: list[str]


class Figures(NamedTuple):
    """What became of many documents; `unexplained` names some and must be empty."""

    unchanged: int
    with_losses: int
    refused: Counter[str]
    losses: Counter[str]
    unexplained: list[str]


def round_trip(version: str, kind: str, document: Document) -> Trip:
    """A canonical document through a version and back."""
    try:
        there = from_canonical(version, kind, document)
    except Refused as error:
        return Trip(Counter(), error.reason, [])
    owner = PartyId.of(document["country_code"], document["party_id"])
    back = to_canonical(version, kind, there.document, owner=owner)
    listed = {loss.path for loss in (*there.losses, *back.losses)}
    unexplained = list(differences(document, back.document, listed))
    return Trip(Counter(loss.code for loss in there.losses), None, unexplained)


def roundtrip(version: str, kind: str, documents: Iterable[Document]) -> Figures:
    """The figures of many canonical documents; reasons are counted without the places in them."""
    unchanged = with_losses = 0
    refused: Counter[str] = Counter()
    losses: Counter[str] = Counter()
    unexplained: list[str] = []
    for document in documents:
        trip = round_trip(version, kind, document)
        unexplained += [f"{document.get('id')}: {path}" for path in trip.unexplained]
        if trip.refused is not None:
            refused[_without_places(trip.refused)] += 1
        elif trip.losses:
            with_losses += 1
            losses.update(trip.losses.keys())
        else:
            unchanged += 1
    return Figures(unchanged, with_losses, refused, losses, unexplained)


def differences(one: Any, two: Any, listed: Collection[str], path: str = "") -> Iterator[str]:
    """The dotted paths, as deep as possible, at which a document came back differently.

    What lies at or below a listed path is left aside, and so are entries missing from a list when
    they are listed.
    """
    if path in listed or one == two:
        return
    if isinstance(one, dict) and isinstance(two, dict):
        for name in {**one, **two}:
            inner = f"{path}.{name}" if path else name
            yield from differences(one.get(name), two.get(name), listed, inner)
        return
    if isinstance(one, list) and (isinstance(two, list) or two is None):
        kept = [(f"{path}.{index}", value) for index, value in enumerate(one)]
        there = two or []
        if len(kept) != len(there):
            kept = [(inner, value) for inner, value in kept if inner not in listed]
        if len(kept) == len(there):
            for (inner, left), right in zip(kept, there, strict=True):
                yield from differences(left, right, listed, inner)
            return
    yield path


def _without_places(reason: str) -> str:
    words = reason.split()
    return " ".join("elements.…" if word.startswith("elements.") else word for word in words)
