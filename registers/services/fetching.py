"""Reading registers from where they are published."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.db.models import F, Q
from django.utils import timezone

from exchange.egress import policy
from ocpi.http import HTTPClient, HTTPFailure
from parties import events
from registers.models import Register, RegisterImport
from registers.services.importing import read_list

log = structlog.get_logger(__name__)

_MOST_BYTES = 20_000_000
_DEADLINE = 60.0


class CannotFetch(ValueError):
    """The list could not be had from its address; the message says why."""


def fetch(register: Register, *, actor: events.Actor = None) -> list[RegisterImport]:
    """Read a register from its address and take over what it lists; see :func:`read_list`.

    The address obeys the rules of every request of ours. Raises :class:`CannotFetch`.
    """
    if not register.url:
        raise CannotFetch(f"No address is set for {register}; upload its list instead.")
    client = HTTPClient(policy(_MOST_BYTES, _DEADLINE))
    try:
        answer = client.send("GET", register.url, {"Accept": "*/*"})
    except HTTPFailure as failure:
        raise CannotFetch(f"{register.url}: {failure}") from None
    finally:
        client.close()
    if answer.status != 200:
        raise CannotFetch(f"{register.url} answered with HTTP {answer.status}.")
    return read_list(register, answer.body, source=register.url, actor=actor)


def refresh_due() -> int:
    """Read every register whose time has come; returns how many. One that cannot be had is tried again."""
    now = timezone.now()
    due = Register.objects.exclude(url="").filter(refresh_days__isnull=False)
    read = 0
    for register in due.filter(Q(read_at=None) | Q(read_at__lte=now)).order_by(F("read_at").asc()):
        if register.read_at and register.read_at + timedelta(days=register.refresh_days or 0) > now:
            continue
        try:
            fetch(register, actor="system")
        except CannotFetch as error:
            log.warning("register_not_fetched", register=register.key, error=str(error))
        else:
            read += 1
    return read
