"""The rules for codes, as far as they need no database: what looks alike, what to suggest, when a term ends."""

from __future__ import annotations

import unicodedata
from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import combinations, islice, product, zip_longest

CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1", "Z": "2", "S": "5", "B": "8"})
_LEGAL_FORMS = frozenset({
    "AB", "AG", "AS", "BV", "GMBH", "INC", "LIMITED", "LLC", "LLP", "LTD", "NV", "OY", "PLC", "SA", "SAS", "SE",
    "SRL",
})  # fmt: skip
_LONGEST_NAME = 24


def looks(code: str) -> str:
    """What a code of capital letters and digits looks like: the same for two that are taken for one another."""
    return code.translate(_ALIKE)


def alike(code: str, others: Iterable[str]) -> list[str]:
    """Those of ``others`` that look like ``code`` and are another."""
    looked = looks(code)
    return sorted({other for other in others if other != code and looks(other) == looked})


def suggestions(
    name: str, wanted: str, is_free: Callable[[str], bool], number: int = 5
) -> list[str]:
    """Up to ``number`` free codes: the one that is wanted, some like it, some out of the company's name, then any."""
    seen: set[str] = set()

    def fresh(code: str) -> bool:
        if code in seen:
            return False
        seen.add(code)
        return is_free(code)

    return list(islice(filter(fresh, _candidates(name, wanted.upper())), number))


def after_months(start: datetime, months: int) -> datetime:
    """``start`` so many months later, at the same time of day; the last day of a month that is shorter."""
    years, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, month + 1
    return start.replace(year=year, month=month, day=min(start.day, monthrange(year, month)[1]))


def reminder_due(days_left: float, reminders: Iterable[int], last: int | None) -> int | None:
    """Which reminder, in days before the end, a holder has to get now; ``last`` is the one they had in this term."""
    reached = [days for days in reminders if days_left <= days]
    due = min(reached, default=None)
    return None if due is None or (last is not None and last <= due) else due


def _candidates(name: str, wanted: str) -> Iterator[str]:
    wanted = "".join(character for character in wanted if character in CHARACTERS)[:3]
    words = [word for word in _words(name) if word not in _LEGAL_FORMS] or _words(name)
    letters = "".join(words)[:_LONGEST_NAME]
    if len(wanted) == 3:
        yield wanted
    of_name = _of_name(letters, "".join(word[0] for word in words))
    like_wanted = [wanted[:2] + last for last in letters] if len(wanted) == 3 else []
    for pair in zip_longest(like_wanted, of_name):
        yield from filter(None, pair)
    start = (wanted or letters)[:2]
    for length in range(len(start), -1, -1):
        for rest in product(CHARACTERS, repeat=3 - length):
            yield start[:length] + "".join(rest)


def _of_name(letters: str, initials: str) -> Iterator[str]:
    if len(initials) >= 3:
        yield initials[:3]
    if len(letters) >= 3:
        yield letters[:3]
    # In the order of the name, the first letter kept: ChargeNorth gives CHN, CHG, …
    for pair in combinations(letters[1:], 2):
        yield letters[0] + "".join(pair)


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().upper()
    return "".join(c if c in CHARACTERS else " " for c in plain).split()
