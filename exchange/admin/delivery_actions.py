"""What staff can do to deliveries: send again, skip; one, some, or all that a filter shows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from exchange import deliveries
from exchange.models import Delivery
from staff.confirmed import Confirmed

PERMISSION = "exchange.change_delivery"
LIMIT = 10_000


def _replay(request: HttpRequest, delivery: Any) -> None:
    deliveries.replay([delivery.pk], actor=request.user)


def _skip(request: HttpRequest, delivery: Any) -> None:
    deliveries.skip([delivery.pk], actor=request.user)


def _is_pending(delivery: Any) -> bool:
    return isinstance(delivery, Delivery) and delivery.is_pending


REPLAY = Confirmed(
    name="replay",
    label="Send again",
    permission=PERMISSION,
    question="Send {object} once more?",
    explanation=(
        "The partner gets the current state of the whole object, not a copy of what was sent before."
    ),
    perform=_replay,
    done="It goes out in a moment. This page shows what comes of it.",
    icon="send",
)
SKIP = Confirmed(
    name="skip",
    label="Skip this version",
    permission=PERMISSION,
    question="Give up delivering {object}?",
    explanation=(
        "The partner will not be told about this change. The next change goes out as usual."
    ),
    perform=_skip,
    done="It was skipped.",
    dangerous=True,
    icon="block",
    allowed=_is_pending,
)
ACTIONS = [REPLAY, SKIP]
