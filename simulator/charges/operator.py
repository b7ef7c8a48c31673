"""The steps of a charge at an EVSE of ours, one by one: start, update, stop, CDR."""

from datetime import datetime
from typing import Any, NamedTuple

from ocpi.client import OCPIResponse
from ocpi.datetimes import format_datetime, parse_datetime
from simulator.charges import papers
from simulator.charges.agenda import Agenda
from simulator.charges.book import RUNNING, Book, Charge, Phase
from simulator.charges.mistakes import Mistakes, twin_id
from simulator.charges.pace import PaceSwitch
from simulator.charges.telling import Telling
from simulator.cpo import Cpo
from simulator.database import Database
from simulator.documents import Document, microseconds, party_of, token_key
from simulator.own_locations import EvseKey, OwnLocations
from simulator.own_objects import OwnObjects

NUMBER_SETTING = "charge_number"
KEPT = 2000
AC_KW = 11.0
DC_KW = 60.0
STATUS_OF = {Phase.RESERVED: "RESERVATION", Phase.PENDING: "PENDING", Phase.ACTIVE: "ACTIVE"}


class NotPossibleError(ValueError):
    """A step that cannot be done now; the message says why."""


class Begin(NamedTuple):
    """How a charge begins; `phase` is RESERVED, PENDING or ACTIVE."""

    evse: EvseKey
    token: Document
    auth_method: str
    phase: Phase = Phase.ACTIVE
    connector_id: str | None = None
    authorization_reference: str | None = None
    reservation_id: str | None = None
    expires: str | None = None
    automatic: bool = False
    mishap: str | None = None
    correlation_id: str | None = None


class Operator:
    """Does the steps. Each tells the partner before it returns; LookupError for an unknown charge."""

    def __init__(
        self,
        database: Database,
        agenda: Agenda,
        pace: PaceSwitch,
        book: Book,
        own: dict[str, OwnObjects],
        locations: OwnLocations,
        cpo: Cpo,
        telling: Telling,
        mistakes: Mistakes,
    ) -> None:
        self._database = database
        self._agenda = agenda
        self._pace = pace
        self._book = book
        self._locations = locations
        self._tariffs = own["tariffs"]
        self._sessions = own["sessions"]
        self._cdrs = own["cdrs"]
        self._cpo = cpo
        self._telling = telling
        self._mistakes = mistakes

    def start(self, begin: Begin) -> Charge:
        """Begin a session and tell it by PUT; NotPossibleError when the EVSE is not free."""
        return self.begin(self.prepare(begin))

    def prepare(self, begin: Begin) -> Charge:
        """Take the EVSE for a session that is about to begin; NotPossibleError when it is not free."""
        location = self._locations.find(begin.evse.location_id)
        if location is None:
            raise NotPossibleError(f"There is no Location {begin.evse.location_id}.")
        if not self._cpo.take(begin.evse):
            raise NotPossibleError(f"The EVSE {begin.evse.evse_uid} is not free.")
        return self._charge(begin, location)

    def begin(self, charge: Charge) -> Charge:
        """Begin the session that was prepared, and tell it."""
        status = "RESERVED" if charge.phase is Phase.RESERVED else "CHARGING"
        self._cpo.set_status(charge.evse, status)
        charge.tariff = self._tariff_now(charge)
        place = self._place(charge)
        session = papers.new_session(charge, place, STATUS_OF[charge.phase])
        self._keep(session)
        self._telling.session(charge, session, place.location)
        self._book.put(charge)
        self._book.trim()
        return charge

    def go_active(self, charge_id: str) -> Charge:
        """The car takes energy: PENDING and RESERVED become ACTIVE, and the session starts now."""
        with self._book.changing(charge_id) as charge:
            if charge.phase not in (Phase.RESERVED, Phase.PENDING):
                raise NotPossibleError(f"The charge is {charge.phase} already.")
            if charge.phase is Phase.RESERVED:
                self._cpo.set_status(charge.evse, "CHARGING")
            moment = self._moment()
            charge.phase, charge.began, charge.metered = Phase.ACTIVE, moment, moment
            charge.tariff = self._tariff_now(charge)
            changes = {"status": "ACTIVE", "start_date_time": moment}
            self._change(charge, changes)
            return charge

    def update(self, charge_id: str, kwh: float | None = None) -> Charge:
        """Add a charging period, with this energy or what flowed since the last, and tell it."""
        with self._book.changing(charge_id) as charge:
            if charge.phase is not Phase.ACTIVE:
                raise NotPossibleError(f"The charge is {charge.phase}, not active.")
            self._change(charge, {}, kwh=self._flowed(charge) if kwh is None else kwh)
            charge.updates += 1
            return charge

    def stop(self, charge_id: str, kwh: float | None = None) -> Charge:
        """End the session, free the EVSE, and tell both."""
        with self._book.changing(charge_id) as charge:
            if charge.phase not in RUNNING:
                raise NotPossibleError(f"The charge is {charge.phase}, not going on.")
            ending = {"status": "COMPLETED", "end_date_time": self._moment()}
            # Even a charge that never began has a period: a CDR without any is none.
            flowed = self._flowed(charge) if charge.phase is Phase.ACTIVE else 0.0
            self._change(charge, ending, kwh=flowed if kwh is None else kwh)
            charge.phase = Phase.COMPLETED
            self._free(charge)
            return charge

    def invalidate(self, charge_id: str) -> Charge:
        """The session turns out to be none: INVALID, and without a CDR."""
        with self._book.changing(charge_id) as charge:
            if charge.phase not in RUNNING:
                raise NotPossibleError(f"The charge is {charge.phase}, not going on.")
            self._change(charge, {"status": "INVALID", "end_date_time": self._moment()})
            charge.phase = Phase.INVALID
            self._free(charge)
            self._telling.forget(charge)
            return charge

    def send_cdr(self, charge_id: str, *, credit: bool = False) -> list[Document]:
        """Send the CDR, the same at every call; with `credit` take it back and send another.

        Returns what was sent. NotPossibleError before the end.
        """
        with self._book.changing(charge_id) as charge:
            if charge.phase not in (Phase.COMPLETED, Phase.DONE):
                raise NotPossibleError(f"The charge is {charge.phase}: there is no CDR of it.")
            cdrs = self._cdrs_of(charge)
            if not credit:
                self._send(charge, cdrs)
                return cdrs
            cdr, number, moment = cdrs[0], len(charge.cdr_ids) + 1, self._moment()
            anew = papers.corrected(cdr, self._place(charge), number, moment)
            sent = [papers.credit_of(cdr, moment), anew]
            self._send(charge, sent)
            return sent

    def retell(self, charge_id: str) -> None:
        """Tell the session as it is, where the partner has not taken it."""
        with self._book.changing(charge_id) as charge:
            if not charge.told:
                self._change(charge, {})

    def busy_cards(self) -> set[str]:
        """The keys of the Tokens that have an EVSE here now."""
        tokens = (charge.token for charge in self._book.all(*RUNNING))
        return {token_key(token["uid"], token["type"]) for token in tokens}

    def session(self, charge: Charge) -> Document:
        """The session of a charge; LookupError when it was forgotten."""
        session = self._sessions.get(charge.id, self._locations.parties)
        if session is None:
            raise LookupError(f"There is no session {charge.id}.")
        return session

    def _charge(self, begin: Begin, location: Document) -> Charge:
        moment = self._moment()
        evse = next(e for e in location["evses"] if e["uid"] == begin.evse.evse_uid)
        connectors = evse["connectors"]
        connector = next((c for c in connectors if c["id"] == begin.connector_id), connectors[0])
        return Charge(
            id=self._next_id(),
            location_id=location["id"],
            evse_uid=evse["uid"],
            connector_id=connector["id"],
            token=begin.token,
            auth_method=begin.auth_method,
            phase=begin.phase,
            automatic=begin.automatic,
            began=moment,
            metered=moment,
            power_kw=power_of(connector),
            authorization_reference=begin.authorization_reference,
            reservation_id=begin.reservation_id,
            expires=begin.expires,
            mishap=begin.mishap,
            correlation_id=begin.correlation_id,
        )

    def _next_id(self) -> str:
        # Counted from the first start on, so that an emptied data folder repeats no id.
        with self._database.transaction():
            first = int(self._agenda.now().timestamp())
            number = max(int(self._database.setting(NUMBER_SETTING) or first) + 1, 1)
            self._database.set_setting(NUMBER_SETTING, number)
        return f"S{number}"

    def _place(self, charge: Charge) -> papers.Place:
        location = self._locations.find(charge.location_id)
        if location is None:
            raise LookupError(f"There is no Location {charge.location_id}.")
        return papers.Place(location, charge, charge.tariff)

    def _tariff_now(self, charge: Charge) -> Document | None:
        """What its connector costs now: what a charge that begins now is billed by, whatever it costs later."""
        place = self._place(charge)
        names = place.connector.get("tariff_ids") or ()
        found = (self._tariffs.get(name, (party_of(place.location),)) for name in names)
        return next((tariff for tariff in found if tariff is not None), None)

    def _flowed(self, charge: Charge) -> float:
        """The energy in kWh since it was metered last."""
        began = parse_datetime(charge.metered)
        seconds = (self._agenda.now() - began).total_seconds() * self._pace.now.time_scale
        return round(charge.power_kw * max(seconds, 0.0) / 3600, 4)

    def _change(
        self, charge: Charge, changes: dict[str, Any], kwh: float | None = None
    ) -> OCPIResponse | None:
        """Change the session, keep it and tell what changed."""
        session, place = self.session(charge), self._place(charge)
        changed = set(changes)
        if kwh is not None:
            ended = max(self._agenda.now(), parse_datetime(charge.metered))
            papers.add_period(session, place, parse_datetime(charge.metered), ended, kwh)
            charge.metered = format_datetime(ended)
            changed |= {"kwh", "charging_periods", "total_cost"}
        session |= changes
        session["last_updated"] = self._later_than(session["last_updated"])
        self._keep(session)
        return self._telling.session(charge, session, place.location, sorted(changed))

    def _cdrs_of(self, charge: Charge) -> list[Document]:
        """Its CDR, as it was sent before or anew, and the second one where it is billed twice."""
        cdr_id, parties = _cdr_id(charge), self._locations.parties
        held = self._cdrs.get(cdr_id, parties)
        if held is not None:
            twin = self._cdrs.get(twin_id(cdr_id), parties)
            return [held] if twin is None else [held, twin]
        place = self._place(charge)
        cdr = papers.cdr_of(self.session(charge), place, cdr_id, self._moment())
        # What goes wrong in another way already is billed right, so that each can be told from the other.
        return list(self._mistakes.spoilt(cdr, place, is_right=charge.mishap is not None))

    def _send(self, charge: Charge, cdrs: list[Document]) -> None:
        location = self._place(charge).location
        for cdr in cdrs:
            self._cdrs.put(cdr)
            response = self._telling.cdr(charge, cdr, location)
            if cdr["id"] not in charge.cdr_ids:
                charge.cdr_ids.append(cdr["id"])
            if response is not None and response.ok:
                charge.cdr_url = response.headers.get("Location")
                charge.phase = Phase.DONE
                self._telling.forget(charge)
        self._cdrs.trim(KEPT)

    def _free(self, charge: Charge) -> None:
        self._cpo.release(charge.evse)
        self._cpo.set_status(charge.evse, "AVAILABLE")

    def _keep(self, session: Document) -> None:
        self._sessions.put(session)
        self._sessions.trim(KEPT)

    def _moment(self) -> str:
        return format_datetime(self._agenda.now())

    def _later_than(self, timestamp: str) -> str:
        """Now, or a millisecond after `timestamp`: two states of a session have two times."""
        now: datetime = self._agenda.now()
        if microseconds(format_datetime(now)) > microseconds(timestamp):
            return format_datetime(now)
        return papers.a_millisecond_after(timestamp)


def _cdr_id(charge: Charge) -> str:
    return f"CDR-{charge.id}"


def power_of(connector: Document) -> float:
    """What a car takes at a Connector, in kW."""
    offered = float(connector.get("max_electric_power") or 1000 * AC_KW) / 1000
    return min(offered, DC_KW if connector["power_type"] == "DC" else AC_KW)
