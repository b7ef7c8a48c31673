"""The data behind the map: clusters, statuses, filters, and cheap answers while nothing changes."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from locations import services
from locations.models import EVSE
from parties.models import Connection, Party
from roaming import permissions
from tests import builders
from tests.staff.conftest import LogIn

pytestmark = pytest.mark.django_db
EUROPE = {"west": "-10", "south": "40", "east": "20", "north": "60"}


@pytest.fixture
def owner(connection: Connection) -> Party:
    party = builders.party("NL*ABC", ours=True)
    places = [("51.04760", "3.72994"), ("51.04770", "3.73010"), ("52.37020", "4.89510")]
    for number, (latitude, longitude) in enumerate(places):
        document = builders.location(f"LOC{number}", name=f"Place {number}")
        document["coordinates"] = {"latitude": latitude, "longitude": longitude}
        services.put_location(party, document, source=None)
    return party


def ask(client: Client, **query: Any) -> dict[str, Any]:
    answer = client.get(
        reverse("admin:locations_location_map_data"), {**EUROPE, "zoom": 4, **query}
    )
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_from_afar_all_are_one_cluster_and_close_up_each_is_itself(
    log_in: LogIn, owner: Party
) -> None:
    client = log_in(permissions.VIEWERS)
    (cluster,) = ask(client)["markers"]
    assert (cluster["count"], cluster["available"]) == (3, 3)
    assert [marker["count"] for marker in ask(client, zoom=16)["markers"]] == [1, 1, 1]


def test_only_what_is_in_view(log_in: LogIn, owner: Party) -> None:
    found = ask(log_in(permissions.VIEWERS), zoom=16, south="52")
    assert [marker["count"] for marker in found["markers"]] == [1]


def test_filters_by_status_and_owner(log_in: LogIn, owner: Party) -> None:
    client, evse = log_in(permissions.VIEWERS), EVSE.objects.order_by("pk")[0]
    services.set_status(evse, "OUTOFORDER")
    (broken,) = ask(client, status="broken")["markers"]
    assert (broken["count"], broken["broken"]) == (1, 1)
    assert ask(client, owner=builders.party("DE*XYZ").pk)["markers"] == []


def test_a_status_change_is_told_and_quiet_is_cheap(log_in: LogIn, owner: Party) -> None:
    client = log_in(permissions.VIEWERS)
    token = ask(client, zoom=15)["token"]
    quiet = ask(client, zoom=15, token=token)
    services.set_status(EVSE.objects.order_by("pk")[0], "CHARGING")
    changed = ask(client, zoom=16, token=quiet["token"])
    assert sum(marker["in_use"] for marker in changed["markers"]) == 1


def test_what_makes_no_sense_is_refused_with_a_reason(log_in: LogIn, owner: Party) -> None:
    client = log_in(permissions.VIEWERS)
    url = reverse("admin:locations_location_map_data")
    queries: list[dict[str, str]] = [
        {},
        {**EUROPE, "zoom": "99"},
        {**EUROPE, "zoom": "x"},
        {**EUROPE, "zoom": "nan"},
        {**EUROPE, "zoom": "4", "west": "inf"},
        {**EUROPE, "zoom": "4", "status": "'; --"},
        {**EUROPE, "zoom": "4", "owner": "9" * 30},
    ]
    for query in queries:
        answer = client.get(url, query)
        assert answer.status_code == 400
        assert answer.json()["error"]


def test_the_map_is_for_those_who_may_see_locations(log_in: LogIn, owner: Party) -> None:
    client = log_in("")
    for name in ("map", "map_data", "map_details"):
        url = reverse(f"admin:locations_location_{name}")
        assert client.get(url, {**EUROPE, "zoom": "4"}).status_code == 403


def test_a_popup_names_its_locations(log_in: LogIn, owner: Party) -> None:
    client = log_in(permissions.VIEWERS)
    (marker,) = ask(client, zoom=16, south="52")["markers"]
    url = reverse("admin:locations_location_map_details")
    (location,) = client.get(url, {"ids": marker["ids"][0]}).json()["locations"]
    assert location["name"] == "Place 2"
    assert client.get(url, {"ids": "x,,99999999999999999999999"}).json() == {"locations": []}
