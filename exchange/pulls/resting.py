"""When a crawl that was interrupted rests and goes on, and when it has failed.

Pure, but for the clock and chance: what the partner answered decides.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from django.utils import timezone

from exchange.outcomes import BUSY
from ocpi.client import OCPIResponse, PullFailed
from ocpi.dialect import Dialect
from ocpi.failures import FailureKind

RESTS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=2),
)
LONGEST_REST = timedelta(hours=6)
SPLAY = 0.1


def rest_until(
    failure: PullFailed, dialect: Dialect, *, rests: int, pages: int, now: datetime | None = None
) -> datetime | None:
    """When to go on after ``failure``; ``None`` when waiting will not help, or has not.

    ``rests`` is how often it has rested in this place already, ``pages`` how far the crawl is: what goes wrong
    at the first page is left to the schedule, unless the partner says that it is only busy.
    """
    response, now = failure.response, now or timezone.now()
    if response is None or rests >= len(RESTS):
        return None
    if not _is_busy(response, dialect) and not (pages and _is_passing(response)):
        return None
    asked = retry_after(response, now)
    pause = RESTS[rests] * (1 + random.random() * SPLAY)  # noqa: S311
    return now + (pause if asked is None else min(asked, LONGEST_REST))


def _is_busy(response: OCPIResponse, dialect: Dialect) -> bool:
    status = response.http_status
    return status in BUSY or (status == 403 and dialect.busy_403)


def _is_passing(response: OCPIResponse) -> bool:
    """No answer, or one that tells of trouble at the partner's."""
    if response.failure is not None:
        return response.failure not in {FailureKind.REFUSED_ADDRESS, FailureKind.TOO_LARGE}
    return (response.http_status or 0) >= 500 or (response.status_code or 0) >= 3000


def retry_after(response: OCPIResponse, now: datetime) -> timedelta | None:
    """How long the partner asks to wait (RFC 9110, 10.2.3: seconds or a date), or ``None``."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 8:
        return timedelta(seconds=int(text))
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    if at.tzinfo is None:
        return None
    return max(at - now, timedelta(0))


def concerns_all(failure: PullFailed) -> bool:
    """Whether the partner's other lists would fail alike: it does not answer, or not to us."""
    response = failure.response
    if response is None:
        return False
    status = response.http_status
    return status is None or status in {401, 403} or status >= 500
