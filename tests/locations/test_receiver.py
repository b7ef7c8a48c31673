"""What a partner may push: PUT and PATCH at three levels (OCPI 2.2.1, mod_locations, Receiver interface)."""

from __future__ import annotations

from typing import Any

import pytest

from exchange.models import Delivery, Exchange
from locations import services
from locations.models import EVSE, Location, StatusInterval
from ocpi.datetimes import format_datetime
from parties.models import Party
from tests import builders
from tests.builders import EARLIER, LATER, LATEST, Partner

pytestmark = pytest.mark.django_db
URL = "receiver/locations/NL/ABC/LOC1"


@pytest.fixture
def cpo() -> Partner:
    return builders.partner("CPO", speaks_for=(builders.party("NL*ABC"),))


@pytest.fixture
def held(cpo: Partner) -> Partner:
    assert cpo.put(URL, builders.location()).http_status == 201
    return cpo


def fetched(cpo: Partner, path: str = URL) -> dict[str, Any]:
    answer = cpo.get(path)
    assert answer.http_status == 200
    return answer.data  # type: ignore[no-any-return]


def test_a_new_location_is_created_and_given_back_as_sent(cpo: Partner) -> None:
    """L-004, T-046, T-131, T-097."""
    answer = cpo.put(URL, builders.location())

    assert (answer.http_status, answer.code) == (201, 1000)
    assert fetched(cpo) == builders.location()


def test_a_known_location_is_replaced_so_that_omitted_fields_are_gone(held: Partner) -> None:
    """T-136, T-047."""
    changed = builders.location(last_updated=LATER, address="Elsewhere 1")
    del changed["name"]

    assert held.put(URL, changed).http_status == 200
    assert fetched(held) == changed


def test_unknown_fields_are_kept_at_every_level_and_given_back(cpo: Partner) -> None:
    """T-107, T-109."""
    document = builders.location(
        vendor={"a": [1, 2]},
        evses=[builders.evse(vendor="x", connectors=[builders.connector(vendor=None, more=1.5)])],
    )
    cpo.put(URL, document)

    assert fetched(cpo)["vendor"] == {"a": [1, 2]}
    assert fetched(cpo)["evses"][0]["vendor"] == "x"
    assert fetched(cpo)["evses"][0]["connectors"][0]["more"] == 1.5


def test_ids_are_found_whatever_their_case_and_come_back_as_written(held: Partner) -> None:
    """T-095, T-097."""
    answer = held.get("receiver/locations/nl/abc/loc1")

    assert answer.data["id"] == "LOC1"


@pytest.mark.parametrize("segment", ["/3256", "/3256/1"])
def test_parts_are_readable(held: Partner, segment: str) -> None:
    """L-004."""
    part = builders.evse() if segment == "/3256" else builders.connector()

    assert fetched(held, URL + segment) == part


def test_a_replaced_evse_bumps_its_location(held: Partner) -> None:
    """L-006, L-004."""
    answer = held.put(f"{URL}/3256", builders.evse(last_updated=LATER, floor_level="2"))

    assert answer.http_status == 200
    assert fetched(held)["last_updated"] == LATER
    assert fetched(held)["evses"][0]["floor_level"] == "2"


def test_an_added_evse_is_created(held: Partner) -> None:
    """L-011."""
    assert held.put(f"{URL}/3257", builders.evse("3257", last_updated=LATER)).http_status == 201
    assert [e["uid"] for e in fetched(held)["evses"]] == ["3256", "3257"]


def test_a_replaced_connector_bumps_evse_and_location(held: Partner) -> None:
    """L-006."""
    held.put(f"{URL}/3256/1", builders.connector(last_updated=LATER, max_amperage=16))

    document = fetched(held)
    assert document["evses"][0]["connectors"][0]["max_amperage"] == 16
    assert (document["last_updated"], document["evses"][0]["last_updated"]) == (LATER, LATER)


@pytest.mark.parametrize("path", [URL, f"{URL}/3256", f"{URL}/3256/1"])
def test_a_time_that_we_gave_out_is_not_older_than_what_we_hold(cpo: Partner, path: str) -> None:
    """Times go out in milliseconds: what is held more exactly would make an echo of them look stale."""
    exact = "2026-01-02T10:00:00.123456Z"
    connector = builders.connector(last_updated=exact)
    evse = builders.evse(last_updated=exact, connectors=[connector])
    cpo.put(URL, builders.location(last_updated=exact, evses=[evse]))
    given = fetched(cpo, path)["last_updated"]
    cpo.patch(path, {"vendor": "echo", "last_updated": given})

    assert fetched(cpo, path).get("vendor") == "echo"


def test_a_status_of_ours_is_timed_as_it_is_given_out(held: Partner) -> None:
    Party.objects.update(is_ours=True)
    evse = EVSE.objects.get()
    services.set_status(evse, "CHARGING")
    evse.refresh_from_db()

    assert format_datetime(evse.last_updated) == fetched(held)["evses"][0]["last_updated"]
    assert evse.last_updated.microsecond % 1000 == 0


def test_an_evse_of_an_unknown_location_is_2003(cpo: Partner) -> None:
    """L-013."""
    answer = cpo.put(f"{URL}/3256", builders.evse())

    assert (answer.http_status, answer.code) == (200, 2003)


def test_a_status_patch_changes_status_parents_and_history(held: Partner) -> None:
    """L-008."""
    answer = held.patch(f"{URL}/3256", {"status": "CHARGING", "last_updated": LATER})

    assert (answer.http_status, answer.code) == (200, 1000)
    document = fetched(held)
    assert document["evses"][0]["status"] == "CHARGING"
    assert document["last_updated"] == document["evses"][0]["last_updated"] == LATER
    intervals = StatusInterval.objects.order_by("started_at")
    assert [(i.status, i.ended_at is None) for i in intervals] == [
        ("AVAILABLE", False),
        ("CHARGING", True),
    ]
    assert intervals[0].ended_at == intervals[1].started_at


def test_an_older_state_is_passed_over_and_still_acknowledged(held: Partner) -> None:
    """L-048."""
    held.patch(f"{URL}/3256", {"status": "CHARGING", "last_updated": LATEST})

    answer = held.patch(f"{URL}/3256", {"status": "BLOCKED", "last_updated": LATER})

    assert answer.code == 1000
    assert fetched(held)["evses"][0]["status"] == "CHARGING"
    assert held.put(URL, builders.location(name="Old")).code == 1000
    assert fetched(held)["name"] == "Gent Zuid"


def test_a_timestamp_from_the_future_does_not_freeze_an_object(held: Partner) -> None:
    held.patch(f"{URL}/3256", {"status": "CHARGING", "last_updated": "2099-01-01T00:00:00Z"})

    held.patch(f"{URL}/3256", {"status": "BLOCKED", "last_updated": LATEST})

    assert fetched(held)["evses"][0]["status"] == "BLOCKED"


def test_null_clears_and_absence_keeps(held: Partner) -> None:
    """L-047, T-137."""
    held.patch(URL, {"name": None, "last_updated": LATER})

    document = fetched(held)
    assert "name" not in document
    assert document["address"] == "F.Rooseveltlaan 3A"


def test_evses_in_a_location_patch_are_merged_by_uid(held: Partner) -> None:
    held.put(f"{URL}/3257", builders.evse("3257", last_updated=EARLIER))

    held.patch(
        URL,
        {
            "evses": [{"uid": "3257", "status": "BLOCKED", "last_updated": LATER}],
            "last_updated": LATER,
        },
    )

    assert [(e["uid"], e["status"]) for e in fetched(held)["evses"]] == [
        ("3256", "AVAILABLE"),
        ("3257", "BLOCKED"),
    ]


def test_an_evse_left_out_of_a_put_becomes_removed(held: Partner) -> None:
    """L-009."""
    held.put(URL, builders.location(evses=[builders.evse("3257")], last_updated=LATER))

    assert [(e["uid"], e["status"]) for e in fetched(held)["evses"]] == [
        ("3256", "REMOVED"),
        ("3257", "AVAILABLE"),
    ]


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        (URL, {**builders.location(), "city": None}, "city"),
        (URL, builders.location("LOC2"), "id"),
        (URL, builders.location(owner="NL*XYZ"), "party_id"),
        (URL, builders.location(country="NL"), "country"),
        (f"{URL}/3256", builders.evse(status="BROKEN"), "status"),
        (f"{URL}/3256", builders.evse(connectors=[]), "connectors"),
        (f"{URL}/3256/1", builders.connector(max_voltage="230"), "max_voltage"),
    ],
)
def test_bad_values_are_2001_naming_the_field_and_change_nothing(
    held: Partner, path: str, body: dict[str, Any], named: str
) -> None:
    """T-042, T-048, T-132, T-133."""
    answer = held.put(path, body)

    assert (answer.http_status, answer.code) == (200, 2001)
    assert named in answer.message
    assert fetched(held) == builders.location()


@pytest.mark.parametrize(
    "patch",
    [
        {"status": "CHARGING"},
        {"status": "available", "last_updated": LATER},
        {"status": "CHARGING", "last_updated": "yesterday"},
        {"uid": "3257", "last_updated": LATER},
    ],
)
def test_bad_patches_are_2001_and_change_nothing(held: Partner, patch: dict[str, Any]) -> None:
    """L-007, T-048, L-028."""
    assert held.patch(f"{URL}/3256", patch).code == 2001
    assert fetched(held) == builders.location()


@pytest.mark.parametrize("path", ["LOC2", "LOC2/3256", "LOC1/9", "LOC1/3256/9"])
def test_a_patch_of_what_is_not_there_is_404(held: Partner, path: str) -> None:
    """T-049."""
    answer = held.patch(
        f"receiver/locations/NL/ABC/{path}", {"last_updated": LATER, "name": "x", "max_voltage": 1}
    )

    assert (answer.http_status, answer.code // 1000) == (404, 2)


def test_a_foreign_owner_is_404_and_nothing_is_written(cpo: Partner) -> None:
    """T-134."""
    builders.partner("Other", speaks_for=(builders.party("NL*XYZ"),))

    answer = cpo.put("receiver/locations/NL/XYZ/LOC1", builders.location(owner="NL*XYZ"))

    assert answer.http_status == 404
    assert not Location.objects.exists()


def test_an_emsp_cannot_push_locations(db: None) -> None:
    emsp = builders.partner("EMSP", speaks_for=(builders.party("NL*ABC", "EMSP"),))

    assert emsp.put(URL, builders.location()).http_status == 404
    assert not Location.objects.exists()


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_post_and_delete_are_not_defined(held: Partner, method: str) -> None:
    """L-005, T-050, T-131."""
    answer = held.call(method, URL)

    assert (answer.http_status, answer.code) == (405, 2000)


def test_the_log_row_and_the_change_are_one(held: Partner) -> None:
    before = Exchange.objects.count()

    held.patch(f"{URL}/3256", {"status": "CHARGING", "last_updated": LATER})

    row = Exchange.objects.latest("id")
    assert Exchange.objects.count() == before + 1
    assert (row.object_reference, row.module, row.outcome) == ("NL*ABC/LOC1", "locations", "ok")
    assert row.connection == held.connection


def test_a_partner_is_not_told_its_own_news(held: Partner) -> None:
    assert not Delivery.objects.exists()
    assert EVSE.objects.get().status == "AVAILABLE"


def test_when_the_log_cannot_be_written_nothing_else_is_either(
    held: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("exchange.log.write", full)

    answer = held.patch(f"{URL}/3256", {"status": "CHARGING", "last_updated": LATER})

    assert (answer.http_status, answer.code) == (200, 3000)
    assert EVSE.objects.get().status == "AVAILABLE"
