"""Sessions that somebody should look at: late ones, and those of a state."""

from __future__ import annotations

from django.db.models import Q

from charging import detectors
from charging.choices import ENDED, SessionStatus
from exchange.detectors import COUNTED, Detector, find


def late() -> dict[int, Detector]:
    """By primary key: pending or silent for longer than the limit of their partner; the longest late first."""
    found: dict[int, Detector] = {}
    for detector in (detectors.SESSIONS_SILENT, detectors.SESSIONS_PENDING):
        found.update((one.id, detector) for one in find(detector, limit=COUNTED))
    return found


def charging_now() -> Q:
    return Q(status=SessionStatus.ACTIVE)


def waiting() -> Q:
    return Q(status__in=[SessionStatus.PENDING, SessionStatus.RESERVATION])


def silent() -> Q:
    return Q(pk__in=list(late()))


def done() -> Q:
    return Q(status__in=ENDED)
