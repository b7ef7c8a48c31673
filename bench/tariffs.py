"""``python -m bench tariffs --tariffs FILE…``: ten charges priced and explained under every Tariff of a file."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from bench import feed
from ocpi.documents import drop_empty
from ocpi.json import array_slices, loads
from ocpi.versioned import TYPES
from tariffs.pricing import NotATariff, compile_tariff, explain, price, references
from tariffs.pricing.words import note, passages

SHOWN = 10


@dataclass
class Tried:
    """What came of the Tariffs of a file."""

    tariffs: int = 0
    priced: int = 0
    compiling: float = 0.0
    pricing: float = 0.0
    refused: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    free: Counter[str] = field(default_factory=Counter)

    def print(self) -> None:
        compiled = self.tariffs - self.refused.total()
        each = self.pricing / self.priced * 1e6 if self.priced else 0
        print(
            f"{self.tariffs} tariffs, {compiled} made ready in {self.compiling:.2f} s, "
            f"{self.refused.total()} refused, {self.priced} prices, {each:.0f} µs each, "
            f"{len(self.failed)} failures"
        )
        for reason, count in self.refused.most_common():
            print(f"    refused {count}: {reason}")
        for code, count in self.notes.most_common():
            print(f"    noted {count}: {note(code)}")
        for name, count in self.free.most_common():
            print(f"    free of charge under {count}: {name}")
        for failure in self.failed[:SHOWN]:
            print(f"    FAILED {failure}")


def run(options: argparse.Namespace) -> int:
    """Print what came of them; how many failed."""
    tried = Tried()
    for path in options.tariffs:
        with feed.opened(path, 0) as stream:
            for raw in array_slices(stream):
                one(loads(raw), options.of, tried)
    tried.print()
    return len(tried.failed)


def one(document: dict[str, Any], version: str, tried: Tried) -> None:
    """Price and explain the reference charges under a Tariff, and add what came of it.

    A price fails if it is negative, if its trace does not add up, or if there are no words for it.
    """
    tried.tariffs += 1
    document = drop_empty(document, TYPES[version]["tariff"])
    start = time.process_time()
    try:
        tariff = compile_tariff(document, version=version)
    except NotATariff as refused:
        tried.refused[f"{refused.path}: {refused.message}"] += 1
        return
    tried.compiling += time.process_time() - start
    tried.notes.update(tariff.notes)
    for reference in references("Europe/Amsterdam"):
        start = time.process_time()
        cost = price(reference.charge, tariff).total_cost
        tried.pricing += time.process_time() - start
        tried.priced += 1
        trace = explain(reference.charge, tariff)
        name = f"{document.get('id')} {reference.name}"
        if (trace.before_taxes, trace.after_taxes) != (cost.before_taxes, cost.after_taxes):
            tried.failed.append(f"{name}: the trace adds up to {trace.after_taxes}, not {cost}")
        if cost.after_taxes is None or cost.after_taxes < 0:
            tried.failed.append(f"{name}: {cost}")
        if not passages(trace) or not trace.to_json():
            tried.failed.append(f"{name}: nothing to say")
        if cost.after_taxes == 0:
            tried.free[reference.label] += 1
