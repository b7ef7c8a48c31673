"""Sessions come in by push, go on to whom they concern, and are listed from a date on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from charging.models import Session, SessionReading
from charging.sessions.outbox import SessionsOutbox
from exchange.models import Delivery, WarningCount
from exchange.registry import Push
from locations import services as locations
from ocpi import convert
from ocpi.convert import Beside
from parties.choices import ConnectionKind
from tests import builders
from tests.builders import EARLIER, LATER, LATEST, Partner, period

pytestmark = pytest.mark.django_db
VERSIONS = ("2.1.1", "2.2.1", "2.3.0")
PATH = "receiver/sessions/NL/ABC/S1"
BESIDE = Beside(location=builders.location(), token_of=lambda contract: builders.cdr_token())


def cpo(version: str = "2.3.0") -> Partner:
    """A partner's CPO whose sessions are of our cards."""
    builders.party("DE*XYZ", "EMSP", ours=True)
    theirs = builders.party("NL*ABC", "CPO")
    return builders.partner("Cpo", speaks_for=(theirs,), version=version)


def said(version: str, **fields: Any) -> dict[str, Any]:
    """A session as a version writes it."""
    document = convert.from_canonical(
        version, "session", builders.session(**fields), beside=BESIDE
    ).document
    return json.loads(json.dumps(document, default=float))  # type: ignore[no-any-return]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_is_put_and_got(version: str) -> None:
    """S-002, S-024, S-025."""
    partner = cpo(version)
    assert partner.put(PATH, said(version)).http_status == 201
    row = Session.objects.get()
    assert (row.reference, row.emsp.identity, row.status) == ("NL*ABC/S1", ("DE", "XYZ"), "ACTIVE")
    assert (row.location_key, row.evse_key, row.connector_id) == ("LOC1", "3256", "1")
    answer = partner.get(PATH)
    if version == "2.1.1":
        assert answer.http_status == 404, "its location is not known here"
        owner = builders.party("NL*ABC", "CPO")
        locations.put_location(owner, builders.location(), source=None)
        assert partner.get(PATH).data["location"]["evses"][0]["uid"] == "3256"
    else:
        assert answer.data == said(version)
    for method in ("POST", "DELETE"):
        assert partner.call(method, PATH, {}).http_status == 405
    assert partner.patch(f"{PATH}/charging_periods", {}).http_status == 404


def test_put_replaces_and_patch_appends_once() -> None:
    """S-003, S-004, S-005, S-006, S-008."""
    partner = cpo()
    first, second = period(EARLIER, ENERGY=1.0), period(LATER, ENERGY=2.0)
    partner.put(PATH, builders.session(charging_periods=[first]))
    patch = {"charging_periods": [second], "kwh": 3.0, "last_updated": LATEST}
    for _ in range(2):
        assert partner.patch(PATH, patch).code == 1000
    assert partner.get(PATH).data["charging_periods"] == [first, second]
    assert partner.patch(PATH, {"charging_periods": [], "last_updated": LATEST}).code == 1000
    assert len(partner.get(PATH).data["charging_periods"]) == 2
    assert partner.patch(PATH, {"kwh": 4.0}).code == 2001
    assert partner.put(PATH, builders.session(last_updated=LATEST)).code == 1000
    assert "charging_periods" not in partner.get(PATH).data


def test_patch_replaces_periods_at_2_1_1() -> None:
    partner = cpo("2.1.1")
    partner.put(PATH, said("2.1.1", charging_periods=[period(EARLIER, ENERGY=1.0)]))
    partner.patch(PATH, {"charging_periods": [period(LATER, ENERGY=2.0)], "last_updated": LATEST})
    row = Session.objects.get()
    assert (row.periods, row.last_updated.isoformat()[:19] + "Z") == (1, LATEST)


def test_what_is_older_changes_nothing_and_what_it_came_to_is_kept() -> None:
    """S-017."""
    partner = cpo()
    partner.put(PATH, builders.session(kwh=1.0))
    assert Session.objects.get().total_cost is None
    cost = {"before_taxes": 0.5}
    partner.patch(PATH, {"kwh": 2.0, "total_cost": cost, "last_updated": LATEST})
    assert partner.patch(PATH, {"kwh": 9.0, "last_updated": LATER}).code == 1000
    readings = SessionReading.objects.values_list("kwh", "total_cost")
    assert [(float(kwh), cost and float(cost)) for kwh, cost in readings] == [(1, None), (2, 0.5)]


def test_a_session_without_a_token_owner_is_refused_with_the_field() -> None:
    partner = cpo()
    answer = partner.put(PATH, builders.session(cdr_token={"uid": "1", "type": "RFID"}))
    assert answer.code == 2001
    assert "cdr_token" in answer.message


def test_the_list_needs_a_date_and_holds_what_concerns_the_caller() -> None:
    """S-001, S-026."""
    ours = builders.party("NL*ABC", "CPO", ours=True)
    office = builders.partner("Office", speaks_for=(ours,), kind=ConnectionKind.BACK_OFFICE)
    office.connection.version = "2.3.0"
    office.connection.save()
    for number, emsp in enumerate(("DE*XYZ", "FR*EEE")):
        token = builders.cdr_token(emsp)
        office.put(
            f"receiver/sessions/NL/ABC/S{number}", builders.session(f"S{number}", cdr_token=token)
        )
    xyz = builders.partner("Xyz", speaks_for=(builders.party("DE*XYZ", "EMSP"),), version="2.3.0")
    assert xyz.get("sender/sessions").code == 2001
    listed = xyz.get(f"sender/sessions?date_from={EARLIER}")
    assert [item["id"] for item in listed.data] == ["S0"]
    assert listed.headers["X-Total-Count"] == "1"
    assert xyz.get(f"sender/sessions?date_from={LATEST}").data == []


def passed_on(version: str) -> tuple[Partner, Push]:
    """Our back office at 2.3.0 pushes a session; the push to the eMSP's partner at ``version``."""
    ours = builders.party("NL*ABC", "CPO", ours=True)
    locations.save_location(ours, builders.location())
    office = builders.partner(
        "Office", speaks_for=(ours,), kind=ConnectionKind.BACK_OFFICE, version="2.3.0"
    )
    builders.connection(
        "Emsp",
        speaks_for=(builders.party("DE*XYZ", "EMSP"),),
        version=version,
        pushes=("sessions",),
    )
    builders.connection(
        "Other",
        speaks_for=(builders.party("FR*EEE", "EMSP"),),
        version=version,
        pushes=("sessions",),
    )
    office.put(PATH, builders.session(charging_periods=[period(EARLIER, ENERGY=1.0)]))
    return office, render()


def render(*, whole: bool = False) -> Push:
    delivery = Delivery.objects.get()
    push = SessionsOutbox().render(
        delivery.connection, delivery.object_id, delivery.changed, whole=whole
    )
    assert push is not None
    return push


@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_goes_on_to_the_emsp_alone_first_whole_then_what_is_new(version: str) -> None:
    """S-004, S-007, S-026."""
    office, push = passed_on(version)
    assert (push.method, tuple(push.segments)) == ("PUT", ("NL", "ABC", "S1"))
    Delivery.objects.update(sent_version=1, known="confirmed")
    changes = {
        "kwh": 7.5,
        "charging_periods": [period(LATER, ENERGY=2.0)],
        "last_updated": LATEST,
    }
    office.patch(PATH, changes)
    push = render()
    assert push.method == "PATCH"
    assert push.data["kwh"] == 7.5
    assert len(push.data["charging_periods"]) == (2 if version == "2.1.1" else 1)

    office.patch(
        PATH,
        {
            "kwh": 8.0,
            "last_updated": "2026-01-03T10:01:00Z",
            "charging_periods": [period(LATEST, ENERGY=1.0)],
        },
    )
    assert render().method == "PUT", "two changes became one"
    Delivery.objects.update(sent_version=9, wanted_version=9)
    office.put(PATH, builders.session(last_updated="2026-01-03T10:02:00Z"))
    assert render().method == "PUT", "periods were taken away"


def test_a_session_changed_after_its_end_is_taken_and_told_to_staff() -> None:
    """S-015."""
    partner = cpo()
    partner.put(PATH, builders.session(status="COMPLETED", end_date_time=LATER))
    partner.patch(PATH, {"kwh": 5.0, "last_updated": LATEST})
    assert float(Session.objects.get().kwh) == 5
    assert WarningCount.objects.filter(code="changed_after_end").exists()


def test_a_reservation_becomes_a_charge_of_the_same_session() -> None:
    """S-010, S-011, S-014."""
    office = reserving("2.2.1")
    push = render()
    assert (push.method, whole(push)["status"]) == ("PUT", "RESERVATION")
    assert whole(push)["evse_uid"] == "#NA"
    confirmed()
    begun = {"status": "ACTIVE", "start_date_time": LATEST, "last_updated": LATEST}
    office.patch(PATH, {**begun, "evse_uid": "3256", "connector_id": "1"})
    push = render()
    assert (push.method, whole(push)["evse_uid"]) == ("PUT", "3256"), "where it is, a PUT says"
    assert (whole(push)["id"], whole(push)["status"]) == ("S1", "ACTIVE")
    assert not WarningCount.objects.exists()
    for status, counted in (("COMPLETED", False), ("ACTIVE", True)):
        nowhere = builders.session(f"S-{status}", status=status, evse_uid="#NA", connector_id="#NA")
        office.put(f"receiver/sessions/NL/ABC/S-{status}", nowhere)
        assert WarningCount.objects.filter(code="charge_at_none").exists() is counted


def test_an_unused_reservation_ends() -> None:
    """S-012."""
    office = reserving("2.3.0")
    confirmed()
    office.patch(PATH, {"status": "COMPLETED", "end_date_time": LATEST, "last_updated": LATEST})
    push = render()
    assert push.method == "PATCH"
    assert push.data["status"] == "COMPLETED"
    assert "charging_periods" not in push.data


def test_2_1_1_is_told_of_a_reservation_when_it_has_an_evse() -> None:
    office = reserving("2.1.1")
    with pytest.raises(convert.Refused, match=r"EVSE|connector"):
        render()
    changes = {"evse_uid": "3256", "connector_id": "1", "last_updated": LATEST}
    office.patch(PATH, changes)
    push = render()
    assert (push.method, whole(push)["status"]) == ("PUT", "PENDING")


def test_it_begins_when_it_becomes_active_and_names_the_last_authorization() -> None:
    """S-009, S-013."""
    office = reserving("2.2.1", status="PENDING", authorization_reference="RESERVED-1")
    assert whole(render())["start_date_time"] == EARLIER
    confirmed()
    office.patch(
        PATH,
        {
            "status": "ACTIVE",
            "start_date_time": LATER,
            "auth_method": "AUTH_REQUEST",
            "authorization_reference": "ASKED-2",
            "last_updated": LATEST,
        },
    )
    data = render().data
    assert (data["status"], data["start_date_time"]) == ("ACTIVE", LATER)
    assert data["authorization_reference"] == "ASKED-2"
    row = Session.objects.get()
    assert (row.authorization_key, row.started_at.isoformat()[:10]) == ("ASKED-2", LATER[:10])


def reserving(version: str, **fields: Any) -> Partner:
    """Our back office, which has just told of a reservation; its eMSP is a partner at ``version``."""
    ours = builders.party("NL*ABC", "CPO", ours=True)
    locations.save_location(ours, builders.location())
    office = builders.partner(
        "Office", speaks_for=(ours,), kind=ConnectionKind.BACK_OFFICE, version="2.3.0"
    )
    builders.connection(
        "Emsp",
        speaks_for=(builders.party("DE*XYZ", "EMSP"),),
        version=version,
        pushes=("sessions",),
    )
    nowhere = {"status": "RESERVATION", "evse_uid": "#NA", "connector_id": "#NA", "kwh": 0}
    document = builders.session(**{**nowhere, "last_updated": EARLIER, **fields})
    assert office.put(PATH, document).http_status == 201
    return office


def whole(push: Push) -> dict[str, Any]:
    return json.loads(push.data)  # type: ignore[no-any-return]


def confirmed() -> None:
    Delivery.objects.update(sent_version=1, known="confirmed")
