"""Keeping the other side current: pushes of the CPO, pulls of the eMSP, counters."""

import json

import pytest
import requests

from simulator.received_objects import ObjectKey, Origin
from tests import builders
from tests.simulator.support import Json, Peer, Running, Start, wait_until


def status_held(provider: Running, location: Json, evse: Json) -> object:
    held = provider.control(
        "GET", f"received/{location['country_code']}/{location['party_id']}/{location['id']}"
    ).json()
    return next(other["status"] for other in held["evses"] if other["uid"] == evse["uid"])


def test_a_status_change_arrives_as_a_patch(operator: Running, provider: Running) -> None:
    location, evse = operator.evse()
    operator.post("status", location_id=location["id"], evse_uid=evse["uid"], status="BLOCKED")
    wait_until(lambda: status_held(provider, location, evse) == "BLOCKED", "the pushed status")
    assert provider.state()["requests"]["locations.receiver"] == {"PATCH": 1}
    assert provider.lines("received") == operator.lines("own")


def test_what_the_partner_does_not_know_is_put_after_the_404(
    operator: Running, provider: Running
) -> None:
    provider.simulator.received["locations"].clear()
    location, evse = operator.evse(3)
    operator.post("status", location_id=location["id"], evse_uid=evse["uid"], status="RESERVED")
    wait_until(lambda: operator.state()["own"]["put"] == 1, "the whole location")
    assert provider.state()["received"]["locations"] == 1
    assert status_held(provider, location, evse) == "RESERVED"


def test_changes_come_at_the_set_rate_and_both_sets_stay_equal(
    operator: Running, provider: Running
) -> None:
    operator.post("rate", changes_per_minute=6000)
    wait_until(lambda: operator.state()["own"]["patched"] >= 50, "fifty pushes")
    operator.post("rate", changes_per_minute=0)
    wait_until(lambda: operator.state()["own"]["pending_pushes"] == 0, "all pushes sent")
    own = operator.state()["own"]
    assert own["failed"] == 0
    assert own["last_push_at"]
    assert provider.lines("received") == operator.lines("own")


def test_a_push_waits_for_a_partner_that_is_away(
    start: Start, operator: Running, provider: Running
) -> None:
    port = int(provider.base_url.rpartition(":")[2])
    provider.simulator.stop()
    location, evse = operator.evse()
    operator.post("status", location_id=location["id"], evse_uid=evse["uid"], status="BLOCKED")
    assert operator.state()["own"]["pending_pushes"] >= 1

    back = start("BE*SIB", seed=2, locations=5, port=port)

    wait_until(lambda: status_held(back, location, evse) == "BLOCKED", "the push that waited")
    assert operator.state()["own"]["failed"] == 0


def test_a_failed_push_is_not_repeated_and_a_pull_repairs_it(
    operator: Running, provider: Running
) -> None:
    provider.post("faults", mode="500")
    location, evse = operator.evse()
    operator.post("status", location_id=location["id"], evse_uid=evse["uid"], status="BLOCKED")
    wait_until(lambda: operator.state()["own"]["failed"] == 1, "the failed push")
    assert "500" in operator.state()["own"]["last_failure"]
    provider.post("faults", mode="none")
    provider.post("pull", mode="incremental")
    pull = provider.wait_for_pull()
    assert (pull["mode"], pull["outcome"], pull["locations"]) == ("incremental", "complete", 1)
    assert status_held(provider, location, evse) == "BLOCKED"


def test_only_a_full_pull_removes_what_is_no_longer_there(
    operator: Running, provider: Running, peer: Peer
) -> None:
    location = {**provider.evse()[0], "id": "GONE"}
    assert peer.push("PUT", "BE/SIB/GONE", location).status_code == 201
    operator.post("pull", mode="incremental")
    operator.wait_for_pull()
    assert operator.state()["received"]["locations"] == 6
    operator.post("pull", mode="full")
    assert operator.wait_for_pull()["removed"] == 1
    assert operator.lines("received") == provider.lines("own")


def test_a_failed_pull_removes_nothing_and_says_why(operator: Running, provider: Running) -> None:
    operator.post("faults", mode="garbage", scope="sender")
    provider.post("pull")
    pull = provider.wait_for_pull()
    assert pull["outcome"] == "failed"
    assert pull["message"]
    assert provider.state()["received"]["locations"] == 7


def test_many_locations_are_pulled_in_pages(start: Start) -> None:
    operator, provider = start("NL*SIM", locations=1201), start("BE*SIB", locations=0)
    provider.connect_to(operator)
    pull = provider.wait_for_pull()
    assert (pull["pages"], pull["total"], pull["locations"]) == (3, 1201, 1201)
    assert provider.lines("received") == operator.lines("own")
    own_evses = operator.state()["own"]["evses"]
    assert provider.state()["received"]["evses"] == own_evses > 2400


def test_the_digest_changes_with_the_set_and_only_then(
    operator: Running, provider: Running
) -> None:
    before = provider.state()["received"]["digest"]
    provider.post("pull")
    provider.wait_for_pull()
    assert provider.state()["received"]["digest"] == before
    location, evse = operator.evse()
    operator.post("status", location_id=location["id"], evse_uid=evse["uid"], status="BLOCKED")
    wait_until(lambda: provider.state()["received"]["digest"] != before, "another digest")


def test_requests_are_counted_per_method_and_path(operator: Running, peer: Peer) -> None:
    since = operator.state()["last_request"]
    for _ in range(3):
        peer.send("GET", "2.2.1/sender/locations/LOC00001")
    peer.send("GET", "nowhere")
    listed = operator.control("GET", f"requests?since={since}").json()
    assert listed["counts"] == [
        {"method": "GET", "path": "/ocpi/2.2.1/sender/locations/LOC00001", "count": 3},
        {"method": "GET", "path": "/ocpi/nowhere", "count": 1},
    ]
    assert [entry["http_status"] for entry in listed["requests"]] == [200, 200, 200, 404]
    operator.post("reset-counters")
    assert operator.control("GET", "requests").json()["counts"] == []


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("status", {"location_id": "NONE", "evse_uid": "1", "status": "BLOCKED"}, 404),
        ("status", {"location_id": "LOC00001", "evse_uid": "00001-1", "status": "BROKEN"}, 400),
        ("status", {"evse_uid": "1", "status": "BLOCKED"}, 400),
        ("rate", {"changes_per_minute": "fast"}, 400),
        ("rate", {"changes_per_minute": -1}, 400),
        ("pull", {"mode": "some"}, 400),
        ("faults", {"mode": "chaos"}, 400),
        ("faults", {"mode": "slow", "delay_seconds": -1}, 400),
        ("faults", {"mode": "slow", "seconds": 1}, 400),
        ("connect", {"token": "a"}, 400),
        ("nothing", {}, 404),
    ],
)
def test_bad_control_requests_are_explained(
    operator: Running, name: str, body: Json, status: int
) -> None:
    answer = operator.control("POST", name, **body)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_control_needs_its_key_and_ocpi_does_not(start: Start) -> None:
    running = start("NL*SIM", control_key="open sesame")
    assert running.control("GET", "state").status_code == 401
    url, headers = f"{running.base_url}/control/state", {"X-Control-Key": "open sesame"}
    assert requests.get(url, headers=headers, timeout=30).status_code == 200


def test_what_is_deleted_during_a_pull_is_not_brought_back_by_its_pages(operator: Running) -> None:
    """A page that was asked for before the DELETE still names it; a later pull may."""
    received = operator.simulator.received["tariffs"]
    tariff = builders.tariff(owner="DE*SIX")
    page, origin = [json.dumps(tariff).encode()], Origin("2.2.1", None)
    named = ObjectKey.of("DE", "SIX", tariff["id"])
    received.put_page(page, origin, seen=7)

    assert received.delete(named, 7)
    assert received.put_page(page, origin, seen=7).kept == 0
    assert received.put_page(page, origin, seen=8).kept == 1
    assert received.get(named) is not None


def test_bad_locations_on_a_page_are_told_and_the_good_ones_kept(operator: Running) -> None:
    good = operator.evse()[0]
    incorrect = {**good, "id": "ODD", "evses": 5, "city": None}
    page = [good, incorrect, {**good, "id": None}, {**good, "last_updated": "now"}, [], 7]
    received = operator.simulator.received["locations"]
    result = received.put_page(
        [json.dumps(item).encode() for item in page], Origin("2.2.1", None), seen=0
    )
    assert (result.kept, len(result.incorrect), len(result.refused)) == (2, 1, 4)
    assert result.incorrect[0].startswith("NL/SIM/ODD: ")
    assert operator.lines("received") == [good, incorrect]
