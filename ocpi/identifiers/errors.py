"""Why a text is not the ID it should be: what is wrong, and where."""

from __future__ import annotations


class NotAnId(ValueError):
    """A text that is no ID of the form asked for.

    ``position`` counts characters of ``text`` from 0; ``reason`` is a clause for people, such as
    ``the party needs three letters or digits, and '%' is none``. The message names all three.
    """

    def __init__(self, text: str, position: int, reason: str) -> None:
        shown = text if len(text) <= 60 else f"{text[:59]}…"
        where = f" at character {position + 1}" if position < len(text) else ""
        super().__init__(f"{shown!r}{where}: {reason}")
        self.text = text
        self.position = position
        self.reason = reason


class NotACountry(NotAnId):
    """The form is right, but the country code is not one that IDs are issued under (ISO 3166-1)."""


class WrongCheckCharacter(NotAnId):
    """Everything is right but the check character; ``right`` is what it must be."""

    def __init__(self, text: str, position: int, given: str, right: str) -> None:
        super().__init__(text, position, f"the check character is {given}, and must be {right}")
        self.given = given
        self.right = right
