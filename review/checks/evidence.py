"""Whether what came with a CDR, or after it, contradicts it."""

from __future__ import annotations

from review.checks.declaration import Check, Found, Values
from review.checks.facts import Context


def _conflict(context: Context, values: Values) -> Found | None:
    if not context.conflicts:
        return None
    times = "" if context.conflicts == 1 else f" {context.conflicts} times"
    return Found(
        f"It was sent again{times} with other content, and nobody has settled which is right.",
        abs(context.cdr.total_cost),
    )


CHECKS = (
    Check(
        "conflict",
        "Sent again with other content",
        "Another version of the CDR came after it. What came first counts until somebody settled it.",
        "Ask the partner which is right, then settle it on the page of the conflict.",
        _conflict,
    ),
)
