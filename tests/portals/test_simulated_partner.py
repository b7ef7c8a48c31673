"""A portal and the simulated partner: the same set on both sides, and what follows from its faults."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from exchange.outcomes import COOL_OFF_SECONDS
from ocpi.datetimes import format_datetime
from ocpi.ids import PartyId
from simulator.application import Settings, Simulator
from simulator.documents import canonical
from tests import builders
from tests.portals.support import Portal, evse_path, locations_file, wait_until
from tests.simulator.support import Running

pytestmark = pytest.mark.portals
# An answer that proves nothing is followed by half a minute of silence, of which tests wait out the end.
END_OF_SILENCE_SECONDS = 3.0


@dataclass
class Partner:
    """A simulated partner that is connected with a portal and sees one party of it."""

    running: Running
    portal: Portal
    name: str
    sees: str

    def is_level(self) -> bool:
        """Does it hold exactly what the party it sees has?"""
        digest = hashlib.sha256()
        for document in self.portal.do("exported", party=self.sees):
            digest.update(canonical(orjson.loads(document)) + b"\n")
        return bool(self.running.state()["received"]["digest"] == digest.hexdigest())

    def difference(self) -> str:
        """For the reader of a failure: how much differs, and one example."""
        ours = [orjson.loads(document) for document in self.portal.do("exported", party=self.sees)]
        theirs = self.running.lines("received")
        differing = [pair for pair in zip(ours, theirs, strict=False) if pair[0] != pair[1]]
        return (
            f"it holds what the portal holds; {len(differing)} of {len(ours)} differ "
            f"({len(theirs)} there, {self.portal.pending(self.name)} to be delivered), such as\n"
            f"{differing[:1]}\n{self.portal.connection(self.name)}"
        )

    def misbehave(self, mode: str) -> None:
        self.running.post("faults", mode=mode)

    def was_hit(self) -> bool:
        return bool(self.running.state()["faults"]["hits"])

    def delivery(self) -> dict[str, Any]:
        """The row of the only delivery to it."""
        statement = (
            "SELECT row_to_json(d) FROM exchange_delivery d JOIN parties_connection c"
            " ON c.id = d.connection_id WHERE c.name = %s"
        )
        return dict(self.portal.value(statement, self.name))

    def is_in_doubt(self) -> bool:
        return bool(self.delivery()["confirm_after"])

    def silence(self) -> float:
        """The seconds until it is told again what it may have or not."""
        return float(
            self.portal.value(
                "SELECT extract(epoch FROM confirm_after - clock_timestamp()) FROM exchange_delivery d"
                " JOIN parties_connection c ON c.id = d.connection_id WHERE c.name = %s",
                self.name,
            )
        )

    def has_all(self) -> bool:
        return self.portal.pending(self.name) == 0

    def pushes(self, since: int) -> list[str]:
        """The methods of what it was told after a request of its log."""
        log = self.running.control("GET", f"requests?since={since}").json()
        return [r["method"] for r in log["requests"] if r["method"] in {"PUT", "PATCH"}]


Connect = Callable[..., Partner]


@pytest.fixture
def party(
    portals: tuple[Portal, Portal], parties: Callable[[str], str], tmp_path: Path
) -> Callable[[int], str]:
    """Makes a party on A with so many locations."""

    def make(count: int) -> str:
        name = parties("A")
        portals[0].do("host", party=name)
        file = locations_file(tmp_path / f"{count}.json", [name], count)
        assert portals[0].do("take_in", file=str(file))["created"] == count
        return name

    return make


@pytest.fixture
def connect(
    portals: tuple[Portal, Portal], parties: Callable[[str], str], tmp_path: Path
) -> Iterator[Connect]:
    """Starts simulated partners and connects them with A; all stop at the end."""
    started: list[Simulator] = []

    def one(sees: str, locations: int = 0, version: str = "2.2.1") -> Partner:
        me = parties("S")
        settings = Settings(
            tmp_path / me[3:],
            party=PartyId.parse(me),
            locations=locations,
            changes_per_minute=0.0,
        )
        started.append(Simulator(settings))
        running = Running(started[-1])
        running.simulator.start()
        invitation = portals[0].do("invite", name=f"Simulated {me}", party=sees)
        running.post("connect", version=version, **invitation)
        return Partner(running, portals[0], f"Simulated {me}", sees)

    yield one
    for simulator in started:
        simulator.stop()


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
def test_it_holds_the_same_set_as_the_portal_and_the_other_way_round(
    party: Callable[[int], str], connect: Connect, version: str
) -> None:
    partner = connect(party(120), locations=20, version=version)
    own = str(partner.running.simulator.identity.party)
    wait_until(partner.is_level, partner.difference)
    assert partner.running.state()["received"]["locations"] == 120
    wait_until(lambda: len(partner.portal.holdings(own)) == 20, "the portal has pulled")
    mine = [orjson.loads(document) for document in partner.portal.do("exported", party=own)]
    assert mine == partner.running.lines("own")
    partner.portal.do("change_statuses", party=partner.sees, statuses=["CHARGING"])
    wait_until(partner.is_level, partner.difference)
    assert partner.running.violations() == {}


def test_whatever_it_answers_the_newest_state_arrives(
    party: Callable[[int], str], connect: Connect
) -> None:
    sees = party(1)
    partners = {mode: connect(sees) for mode in ("500", "refuse", "2001", "garbage")}
    portal = partners["500"].portal
    office = portal.do("back_office", name=f"Office of {sees}", party=sees)
    for mode, partner in partners.items():
        wait_until(partner.is_level, "the partner has pulled")
        partner.misbehave(mode)
    change(portal, office, sees, "BLOCKED")
    for mode, partner in partners.items():
        wait_until(partner.was_hit, f"the partner was told and answered {mode}")
    refused_for_good(partners["2001"])
    for mode in ("500", "garbage"):
        wait_until(partners[mode].is_in_doubt, "what became of it is in doubt")
    marks = {mode: partner.running.state()["last_request"] for mode, partner in partners.items()}
    for partner in partners.values():
        partner.misbehave("none")
    change(portal, office, sees, "RESERVED")
    for mode in ("500", "garbage"):
        silent = partners[mode].silence()
        assert silent <= 1.5 * COOL_OFF_SECONDS
        portal.pass_time(partners[mode].name, max(silent - END_OF_SILENCE_SECONDS, 0))
    for mode, partner in partners.items():
        wait_until(partner.is_level, f"all is well after {mode}")
    for mode in ("500", "garbage", "2001"):
        assert partners[mode].pushes(marks[mode]) == ["PUT"]
    for partner in partners.values():
        wait_until(partner.has_all, "nothing is left to be delivered")
        assert partner.delivery()["last_result"] == "delivered"


def change(portal: Portal, office: str, party: str, status: str) -> None:
    """The back office reports a new status of one EVSE."""
    body = {"status": status, "last_updated": format_datetime(datetime.now(UTC))}
    answer = portal.request("PATCH", evse_path(party), office, json=body)
    assert answer.json()["status_code"] == 1000, answer.text


def refused_for_good(partner: Partner) -> None:
    """The refusal shows, with the partner's own words, and nothing is tried again."""
    wait_until(lambda: partner.delivery()["dead_version"], "the refusal is final")
    delivery = partner.delivery()
    assert delivery["last_result"] == "dead"
    assert delivery["last_ocpi_status"] == 2001
    assert "Refused on purpose." in delivery["last_error"]
    assert partner.portal.pending(partner.name) == 0


def test_invoices_go_both_ways_at_2_3_0(
    party: Callable[[int], str], connect: Connect, tmp_path: Path
) -> None:
    """I-002, I-003, I-008, I-009: with somebody who does not share our code above the protocol."""
    partner = connect(party(3), locations=3, version="2.3.0")
    running, portal, sees = partner.running, partner.portal, partner.sees
    own = str(running.simulator.identity.party)
    wait_until(partner.is_level, partner.difference)

    cdr = builders.cdr(f"{sees[3:]}-C", sees, cdr_token=builders.cdr_token(own))
    file = tmp_path / "cdr.json"
    file.write_bytes(orjson.dumps([cdr]))
    portal.do("take_in", file=str(file), module="cdrs", version="2.3.0")
    record = portal.do(
        "issue", ours=sees, partner=own, role="CPO", invoice_id="INV-1", cdrs=[cdr["id"]]
    )

    def told() -> list[str]:
        return [r["id"] for r in running.lines("received", "invoicereconciliation")]

    wait_until(lambda: told() == [record], "it has our invoice")
    portal.do("withdraw", record=record)
    wait_until(lambda: told() == [], "it has deleted our invoice")

    charge = running.post("charges/start", token=builders.token("CARD", sees))
    running.post("charges/update", id=charge["id"], kwh=3.0)
    running.post("charges/stop", id=charge["id"], kwh=1.0)
    sent = running.post("charges/cdr", id=charge["id"])["cdr"]
    invoice = running.post("invoices/issue", invoice_id="INV-2")
    assert (invoice["http_status"], invoice["status_code"]) == (201, 1000)
    held = portal.rows(
        "SELECT r.invoice_id, l.listed_id, l.cdr_id IS NOT NULL FROM settlement_invoicerecord r"
        " JOIN settlement_invoicerecordcdr l ON l.record_id = r.id WHERE r.record_id = %s",
        invoice["record"]["id"],
    )
    assert held == [("INV-2", sent["id"], True)]
    assert running.post("invoices/withdraw", id=invoice["record"]["id"])["status_code"] == 1000
    assert running.violations() == {}
