"""Writing down what became of a claimed delivery, and giving up its lease."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

import structlog
from django.db.models import F, Value
from django.db.models.functions import Greatest, Now
from django.utils import timezone

from exchange.choices import DeliveryResult
from exchange.models import Delivery
from exchange.outcomes import COOL_OFF_SECONDS, backoff

log = structlog.get_logger(__name__)


class Told(NamedTuple):
    """What a partner knows once a delivery is done: up to which version, and whether it holds the object."""

    version: int
    known: str


def finish(delivery: Delivery, told: Told) -> None:
    """The partner knows this version now; what changed since is still pending."""
    _release(
        delivery,
        sent_version=Greatest(F("sent_version"), told.version),
        attempts=0,
        first_failed_at=None,
        confirm_after=None,
        known=told.known,
        last_result=DeliveryResult.DELIVERED,
        last_error="",
        next_attempt_at=Now(),
        correlation_id="",
    )


def finish_dead(delivery: Delivery, reason: str) -> None:
    """This version will never be accepted as it is; a newer one is tried normally."""
    _release(
        delivery,
        dead_version=Greatest(F("dead_version"), delivery.wanted_version),
        last_result=DeliveryResult.DEAD,
        last_error=reason[:400],
        first_failed_at=delivery.first_failed_at or timezone.now(),
    )


def leave(delivery: Delivery) -> None:
    """Nothing is told for now, and nothing waits: the party it is for is away, and is told when it is back."""
    if delivery.sent_version:
        _release(delivery, wanted_version=F("sent_version"))
    else:
        Delivery.objects.filter(pk=delivery.pk, lease_token=delivery.lease_token).delete()


def hold_ambiguous(delivery: Delivery) -> None:
    """The partner may or may not have it, now or a little later: send the whole object after a cool-off."""
    seconds = max(COOL_OFF_SECONDS, backoff(delivery.attempts))
    until = timezone.now() + timedelta(seconds=seconds)
    postpone(delivery, seconds, DeliveryResult.AMBIGUOUS, confirm_after=until)


def postpone(delivery: Delivery, seconds: float, result: str, **extra: Any) -> None:
    """It is tried again after so many seconds; ``extra`` are columns to write as well."""
    _release(
        delivery,
        next_attempt_at=timezone.now() + timedelta(seconds=seconds),
        last_result=result,
        last_error=delivery.last_error,
        first_failed_at=delivery.first_failed_at or timezone.now(),
        correlation_id=delivery.correlation_id,
        **extra,
    )


def give_back(deliveries: list[Delivery]) -> None:
    """Return rows that were claimed and not begun."""
    for delivery in deliveries:
        _release(delivery, attempts=Greatest(F("attempts") - 1, Value(0)))


def _release(delivery: Delivery, **fields: Any) -> None:
    """Write an outcome and give up the lease, unless the lease has passed to another worker."""
    released = Delivery.objects.filter(pk=delivery.pk, lease_token=delivery.lease_token).update(
        lease_until=None,
        lease_token=None,
        last_http_status=delivery.last_http_status,
        last_ocpi_status=delivery.last_ocpi_status,
        last_exchange_id=delivery.last_exchange_id,
        **fields,
    )
    if not released:
        log.warning("lease_lost", delivery=delivery.pk)
