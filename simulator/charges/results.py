"""Asynchronous results to the address that the other side named: prompt, late, twice, or never."""

import logging
from collections.abc import Callable
from typing import Any, NamedTuple

from ocpi.client import OCPIResponse
from ocpi.convert import Refused
from ocpi.ids import PartyId
from ocpi.versioned import Kind
from ocpi.versions import Role
from simulator.charges.agenda import Agenda, Work
from simulator.charges.faults import ChargeFault
from simulator.charges.mishaps import CommandMishap
from simulator.charges.pace import PaceSwitch
from simulator.charges.partner import AwayError, Lines
from simulator.documents import Document

logger = logging.getLogger(__name__)

TIMEOUT_SECONDS = 30
LATE_SECONDS = TIMEOUT_SECONDS + 15


class Asked(NamedTuple):
    """A request that wants a result: `ours` was asked by `theirs`."""

    url: str
    ours: PartyId
    theirs: PartyId | None
    correlation_id: str | None = None


class Results:
    """Sends results when they are due."""

    def __init__(self, agenda: Agenda, pace: PaceSwitch, lines: Lines) -> None:
        self._agenda = agenda
        self._pace = pace
        self._lines = lines

    @property
    def fails(self) -> bool:
        """Whether results are to be bad ones."""
        return self._pace.has(ChargeFault.FAILED_RESULT)

    def plan(
        self,
        asked: Asked,
        kind: Kind,
        make: "Make",
        then: Work,
        *,
        mishap: CommandMishap | None = None,
    ) -> None:
        """Send what `make` returns, and do `then` when that was sent; as the faults want it."""

        def give() -> None:
            document, is_good = make()
            self._send(asked, kind, document)
            if self._pace.has(ChargeFault.RESULT_TWICE):
                self._send(asked, kind, document)
            if is_good:
                then()

        if self._pace.has(ChargeFault.NO_RESULT) or mishap is CommandMishap.NEVER:
            return
        if self._pace.has(ChargeFault.EARLY_RESULT):
            give()
            return
        late = self._pace.has(ChargeFault.LATE_RESULT) or mishap is CommandMishap.LATE
        self._agenda.after(LATE_SECONDS if late else self._pace.now.result_seconds, give)

    def _send(self, asked: Asked, kind: Kind, document: Document) -> OCPIResponse | None:
        try:
            line = self._lines.callback(asked.url, asked.ours, asked.theirs, Role.EMSP)
            said = self._lines.said(line, kind, document)
        except (AwayError, Refused) as reason:
            logger.info("No result: %s", reason)
            return None
        response = self._lines.send(
            line, "POST", asked.url, said, correlation_id=asked.correlation_id
        )
        if not response.ok:
            logger.info("A result was not taken: %s", response.diagnosis)
        return response


Make = Callable[[], tuple[dict[str, Any], bool]]
