"""The truth table: what a stored token's ``valid`` and ``whitelist`` together mean (OCPI 2.3.0, WhitelistType).

``whitelist`` says who decides: the stored token, or its eMSP in real time. ``valid`` says what the stored token
decides. A token that is not valid is asked about all the same where the whitelist demands it, because it may be
valid again.
"""

from __future__ import annotations

from typing import NamedTuple

from tokens.authorization.choices import Allowed
from tokens.choices import Whitelist


class Row(NamedTuple):
    """One row: whether the eMSP has to be asked, what holds without asking, and what when nobody answers.

    ``stored`` is the answer of the stored token, which counts where ``asks`` is false; ``silent`` is what holds
    when the eMSP was to be asked and cannot be reached.
    """

    whitelist: Whitelist
    valid: bool
    asks: bool
    stored: Allowed
    silent: Allowed
    sentence: str


_WHY = {
    Whitelist.ALWAYS: "ALWAYS: the stored token decides; asking is not allowed.",
    Whitelist.ALLOWED: "ALLOWED: the stored token may decide, and does, so that nobody waits.",
    Whitelist.ALLOWED_OFFLINE: "ALLOWED_OFFLINE: the eMSP is asked; the stored token decides if it does not answer.",
    Whitelist.NEVER: "NEVER: only the eMSP decides, whatever is stored here.",
}


def row(whitelist: str, *, valid: bool) -> Row:
    """The row of a token. A whitelist that nobody knows counts as NEVER."""
    known = Whitelist(whitelist) if whitelist in Whitelist.values else Whitelist.NEVER
    stored = Allowed.ALLOWED if valid else Allowed.BLOCKED
    return Row(
        whitelist=known,
        valid=valid,
        asks=known in {Whitelist.ALLOWED_OFFLINE, Whitelist.NEVER},
        stored=stored,
        silent=Allowed.NOT_ALLOWED if known == Whitelist.NEVER else stored,
        sentence=_WHY[known],
    )


TABLE = tuple(row(whitelist, valid=valid) for whitelist in Whitelist for valid in (True, False))
"""All eight rows, for pages and documentation."""
