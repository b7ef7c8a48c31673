"""Writing down a handshake while it happens, so that whoever watches sees every step live."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.db.models.functions import Now
from django.utils import timezone

from credentials.choices import HandshakeDirection, HandshakeState, Problem, StepState
from credentials.failures import HandshakeFailure
from credentials.models import Handshake, HandshakeStep
from exchange.egress import PartnerClient
from ocpi.errors import OCPIError
from parties import events
from parties.models import Connection


def begin(
    connection: Connection,
    kind: str,
    direction: str,
    *,
    actor: events.Actor = None,
    version: str = "",
    correlation_id: str = "",
) -> Handshake:
    """A new handshake: waiting for a worker when it is ours, running when it is the partner's."""
    ours = direction == HandshakeDirection.OUT
    return Handshake.objects.create(
        connection=connection,
        kind=kind,
        direction=direction,
        state=HandshakeState.WAITING if ours else HandshakeState.RUNNING,
        version=version,
        correlation_id=correlation_id or str(uuid.uuid4()),
        actor=events.actor_name(actor),
        started_at=None if ours else timezone.now(),
    )


def claim(handshake: Handshake) -> bool:
    """Take a waiting handshake; false when somebody else has."""
    now = timezone.now()
    claimed = Handshake.objects.filter(pk=handshake.pk, state=HandshakeState.WAITING).update(
        state=HandshakeState.RUNNING, started_at=now, touched_at=now
    )
    handshake.refresh_from_db()
    return claimed == 1


def finish(handshake: Handshake, diagnosis: str, problem: str = "") -> None:
    """Close a handshake as done, or as failed when there is a ``problem``; a closed one stays as it is."""
    state = HandshakeState.FAILED if problem else HandshakeState.DONE
    Handshake.objects.open().filter(pk=handshake.pk).update(
        state=state, problem=problem, diagnosis=diagnosis, finished_at=Now(), touched_at=Now()
    )
    handshake.refresh_from_db()


class Step:
    """The step under way; what is written to ``detail`` is shown when it ends."""

    def __init__(self) -> None:
        self.detail = ""
        self.state = StepState.DONE

    def warn(self, detail: str) -> None:
        """The step ends with a warning instead of failing the handshake."""
        self.detail, self.state = detail, StepState.WARNING

    def skip(self, detail: str) -> None:
        self.detail, self.state = detail, StepState.SKIPPED


class Steps:
    """The steps of one handshake. Nothing here may run inside a transaction of the caller."""

    def __init__(self, handshake: Handshake) -> None:
        self.handshake = handshake
        self._position = handshake.steps.count()

    @contextmanager
    def step(self, title: str, client: PartnerClient | None = None) -> Iterator[Step]:
        """One step; an error that leaves the block makes it a failed one and goes on."""
        self._position += 1
        row = HandshakeStep.objects.create(
            handshake=self.handshake, position=self._position, title=title
        )
        self._touch()
        step, started = Step(), time.monotonic()
        before = client.last_exchange_id if client else None
        try:
            yield step
        except BaseException as error:
            step.state, step.detail = StepState.FAILED, _sentence(error)
            raise
        finally:
            row.state, row.detail = step.state, step.detail
            row.duration_ms = round((time.monotonic() - started) * 1000)
            if client and client.last_exchange_id != before:
                row.exchange_id = client.last_exchange_id
            row.save(update_fields=["state", "detail", "duration_ms", "exchange_id"])
            self._touch()

    def _touch(self) -> None:
        Handshake.objects.filter(pk=self.handshake.pk).update(touched_at=timezone.now())


def _sentence(error: BaseException) -> str:
    if isinstance(error, HandshakeFailure):
        return error.fact
    if isinstance(error, OCPIError):
        return error.message
    return Problem.OUR_ERROR.label
