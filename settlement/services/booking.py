"""CDRs come onto statements, and leave them, as their reviews change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from review.decided import Change


def follow(changes: Sequence[Change], **kwargs: Any) -> None:
    """Book what can be settled now, and take back what cannot any more; in the transaction of the change."""
