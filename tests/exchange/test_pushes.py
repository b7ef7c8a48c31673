"""Pushes read by the partner's dialect: strict by default, and what a refusal teaches."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from exchange.choices import QuarantineState
from exchange.models import Quarantined, WarningCount
from exchange.places import Place
from exchange.quality import quarantine, retake, suggestions
from locations import services
from locations.models import EVSE, Location
from tests import builders
from tests.builders import Partner

pytestmark = pytest.mark.django_db

LOCATION = "receiver/locations/NL/ABC/LOC1"


@pytest.fixture
def cpo() -> Partner:
    return builders.partner(speaks_for=(builders.party("NL*ABC"),))


def speak(partner: Partner, **fields: Any) -> None:
    """Change the dialect of a connection, as staff do."""
    connection = partner.connection
    suggestions.set_dialect(connection, connection.dialect.but(**fields))


def numbers_as_text() -> dict[str, Any]:
    connector = builders.connector(max_voltage="230", max_amperage="32")
    return builders.location(evses=[builders.evse(connectors=[connector])])


def stored(location_id: str = "LOC1") -> dict[str, Any]:
    row = Location.objects.get(location_key=location_id)
    return dict(json.loads(services.document_of(row)))


def codes(partner: Partner) -> dict[str, str]:
    rows = WarningCount.objects.filter(connection=partner.connection)
    return dict(rows.values_list("code", "example_value"))


def test_a_push_with_faults_is_refused_with_all_of_them(cpo: Partner) -> None:
    """T-102, T-048: strict is the rule."""
    answer = cpo.put(LOCATION, numbers_as_text())

    assert answer.code == 2001
    assert {entry["path"] for entry in answer.data} == {
        "evses.0.connectors.0.max_voltage",
        "evses.0.connectors.0.max_amperage",
    }
    assert not Location.objects.exists()


def test_a_refusal_is_kept_and_says_what_would_have_let_it_in(cpo: Partner) -> None:
    body = numbers_as_text()
    cpo.put(LOCATION, body)
    row = Quarantined.objects.get()

    assert codes(cpo) == {"push_would_pass": "number_spelling"}
    assert json.loads(quarantine.original(row)) == body
    assert row.object_reference == "NL*ABC/LOC1"
    place = Place.read(row.place)
    assert place is not None
    assert (place.method, place.kind, place.ids) == ("PUT", "location", ("LOC1",))
    assert {problem["path"] for problem in row.problems} == {
        "evses.0.connectors.0.max_voltage",
        "evses.0.connectors.0.max_amperage",
    }


def test_the_newest_of_the_refused_pushes_of_an_object_is_kept(cpo: Partner) -> None:
    cpo.put(LOCATION, numbers_as_text())
    cpo.put(LOCATION, {**numbers_as_text(), "name": "Newer"})
    row = Quarantined.objects.get()

    assert json.loads(quarantine.original(row))["name"] == "Newer"
    assert row.times_seen == 2


def test_beyond_the_cap_of_a_day_refused_pushes_are_not_kept(cpo: Partner, settings: Any) -> None:
    settings.QUARANTINE_PER_DAY = 1
    cpo.put(LOCATION, numbers_as_text())
    cpo.put("receiver/locations/NL/ABC/LOC2", {**numbers_as_text(), "id": "LOC2"})
    cpo.put(LOCATION, numbers_as_text())

    assert Quarantined.objects.get().times_seen == 2
    assert WarningCount.objects.get(code="push_would_pass").count == 3


def test_with_lenient_pushes_it_is_repaired_and_the_answer_says_how(cpo: Partner) -> None:
    speak(cpo, lenient_pushes=True)
    answer = cpo.put(LOCATION, numbers_as_text())

    assert (answer.http_status, answer.code) == (201, 1000)
    assert answer.message == "Accepted with 2 repairs."
    assert {entry["path"] for entry in answer.data} == {
        "evses.0.connectors.0.max_voltage",
        "evses.0.connectors.0.max_amperage",
    }
    assert stored()["evses"][0]["connectors"][0]["max_voltage"] == 230
    assert codes(cpo) == {"number_spelling": "32"}
    assert not Quarantined.objects.exists()


def test_a_push_to_the_letter_is_answered_as_ever(cpo: Partner) -> None:
    speak(cpo, lenient_pushes=True)
    answer = cpo.put(LOCATION, builders.location())

    assert (answer.code, answer.data, answer.message) == (1000, None, "")


@pytest.mark.parametrize(
    ("path", "body", "level"),
    [
        ("", {"name": 17}, "location"),
        ("/3256", {"floor_level": 2}, "evse"),
        ("/3256/1", {"max_amperage": "16"}, "connector"),
    ],
)
def test_patches_are_repaired_at_every_depth(
    cpo: Partner, path: str, body: dict[str, Any], level: str
) -> None:
    cpo.put(LOCATION, builders.location())
    patch = {**body, "last_updated": builders.LATER}

    refused = cpo.patch(LOCATION + path, patch)
    speak(cpo, lenient_pushes=True)
    accepted = cpo.patch(LOCATION + path, patch)

    assert refused.code == 2001
    assert (accepted.code, accepted.message) == (1000, "Accepted with 1 repair.")
    evse = stored()["evses"][0]
    part = {"location": stored(), "evse": evse, "connector": evse["connectors"][0]}[level]
    name, value = next(iter(body.items()))
    assert part[name] == (16 if level == "connector" else str(value))
    assert part["last_updated"] == builders.LATER


@pytest.mark.parametrize("path", ["", "/3256", "/3256/1"])
def test_identifiers_a_body_lacks_come_from_the_address_only_where_agreed(
    cpo: Partner, path: str
) -> None:
    cpo.put(LOCATION, builders.location())
    whole = {"": builders.location(), "/3256": builders.evse(), "/3256/1": builders.connector()}
    nameless = {
        name: value
        for name, value in whole[path].items()
        if name not in {"id", "uid", "country_code", "party_id"}
    } | {"last_updated": builders.LATER}

    refused = cpo.put(LOCATION + path, nameless)
    speak(cpo, ids_from_url=True)
    accepted = cpo.put(LOCATION + path, nameless)

    assert refused.code == 2001
    assert codes(cpo)["push_without_ids"] == "id_from_address"
    assert "push_would_pass" not in codes(cpo)
    assert accepted.code == 1000
    assert "repair" in accepted.message
    assert stored()["last_updated"] == builders.LATER


@pytest.mark.parametrize("lenient", [False, True])
def test_a_body_never_contradicts_its_address(cpo: Partner, lenient: bool) -> None:
    """T-132."""
    speak(cpo, lenient_pushes=lenient, ids_from_url=lenient)

    for other in ({"id": "OTHER"}, {"party_id": "XYZ"}):
        answer = cpo.put(LOCATION, builders.location(**other))
        assert answer.code == 2001
        assert "in the address" in answer.message
    assert not Location.objects.exists()
    assert codes(cpo) == {}


def test_local_times_are_converted_by_the_time_zone_of_the_site(cpo: Partner) -> None:
    """A time without Z is UTC, unless this partner means local time."""
    cpo.put(LOCATION, builders.location())
    speak(cpo, local_times=True)
    body = builders.evse(last_updated="2026-07-01T12:00:00", connectors=[builders.connector()])
    answer = cpo.put(f"{LOCATION}/3256", body)

    assert answer.code == 1000
    # Brussels is two hours ahead of UTC in July.
    assert stored()["evses"][0]["last_updated"] == "2026-07-01T10:00:00Z"
    cpo.patch(f"{LOCATION}/3256", {"status": "CHARGING", "last_updated": "2026-07-01T12:30:00"})
    assert stored()["evses"][0]["last_updated"] == "2026-07-01T10:30:00Z"


def test_a_time_without_designator_is_utc(cpo: Partner) -> None:
    """T-092."""
    cpo.put(LOCATION, builders.location(last_updated="2026-01-01T10:00:00"))
    assert stored()["last_updated"] == "2026-01-01T10:00:00Z"
    assert codes(cpo) == {}


def test_a_local_time_ahead_of_utc_neither_hides_later_changes_nor_goes_unnoticed(
    cpo: Partner,
) -> None:
    cpo.put(LOCATION, builders.location())
    ahead = (datetime.now(UTC) + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S")
    cpo.patch(f"{LOCATION}/3256", {"status": "CHARGING", "last_updated": ahead})
    speak(cpo, local_times=True)

    assert EVSE.objects.get().last_updated <= datetime.now(UTC)
    assert codes(cpo) == {"time_in_future": ahead}


def test_faults_of_before_do_not_refuse_a_patch(cpo: Partner) -> None:
    """What a lenient list let in can still be changed by a strict push."""
    speak(cpo, lenient_pushes=True)
    cpo.put(LOCATION, {k: v for k, v in builders.location().items() if k != "city"})
    speak(cpo, lenient_pushes=False)

    answer = cpo.patch(LOCATION, {"name": "Zuid", "last_updated": builders.LATER})

    assert answer.code == 1000
    assert stored()["name"] == "Zuid"


def test_a_refused_part_finds_its_place_again(cpo: Partner) -> None:
    cpo.put(LOCATION, builders.location())
    cpo.put(f"{LOCATION}/9", {"status": "available", "connectors": [builders.connector("1")]})
    row = Quarantined.objects.get()

    retake.take_in(row, None, "tester")

    assert row.state == QuarantineState.RESOLVED
    assert [evse["uid"] for evse in stored()["evses"]] == ["3256", "9"]
    assert stored()["evses"][1]["status"] == "AVAILABLE"


def test_after_a_change_of_dialect_all_are_tried_again(cpo: Partner) -> None:
    for name in ("LOC1", "LOC2"):
        cpo.put(f"receiver/locations/NL/ABC/{name}", {**numbers_as_text(), "id": name})
    cpo.put("receiver/locations/NL/ABC/LOC3", {"id": "OTHER"})

    job = retake.start(Quarantined.objects.all(), "Again")
    retake.run(job)
    job.refresh_from_db()

    assert (job.state, job.done, job.updated_count, job.rejected_count) == ("done", 3, 2, 1)
    assert sorted(Location.objects.values_list("location_id", flat=True)) == ["LOC1", "LOC2"]
    assert Quarantined.objects.get(state=QuarantineState.OPEN).object_reference == "NL*ABC/LOC3"


def test_the_check_of_a_correction_writes_nothing(cpo: Partner) -> None:
    cpo.put(LOCATION, {**numbers_as_text(), "id": "OTHER"})
    row = Quarantined.objects.get()
    before = Quarantined.objects.values().get()

    wrong = retake.check(row, json.dumps({**numbers_as_text(), "id": "OTHER"}).encode())
    right = retake.check(row, json.dumps(numbers_as_text()).encode())

    assert [problem["path"] for problem in wrong] == ["id"]
    assert right == []
    assert not Location.objects.exists()
    assert Quarantined.objects.values().get() == before
