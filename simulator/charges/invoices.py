"""Invoices by the CDRs they charge, told and taken at OCPI 2.3.0 (mod_invoice_reconciliation).

Direct billing: as CPO we say which of our CDRs an invoice charges.
"""

import threading
import uuid
from contextlib import suppress
from http import HTTPStatus

from ocpi import envelope
from ocpi.client import OCPIResponse
from ocpi.convert import Refused
from ocpi.datetimes import format_datetime
from ocpi.errors import InvalidParameters
from ocpi.ids import PartyId
from ocpi.urls import join
from ocpi.versions import InterfaceRole
from simulator.charges.agenda import Agenda
from simulator.charges.mishaps import Chance
from simulator.charges.pace import PaceSwitch
from simulator.charges.partner import AwayError, Lines
from simulator.charges.reading import Reader
from simulator.documents import Document, party_of
from simulator.messages import Request, Response
from simulator.ocpi_receiver import Receiver
from simulator.own_objects import OwnObjects
from simulator.received_objects import ObjectKey, ReceivedObjects

MODULE = "invoicereconciliation"
EVERY_SECONDS = 120.0
AT_LEAST = 5
KEPT = 200
METHODS = ("GET", "PUT", "DELETE")


class Invoices:
    """What we bill: an invoice now and then, for the CDRs that no invoice charges yet."""

    def __init__(
        self,
        agenda: Agenda,
        pace: PaceSwitch,
        lines: Lines,
        own: dict[str, OwnObjects],
        chance: Chance,
    ) -> None:
        self._agenda = agenda
        self._pace = pace
        self._lines = lines
        self._own = own[MODULE]
        self._cdrs = own["cdrs"]
        self._chance = chance
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Bill now and then, while cars charge by themselves."""
        self._agenda.after(EVERY_SECONDS, self._now_and_then)

    def issue(self, invoice_id: str | None = None, cdrs: list[str] | None = None) -> Document:
        """Tell the partner of an invoice for `cdrs`, or for all that none charges yet.

        LookupError where there are none; AwayError where the partner takes no invoices.
        """
        with self._lock:
            to, found = self._unbilled()
            listed = cdrs or [cdr["id"] for cdr in found]
            if not found and not cdrs:
                raise LookupError("Every CDR is on an invoice already.")
            return self._tell(to, found, listed, invoice_id)

    def withdraw(self, record_id: str) -> Document:
        """Take an invoice back; LookupError for one that is not there."""
        for record in self._own.documents():
            if record["id"] == record_id:
                self._own.delete(record)
                sender = party_of(record)
                line = self._lines.find(MODULE, InterfaceRole.RECEIVER, sender)
                url = join(line.url, *sender, record_id)
                return _said(record, self._lines.send(line, "DELETE", url))
        raise LookupError(f"There is no invoice {record_id}.")

    def _unbilled(self) -> tuple[PartyId | None, list[Document]]:
        """The CDRs on no invoice that are of one CPO of ours for drivers of one eMSP, and which that is."""
        billed = {cdr for record in self._own.documents() for cdr in record["cdrs"]}
        left = [cdr for cdr in self._cdrs.documents() if cdr["id"] not in billed]
        if not left:
            return None, []
        between = _between(left[0])
        return between[1], [cdr for cdr in left if _between(cdr) == between]

    def _tell(
        self,
        to: PartyId | None,
        found: list[Document],
        listed: list[str],
        invoice_id: str | None,
    ) -> Document:
        sender = _between(found[0])[0] if found else party_of(next(self._cdrs.documents()))
        line = self._lines.find(MODULE, InterfaceRole.RECEIVER, sender, to)
        now = self._agenda.now()
        record: Document = {
            **sender._asdict(),
            "id": str(uuid.uuid4()),
            "invoice_id": invoice_id or f"{sender.party_id}-{now:%Y%m%d-%H%M%S}",
            "cdrs": listed,
            "last_updated": format_datetime(now),
        }
        said = self._lines.said(line, "invoice_record", record)
        self._own.put(record)
        self._own.trim(KEPT)
        return _said(record, self._lines.send(line, "POST", line.url, said))

    def _now_and_then(self) -> None:
        self.begin()
        if not self._pace.now.is_running:
            return
        to, found = self._unbilled()
        if len(found) < AT_LEAST:
            return
        listed = [cdr["id"] for cdr in found]
        if self._chance.strikes("invoice"):
            # One that was never sent, and one twice.
            listed += [f"{listed[0]}-LOST", listed[-1]]
        # A partner at an earlier version takes no invoices.
        with self._lock, suppress(AwayError, Refused):
            self._tell(to, found, listed, None)


class InvoicesReceiver:
    """POST of a record, and GET, PUT and DELETE of one (Receiver Interface)."""

    def __init__(self, receiver: Receiver, reader: Reader, received: ReceivedObjects) -> None:
        self._receiver = receiver
        self._reader = reader
        self._received = received

    def answer(
        self, request: Request, version: str, ids: tuple[str, ...], *, older: bool = False
    ) -> Response:
        """Answer a request; `ids` are the path segments after the endpoint."""
        if ids or request.method != "POST":
            return self._receiver.answer(request, version, ids, older=older)
        body = request.read_body()
        record = self._reader.read(version, "invoice_record", body, request.path)
        held = self._received.get(ObjectKey.of(*party_of(record), record["id"]))
        if held is not None and _content(held) != _content(record):
            self._reader.count("record_changed", f"{version} {record['id']}")
            raise InvalidParameters(f"The record {record['id']} is held with other contents.")
        if held is None:
            self._received.put(record, 0, body, version)
        status = HTTPStatus.CREATED if held is None else HTTPStatus.OK
        return Response(status=status, body=envelope.encode())


def _between(cdr: Document) -> tuple[PartyId, PartyId]:
    token = cdr["cdr_token"]
    return party_of(cdr), PartyId.of(token["country_code"], token["party_id"])


def _content(record: Document) -> Document:
    return {name: value for name, value in record.items() if name != "last_updated"}


def _said(record: Document, response: OCPIResponse) -> Document:
    """The record and what came of telling it."""
    return {
        "record": record,
        "http_status": response.http_status,
        "status_code": response.status_code,
    }
