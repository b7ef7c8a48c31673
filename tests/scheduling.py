"""How the tests of a run are spread over its processes.

File by file, and all that start portals in one process: these wait for portals most of the time, and each process
that has such a test starts two of them.
"""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler.loadscope import LoadScopeScheduling

PORTALS = "tests/portals/"


class PortalsInOneProcess(LoadScopeScheduling):
    """xdist's distribution by scope; a scope is a file, or all of ``tests/portals``."""

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        # The order of collection is the order of work; xdist would begin with the longest list of tests.
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return PORTALS if nodeid.startswith(PORTALS) else nodeid.partition("::")[0]


def longest_first(items: list[pytest.Item]) -> None:
    """The tests that take longest come first, so that no process is left alone with them at the end."""
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    if item.nodeid.startswith(PORTALS):
        return 0
    return 1 if item.get_closest_marker("browser") or "process" in item.nodeid else 2
