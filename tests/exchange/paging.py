"""A list that the partner's system pages through by offset, and that may change meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.exchange.conftest import Reply, Seen, System


class Listing:
    """``items`` in pages of ``size``; ``before_page`` is called with the page's number (from 0)."""

    def __init__(self, system: System, items: list[dict[str, Any]], size: int = 2) -> None:
        self.items = items
        self.size = size
        self.before_page: Callable[[int], Reply | None] = lambda number: None
        self.pages = 0
        self._system = system
        system.handler = self.answer

    def answer(self, seen: Seen) -> Reply:
        special = self.before_page(self.pages)
        self.pages += 1
        if special is not None:
            return special
        offset = int(seen.query.get("offset", "0"))
        end = offset + self.size
        headers = {"X-Total-Count": str(len(self.items)), "X-Limit": str(self.size)}
        if end < len(self.items):
            headers["Link"] = f'<{self._system.url}{seen.path}?offset={end}>; rel="next"'
        return Reply(self.items[offset:end], headers=headers)
