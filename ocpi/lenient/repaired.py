"""What a repair of a single value gives back."""

from __future__ import annotations

from typing import Any, NamedTuple


class Repaired(NamedTuple):
    """The value to keep (None: leave the field out) and the codes of what was done to it."""

    value: Any
    codes: tuple[str, ...] = ()


class UnusableError(ValueError):
    """Nothing can be made of a value; `code` says why."""

    def __init__(self, code: str = "value_unusable") -> None:
        super().__init__(code)
        self.code = code
