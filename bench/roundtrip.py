"""``python -m bench roundtrip [--kind tariff] --feed FILE``: every object to each version and back again.

Locations are read leniently; Tariffs are those of OCPI 2.2.1.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bench import feed
from ocpi import convert
from ocpi.compare import Difference, differences, is_explained
from ocpi.documents import drop_empty
from ocpi.ids import PartyId
from ocpi.json import array_slices, loads
from ocpi.lenient import accept
from ocpi.versioned import TYPES, Kind

SHOWN = 10
OWNER = PartyId("NL", "BEN")


@dataclass
class Result:
    """What became of the objects of a feed at one version."""

    version: str
    objects: int = 0
    unchanged: int = 0
    changed: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    losses: Counter[str] = field(default_factory=Counter)
    unexplained: list[tuple[str, Difference]] = field(default_factory=list)

    def print(self) -> None:
        print(
            f"{self.version}: {self.objects} objects, {self.unchanged} unchanged, {self.changed} changed "
            f"with every difference a listed loss, {self.refused.total()} refused, "
            f"{len(self.unexplained)} differences unexplained"
        )
        for reason, count in self.refused.most_common():
            print(f"    refused {count}: {reason}")
        for loss, count in self.losses.most_common():
            print(f"    lost {count}: {loss}")
        for reference, difference in self.unexplained[:SHOWN]:
            print(f"    UNEXPLAINED {reference} {difference.path}: {difference.words}")


def run(options: argparse.Namespace) -> int:
    """Print a result per version; the number of unexplained differences."""
    results = [Result(version) for version in TYPES]
    unreadable = 0
    for document in _documents(options):
        if document is None:
            unreadable += 1
            continue
        for result in results:
            there_and_back(options.kind, document, result)
    if unreadable:
        print(f"{unreadable} objects cannot be identified and were left out")
    for result in results:
        result.print()
    return sum(len(result.unexplained) for result in results)


def _documents(options: argparse.Namespace) -> Iterator[dict[str, Any] | None]:
    """The objects of the feed as canonical documents; None for what cannot be identified."""
    with feed.opened(options.feed, options.count) as stream:
        for raw in array_slices(stream):
            yield _READERS[options.kind](raw)


def _location(raw: bytes) -> dict[str, Any] | None:
    accepted = accept("location", raw)
    if accepted.fatal and {problem.code for problem in accepted.fatal} == {"owner_missing"}:
        accepted = accept("location", raw, owner=OWNER)
    return None if accepted.fatal else accepted.document


def _tariff(raw: bytes) -> dict[str, Any] | None:
    document = drop_empty(loads(raw), TYPES["2.2.1"]["tariff"])
    if not all(document.get(name) for name in ("country_code", "party_id", "id")):
        return None
    return convert.to_canonical("2.2.1", "tariff", document).document


def _token(raw: bytes) -> dict[str, Any] | None:
    accepted = accept("token", raw)
    return None if accepted.fatal else accepted.document


_READERS: dict[str, Callable[[bytes], dict[str, Any] | None]] = {
    "location": _location,
    "tariff": _tariff,
    "token": _token,
}


def there_and_back(kind: Kind, document: dict[str, Any], result: Result) -> None:
    """Convert a canonical document to a version and back, and add what came of it to the result."""
    result.objects += 1
    try:
        said, losses = convert.from_canonical(result.version, kind, document)
    except convert.Refused as refused:
        result.refused[re.sub(r"(?<=[a-z])\.\d+\b", "", refused.reason)] += 1
        return
    owner = PartyId.of(document["country_code"], document["party_id"])
    back = convert.to_canonical(result.version, kind, said, owner=owner).document
    found = differences(document, back, kind)
    unexplained = [difference for difference in found if not is_explained(difference, losses)]
    result.losses.update({f"{loss.code} {without_indexes(loss.path)}" for loss in losses})
    result.unexplained.extend((f"{owner}/{document['id']}", each) for each in unexplained)
    if not found:
        result.unchanged += 1
    elif not unexplained:
        result.changed += 1


def without_indexes(path: str) -> str:
    return ".".join(part for part in path.split(".") if not part.isdigit())
