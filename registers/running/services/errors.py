"""Why something cannot be done; the texts are for people."""

from __future__ import annotations

from collections.abc import Sequence

from registers.running import words


class NotPossible(ValueError):
    """It cannot be done, and the message says why."""


class TooMany(NotPossible):
    """Too many applications came from one address within an hour."""


class CodeTaken(NotPossible):
    """A code cannot be had; ``suggestions`` are three characters each, free a moment ago."""

    def __init__(self, reason: str, country: str, suggestions: Sequence[str]) -> None:
        written = [f"{country}*{code}" for code in suggestions]
        free = f" Free are {words.listing(written)}." if written else ""
        super().__init__(f"{reason}{free}")
        self.reason = reason
        self.suggestions = list(suggestions)
