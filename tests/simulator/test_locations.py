"""Both interfaces of the Locations module (OCPI 2.2.1, mod_locations)."""

import re

import pytest

from tests.simulator.support import Json, Peer, Running

SENDER = "2.2.1/sender/locations"
LATER = "2030-01-01T00:00:00Z"
MUCH_LATER = "2031-01-01T00:00:00.500Z"


@pytest.fixture
def location(provider: Running) -> Json:
    """A Location of the provider, which the operator has received."""
    return provider.evse()[0]


def path(location: Json, *parts: str) -> str:
    return "/".join((location["country_code"], location["party_id"], location["id"], *parts))


# What others pull from us.


def test_the_pages_follow_each_other_and_together_are_everything(
    operator: Running, peer: Peer
) -> None:
    url: str | None = f"{peer.base_url}/ocpi/{SENDER}?limit=3"
    ids, pages = [], 0
    while url:
        answer = peer.send("GET", url.removeprefix(f"{peer.base_url}/ocpi/"))
        assert answer.headers["X-Total-Count"] == "7"
        assert answer.headers["X-Limit"] == "3"
        ids += [location["id"] for location in answer.json()["data"]]
        pages += 1
        link = re.fullmatch(r'<(.*)>; rel="next"', answer.headers.get("Link", ""))
        url = link[1] if link else None
    assert pages == 3
    assert ids == [location["id"] for location in operator.lines("own")]


def test_date_from_is_inclusive_and_date_to_exclusive(operator: Running, peer: Peer) -> None:
    moments = sorted(location["last_updated"] for location in operator.lines("own"))
    query = {"date_from": moments[2], "date_to": moments[5], "limit": "1"}
    answer = peer.send("GET", SENDER, params=query)
    assert answer.headers["X-Total-Count"] == "3"
    assert "date_from=" in answer.headers["Link"]
    assert "date_to=" in answer.headers["Link"]


def test_an_offset_behind_the_end_is_an_empty_page(peer: Peer) -> None:
    answer = peer.send("GET", SENDER, params={"offset": "99999"})
    assert answer.json()["data"] == []
    assert answer.headers["X-Total-Count"] == "7"
    assert "Link" not in answer.headers


@pytest.mark.parametrize("query", [{"limit": "-1"}, {"offset": "x"}, {"date_from": "abc"}])
def test_bad_parameters_are_2001(peer: Peer, query: dict[str, str]) -> None:
    answer = peer.send("GET", SENDER, params=query)
    assert (answer.status_code, answer.json()["status_code"]) == (200, 2001)


def test_objects_are_served_at_three_levels(operator: Running, peer: Peer) -> None:
    location, evse = operator.evse()
    connector = evse["connectors"][0]
    base = f"{SENDER}/{location['id'].lower()}"
    assert peer.send("GET", base).json()["data"] == location
    assert peer.send("GET", f"{base}/{evse['uid']}/").json()["data"] == evse
    answer = peer.send("GET", f"{base}/{evse['uid']}/{connector['id']}")
    assert answer.json()["data"] == connector


@pytest.mark.parametrize("ids", ["NONE", "LOC00001/NONE", "LOC00001/00001-1/9", "A/B/C/D"])
def test_what_does_not_exist_is_404_in_an_envelope(peer: Peer, ids: str) -> None:
    answer = peer.send("GET", f"{SENDER}/{ids}")
    assert answer.status_code == 404
    assert answer.json()["status_code"] == 2000


def test_other_methods_are_405(peer: Peer) -> None:
    assert peer.send("POST", SENDER, json={}).status_code == 405
    assert peer.send("DELETE", "2.2.1/receiver/locations/NL/ABC/1").status_code == 405


# What others push to us.


def test_put_creates_then_replaces(peer: Peer, location: Json) -> None:
    new = {**location, "id": "NEW1"}
    assert peer.push("PUT", path(new), new).status_code == 201
    without_name = {name: value for name, value in new.items() if name != "name"}
    answer = peer.push("PUT", path(new), without_name)
    assert (answer.status_code, answer.json()["status_code"]) == (200, 1000)
    assert "data" not in answer.json()
    assert peer.held(path(new)) == without_name


def test_ids_are_compared_without_case_and_kept_as_sent(peer: Peer, location: Json) -> None:
    assert peer.held(path(location).lower())["id"] == location["id"]


def test_put_of_an_evse_and_a_connector_raise_the_parents(peer: Peer, location: Json) -> None:
    evse = {**location["evses"][0], "uid": "ADDED", "last_updated": LATER}
    assert peer.push("PUT", path(location, "ADDED"), evse).status_code == 201
    assert peer.held(path(location))["last_updated"] == LATER
    connector = {**evse["connectors"][0], "max_amperage": 10, "last_updated": MUCH_LATER}
    answer = peer.push("PUT", path(location, "ADDED", connector["id"]), connector)
    assert answer.status_code == 200
    held = peer.held(path(location))
    assert held["last_updated"] == held["evses"][-1]["last_updated"] == MUCH_LATER
    assert held["evses"][-1]["connectors"] == [connector]
    assert held["evses"][0] == location["evses"][0]


def test_patch_changes_what_it_names_at_three_levels(peer: Peer, location: Json) -> None:
    uid, connector_id = location["evses"][0]["uid"], location["evses"][0]["connectors"][0]["id"]
    changes = {"last_updated": LATER}
    peer.push("PATCH", path(location, uid, connector_id), {**changes, "max_amperage": 6})
    peer.push("PATCH", path(location, uid), {**changes, "status": "OUTOFORDER"})
    peer.push("PATCH", path(location), {**changes, "name": None, "city": "Delft"})
    held = peer.held(path(location))
    assert "name" not in held
    assert (held["city"], held["address"]) == ("Delft", location["address"])
    assert held["evses"][0]["status"] == "OUTOFORDER"
    assert held["evses"][0]["connectors"][0]["max_amperage"] == 6
    assert held["last_updated"] == held["evses"][0]["last_updated"] == LATER


def test_what_is_older_than_what_we_hold_is_ignored(peer: Peer, location: Json) -> None:
    uid = location["evses"][0]["uid"]
    peer.push("PATCH", path(location, uid), {"status": "BLOCKED", "last_updated": LATER})
    for old in ({"status": "RESERVED", "last_updated": "2020-01-01T00:00:00Z"},):
        answer = peer.push("PATCH", path(location, uid), old)
        assert (answer.status_code, answer.json()["status_code"]) == (200, 1000)
    peer.push("PUT", path(location), location)
    assert peer.held(path(location, uid))["status"] == "BLOCKED"


def test_patch_of_what_we_do_not_hold_is_404_and_put_without_a_parent_2003(
    peer: Peer, location: Json
) -> None:
    unknown = {**location, "id": "UNKNOWN"}
    evse = location["evses"][0]
    answer = peer.push("PATCH", path(unknown, evse["uid"]), evse)
    assert (answer.status_code, answer.json()["status_code"]) == (404, 2003)
    answer = peer.push("PUT", path(unknown, evse["uid"]), evse)
    assert (answer.status_code, answer.json()["status_code"]) == (200, 2003)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"city": None}, "city"),
        ({"id": "OTHER"}, "id"),
        ({"country_code": "NL"}, "country_code"),
        ({"last_updated": "yesterday"}, "last_updated"),
        ({"evses": [{"uid": "1"}]}, "evses"),
    ],
)
def test_a_bad_location_is_2001_and_changes_nothing(
    peer: Peer, location: Json, changes: Json, field: str
) -> None:
    answer = peer.push("PUT", path(location), {**location, **changes})
    assert (answer.status_code, answer.json()["status_code"]) == (200, 2001)
    assert field in answer.json()["status_message"]
    assert peer.held(path(location)) == location


def test_a_patch_without_last_updated_is_2001(peer: Peer, location: Json) -> None:
    answer = peer.push("PATCH", path(location), {"name": "Other"})
    assert answer.json()["status_code"] == 2001


def test_a_body_that_is_no_json_is_400(peer: Peer, location: Json) -> None:
    answer = peer.send("PUT", f"2.2.1/receiver/locations/{path(location)}", data=b'{"a":')
    assert answer.status_code == 400
    assert answer.json()["status_code"] == 2000


def test_half_a_party_in_the_routing_headers_is_2001(peer: Peer) -> None:
    answer = peer.send("GET", SENDER, headers={"OCPI-to-party-id": "SIM"})
    assert (answer.status_code, answer.json()["status_code"]) == (200, 2001)


@pytest.mark.parametrize(
    "ids", ["BE/SIB/l\u00f6c", "BE/SIB/LOC00001/l\u00f6c", "BE/SIB/LOC00001/1/\u0131"]
)
def test_ids_beyond_ascii_are_refused_not_failures(peer: Peer, location: Json, ids: str) -> None:
    answer = peer.push("PATCH", ids, {"last_updated": LATER})
    assert (answer.status_code, answer.json()["status_code"]) == (200, 2001)
    assert peer.send("GET", f"{SENDER}/{ids[7:]}").status_code == 404
