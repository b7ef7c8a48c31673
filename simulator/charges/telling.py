"""Sessions and CDRs as the CPO tells them: PUT, PATCH and POST, and the faults of each."""

import logging
from collections.abc import Collection

from ocpi.client import OCPIResponse
from ocpi.convert import Refused
from ocpi.ids import PartyId
from ocpi.status import StatusCode
from ocpi.urls import join
from ocpi.versions import WITHOUT_ROUTING, InterfaceRole
from simulator.charges.book import Charge
from simulator.charges.faults import ChargeFault
from simulator.charges.pace import PaceSwitch
from simulator.charges.partner import AwayError, Line, Lines
from simulator.documents import Document, party_of

logger = logging.getLogger(__name__)

PERIODS = "charging_periods"


class Telling:
    """Pushes to the eMSP of the token; what does not arrive, the next push or a pull repairs."""

    def __init__(self, lines: Lines, pace: PaceSwitch) -> None:
        self._lines = lines
        self._pace = pace
        self._before: dict[str, Document] = {}
        self.failures = 0
        self.last_failure: str | None = None

    def session(
        self, charge: Charge, session: Document, location: Document, changed: Collection[str] = ()
    ) -> OCPIResponse | None:
        """Tell the current state: the `changed` fields by PATCH, or all by PUT. None if not at all.

        `charge.told` is what came of it, `charge.told_periods` how many periods the partner has.
        """
        if changed and self._pace.has(ChargeFault.SILENT):
            charge.told = False
            return None
        try:
            line = self._to_owner("sessions", session)
            said = self._lines.said(line, "session", session, location)
        except (AwayError, Refused) as reason:
            self._untold(charge, str(reason))
            return None
        url = join(line.url, *party_of(session), session["id"])
        if changed and charge.told:
            response = self._patch(line, url, charge, said, changed)
        else:
            response = self._put(line, url, charge, said)
        charge.told = response.ok
        if response.ok:
            charge.told_periods = len(session.get(PERIODS, ()))
        else:
            self._note(response.diagnosis)
        return response

    def cdr(self, charge: Charge, cdr: Document, location: Document) -> OCPIResponse | None:
        """POST a CDR, as the faults want it; None when it cannot be told."""
        try:
            line = self._to_owner("cdrs", cdr)
            said = self._lines.said(line, "cdr", cdr, location)
        except (AwayError, Refused) as reason:
            self._note(str(reason))
            return None
        response = self._post_cdr(line, charge, said)
        if self._pace.has(ChargeFault.CDR_TWICE):
            response = self._post_cdr(line, charge, said)
        if self._pace.has(ChargeFault.CDR_CHANGED):
            self._post_cdr(line, charge, {**said, "total_energy": said["total_energy"] + 1})
        if not response.ok:
            self._note(response.diagnosis)
        return response

    def _post_cdr(self, line: Line, charge: Charge, said: Document) -> OCPIResponse:
        return self._lines.send(line, "POST", line.url, said, correlation_id=charge.correlation_id)

    def _put(self, line: Line, url: str, charge: Charge, said: Document) -> OCPIResponse:
        return self._lines.send(line, "PUT", url, said, correlation_id=charge.correlation_id)

    def _patch(
        self, line: Line, url: str, charge: Charge, said: Document, changed: Collection[str]
    ) -> OCPIResponse:
        # At 2.1.1 a PATCH holds all charging periods, since 2.2 those that are to be appended.
        skipped = 0 if line.partner.version in WITHOUT_ROUTING else charge.told_periods
        wanted = {**said, PERIODS: said[PERIODS][skipped:]} if PERIODS in said else said
        # 2.1.1 spells start_date_time and end_date_time of a Session otherwise.
        names = (*changed, *(name.replace("_date_time", "_datetime") for name in changed))
        changes = {name: wanted[name] for name in (*names, "last_updated") if name in wanted}
        response = self._lines.send(
            line, "PATCH", url, changes, correlation_id=charge.correlation_id
        )
        if _is_unknown(response):
            # What does not exist there is PUT.
            return self._put(line, url, charge, said)
        before = self._before.get(charge.id)
        if self._pace.has(ChargeFault.OLD_PATCH) and before is not None:
            self._lines.send(line, "PATCH", url, before, correlation_id=charge.correlation_id)
        self._before[charge.id] = changes
        return response

    def forget(self, charge: Charge) -> None:
        """The charge is over."""
        self._before.pop(charge.id, None)

    def _to_owner(self, module: str, document: Document) -> Line:
        token = document["cdr_token"]
        to = PartyId.of(token["country_code"], token["party_id"])
        return self._lines.find(module, InterfaceRole.RECEIVER, party_of(document), to)

    def _untold(self, charge: Charge, reason: str) -> None:
        charge.told = False
        self._note(reason)

    def _note(self, reason: str) -> None:
        logger.info("Not told: %s", reason)
        self.failures += 1
        self.last_failure = reason


def _is_unknown(response: OCPIResponse) -> bool:
    return response.http_status == 404 or response.status_code == StatusCode.UNKNOWN_LOCATION
