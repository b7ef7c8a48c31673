"""A partner's whole feed while our own back office is connected, to which all of it is announced."""

from __future__ import annotations

import argparse
import time
from itertools import islice
from typing import Any

from bench import feed, portal

GOAL = 1.5


def run(options: argparse.Namespace) -> None:
    """The same feed from two partners' lists: with nobody to tell, and with a back office that is told."""
    from exchange.models import Delivery

    alone = _take(options, portal.partner("Told to nobody", "NL*NOB", "CPO").connection)
    office = portal.partner("Back office", "NL*OWN", "EMSP", kind="back_office", pushes=True)
    told = _take(options, portal.partner("Told to us", "NL*TEL", "CPO").connection)
    marked = Delivery.objects.filter(connection=office.connection).count()
    print(
        f"feed of a partner: {told:.1f} s with {marked} deliveries marked for our back office, "
        f"{alone:.1f} s without it; ratio {told / alone:.2f} (goal: at most {GOAL})"
    )


def _take(options: argparse.Namespace, connection: Any) -> float:
    from exchange import registry
    from ocpi.json import array_slices

    identity = connection.parties.get().identity
    source = registry.Source("bench", "2.2.1", connection, frozenset({identity}), identity)
    inbox = registry.get("locations").inbox
    assert inbox is not None
    with feed.opened(options.feed, options.count) as stream:
        start = time.perf_counter()
        slices = array_slices(stream)
        while batch := list(islice(slices, 500)):
            inbox.receive(batch, source)
        return time.perf_counter() - start
