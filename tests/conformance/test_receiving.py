"""What happens to an object that a partner pushes to us, at each version."""

from __future__ import annotations

import json
from typing import Any

import pytest

from locations.models import Location
from parties.choices import ConnectionKind, PartySource
from parties.models import Connection, ConnectionParty
from tests import builders
from tests.builders import LATER, LATEST
from tests.conformance.world import BOTH, LOCATIONS, TARIFFS, VERSIONS, Objects, pusher, reader

pytestmark = pytest.mark.django_db
AT_ALL = pytest.mark.parametrize("version", VERSIONS)
OF_BOTH = pytest.mark.parametrize("objects", BOTH, ids=lambda objects: objects.module)
SINCE_2_2_1 = pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])


@AT_ALL
@OF_BOTH
def test_put_creates_and_replaces(version: str, objects: Objects) -> None:
    """T-037, T-046, T-047, T-051, T-130, T-131, T-136, L-004, F-001."""
    cpo, url = pusher(version), objects.address()
    sent = objects.said(version)

    created = cpo.put(url, sent)
    assert (created.http_status, created.code) == (201, 1000)
    assert "data" not in created.envelope
    shorter = objects.said(version, last_updated=LATER)
    del shorter[objects.optional]
    replaced = cpo.put(f"{url}/", shorter)
    assert (replaced.http_status, replaced.code) == (200, 1000)
    assert "data" not in replaced.envelope
    held = cpo.get(url).data
    assert objects.optional not in held
    assert held == cpo.get(f"{url}/").data
    assert {name: held[name] for name in shorter} == shorter


@AT_ALL
def test_a_patch_changes_what_it_names_and_nothing_else(version: str) -> None:
    """T-137, L-004, L-007: at three levels."""
    cpo, url = pusher(version), LOCATIONS.address()
    cpo.put(url, LOCATIONS.said(version))
    amperes = "amperage" if version == "2.1.1" else "max_amperage"
    for path, change in (
        ("", {"name": "New name"}),
        ("/3256", {"floor_level": "-2"}),
        ("/3256/1", {amperes: 16}),
    ):
        before = cpo.get(url + path).data
        assert cpo.patch(url + path, {**change, "last_updated": LATEST}).code == 1000
        after = cpo.get(url + path).data
        assert after == {**before, **change, "last_updated": LATEST}


@AT_ALL
def test_parts_are_put_at_their_own_addresses(version: str) -> None:
    """L-004, L-011, L-012: a new EVSE, a new connector, and one that is no EVSE yet."""
    cpo, url = pusher(version), LOCATIONS.address()
    whole = LOCATIONS.said(version)
    cpo.put(url, whole)
    evse = {**whole["evses"][0], "uid": "3257", "last_updated": LATER}
    connector = {**evse["connectors"][0], "id": "2", "last_updated": LATEST}

    assert cpo.put(f"{url}/3257", {**evse, "connectors": []}).code == 2001
    assert cpo.put(f"{url}/3257", {k: v for k, v in evse.items() if k != "status"}).code == 2001
    assert cpo.get(f"{url}/3257").http_status == 404
    assert cpo.put(f"{url}/3257", evse).http_status == 201
    assert cpo.put(f"{url}/3257/2", connector).http_status == 201
    assert cpo.get(f"{url}/3257/2").data == connector
    assert [each["uid"] for each in cpo.get(url).data["evses"]] == ["3256", "3257"]


@AT_ALL
def test_an_evse_is_removed_by_its_status(version: str) -> None:
    """L-009."""
    cpo, url = pusher(version), LOCATIONS.address()
    cpo.put(url, LOCATIONS.said(version))
    cpo.patch(f"{url}/3256", {"status": "REMOVED", "last_updated": LATER})

    assert cpo.get(f"{url}/3256").data["status"] == "REMOVED"
    assert cpo.delete(f"{url}/3256").http_status == 405


@AT_ALL
@OF_BOTH
def test_what_is_not_json_is_http_400(version: str, objects: Objects) -> None:
    """T-040, T-041, T-011."""
    for body in (b'{"a":', b"", b"<html>", b'{"id": "A", "id": "B"}'):
        answer = pusher(version, f"CPO {body!r}").call("PUT", objects.address(), body)
        assert (answer.http_status, answer.code) == (400, 2000)
    assert not objects.held().exists()


@AT_ALL
@OF_BOTH
def test_what_is_json_and_wrong_is_2001(version: str, objects: Objects) -> None:
    """T-042, T-048, T-103, T-133, L-020: HTTP 200, with the field that is wrong."""
    cpo = pusher(version)
    good = objects.said(version)
    for name in (objects.required, "last_updated", "id"):
        missing = cpo.put(objects.address(), {k: v for k, v in good.items() if k != name})
        cleared = cpo.put(objects.address(), {**good, name: None})
        for answer in (missing, cleared):
            assert (answer.http_status, answer.code) == (200, 2001)
            assert name in [problem["path"] for problem in answer.data]
    other = cpo.put(objects.address(), {**good, "id": "OTHER"})
    assert (other.http_status, other.code) == (200, 2001)
    assert not objects.held().exists()


@SINCE_2_2_1
@OF_BOTH
def test_the_owner_in_the_body_is_that_of_the_address(version: str, objects: Objects) -> None:
    """T-132."""
    for changed in ({"party_id": "XYZ"}, {"country_code": "DE"}):
        answer = pusher(version, f"CPO {changed}").put(
            objects.address(), {**objects.said(version), **changed}
        )
        assert (answer.http_status, answer.code) == (200, 2001)
    assert not objects.held().exists()


@AT_ALL
@OF_BOTH
def test_what_is_not_there_is_404(version: str, objects: Objects) -> None:
    """T-011, T-044, T-045, T-049, T-134: objects nobody told us, and parties the caller is not."""
    cpo = pusher(version)
    calls: list[tuple[str, str, Any]] = [("GET", objects.address(), None)]
    if objects is LOCATIONS or version == "2.1.1":
        calls.append(("PATCH", objects.address(), {"last_updated": LATER}))
    if objects is TARIFFS:
        calls.append(("DELETE", objects.address(), None))
    foreign = objects.address(owner="NL/XYZ")
    calls += [("GET", foreign, None), ("PUT", foreign, objects.said(version))]
    for method, path, body in calls:
        answer = cpo.call(method, path, body)
        assert (answer.http_status, answer.code // 1000) == (404, 2), (method, path)
        assert "data" not in answer.envelope
    assert not objects.held().exists()


@AT_ALL
@OF_BOTH
def test_methods_that_are_not_defined_are_405(version: str, objects: Objects) -> None:
    """T-011, T-050, T-131, L-005."""
    cpo = pusher(version)
    cpo.put(objects.address(), objects.said(version))
    calls = [("POST", objects.address()), ("POST", f"receiver/{objects.module}/NL/ABC")]
    calls += [("PUT", objects.list), ("POST", objects.list), ("DELETE", objects.list)]
    if objects is LOCATIONS:
        calls += [("DELETE", objects.address()), ("DELETE", f"{objects.address()}/3256/1")]
    elif version != "2.1.1":
        calls.append(("PATCH", objects.address()))
    for method, path in calls:
        answer = cpo.call(method, path, objects.said(version))
        expected = 404 if path.endswith("/ABC") else 405
        assert (answer.http_status, answer.code) == (expected, 2000), (method, path)
    assert cpo.get(objects.address()).code == 1000


@AT_ALL
@OF_BOTH
def test_unknown_fields_are_kept(version: str, objects: Objects) -> None:
    """T-107, T-109."""
    cpo = pusher(version)
    document = {**objects.said(version), "foo": {"bar": [1, None]}}

    assert cpo.put(objects.address(), document).code == 1000
    assert cpo.get(objects.address()).data["foo"] == {"bar": [1, None]}


@AT_ALL
@OF_BOTH
def test_a_charset_beside_the_content_type_does_no_harm(version: str, objects: Objects) -> None:
    """T-028, T-027."""
    cpo = pusher(version)
    answer = cpo.client.put(
        f"/ocpi/{version}/{objects.address()}",
        json.dumps(objects.said(version)),
        content_type="application/json; charset=utf-8",
        headers=cpo.headers(),
    )
    assert answer.status_code == 201
    assert answer.headers["Content-Type"] == "application/json"


@AT_ALL
def test_identifiers_are_found_whatever_their_case(version: str) -> None:
    """T-095, T-097, R-004."""
    cpo = pusher(version)
    cpo.put("receiver/locations/nl/abc/loc1", LOCATIONS.said(version, "LoC1"))

    assert cpo.get(LOCATIONS.address("LOC1", "NL/ABC")).data["id"] == "LoC1"
    assert Location.objects.count() == 1


@SINCE_2_2_1
def test_a_hub_may_pass_on_what_is_anothers(version: str) -> None:
    """R-013: the message is from the hub, the object of the party behind it."""
    hub = builders.partner(
        "Hub", kind=ConnectionKind.HUB, speaks_for=(builders.party("NL*HUB", "HUB"),),
        version=version,
    )  # fmt: skip
    ConnectionParty.objects.create(
        connection=hub.connection, party=builders.party("NL*ABC"), source=PartySource.HUB
    )
    Connection.objects.filter(pk=hub.connection.pk).update(hub_party_id="NLHUB")
    answer = hub.call(
        "PUT",
        LOCATIONS.address(),
        LOCATIONS.said(version),
        headers={"OCPI-from-country-code": "NL", "OCPI-from-party-id": "HUB"},
    )
    assert (answer.http_status, answer.code) == (201, 1000)
    assert answer.headers["OCPI-to-party-id"] == "HUB"


@SINCE_2_2_1
def test_a_later_change_of_a_part_is_found_by_date(version: str) -> None:
    """L-003, L-006, L-008: EVSE and location are as new as their newest part."""
    cpo, url = pusher(version), LOCATIONS.address()
    cpo.put(url, LOCATIONS.said(version))
    for number, (method, path) in enumerate(
        [("PUT", "/3256/1"), ("PATCH", "/3256/1"), ("PATCH", "/3256")]
    ):
        moment = f"2026-02-0{number + 1}T10:00:00Z"
        part = cpo.get(url + path).data if method == "PUT" else {}
        assert cpo.call(method, url + path, {**part, "last_updated": moment}).code == 1000
        held = cpo.get(url).data
        assert held["last_updated"] == held["evses"][0]["last_updated"] == moment
    ours = builders.party("NL*ABC")
    ours.is_ours = True
    ours.save()
    Location.objects.update(received_from=None)
    cpo.connection.delete()
    emsp = reader(version)
    listed = emsp.get("sender/locations?date_from=2026-02-03T10:00:00Z").data
    assert [document["id"] for document in listed] == ["LOC1"]
    assert emsp.get("sender/locations?date_from=2026-02-03T10:00:01Z").data == []
