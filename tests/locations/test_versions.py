"""Locations at each version over the wire: what is read, pushed, refused and kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from exchange import registry
from exchange.choices import DeliveryResult, Known
from exchange.models import Delivery, LossCount
from exchange.quality import losses
from exchange.registry import Push, Source
from exchange.standing import Standing, push_due
from locations import services
from locations.models import EVSE, Location, Rendition
from ocpi import json
from ocpi.datetimes import format_datetime
from ocpi.errors import Problem
from ocpi.versioned import validate_document
from parties.models import Connection, Party
from parties.services import only_owner
from tests import builders
from tests.builders import EARLIER, LATER, LATEST, Partner

pytestmark = pytest.mark.django_db
LIST = "sender/locations"
URL = "receiver/locations/NL/ABC/LOC1"
PRECISE = "2026-01-02T10:00:00.250Z"


def hold(*documents: dict[str, Any]) -> None:
    services.receive(builders.raw(*documents), Source(label="test", version="2.3.0"))


def reader(version: str = "2.1.1") -> Partner:
    return builders.partner(
        f"EMSP {version}", speaks_for=(builders.party("NL*EMP", "EMSP"),), version=version
    )


def pusher(version: str = "2.1.1") -> Partner:
    return builders.partner(
        f"CPO {version}", speaks_for=(builders.party("NL*ABC"),), version=version
    )


def connector_2_1_1(**fields: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "standard": "IEC_62196_T2",
        "format": "SOCKET",
        "power_type": "AC_3_PHASE",
        "voltage": 230,
        "amperage": 32,
        "tariff_id": "11",
        "last_updated": EARLIER,
        **fields,
    }


def evse_2_1_1(uid: str = "3256", **fields: Any) -> dict[str, Any]:
    return {
        "uid": uid,
        "status": "AVAILABLE",
        "connectors": [connector_2_1_1()],
        "last_updated": EARLIER,
        **fields,
    }


def location_2_1_1(**fields: Any) -> dict[str, Any]:
    return {
        "id": "LOC1",
        "type": "ON_STREET",
        "name": "Gent Zuid",
        "address": "F.Rooseveltlaan 3A",
        "city": "Gent",
        "postal_code": "9000",
        "country": "BEL",
        "coordinates": {"latitude": "51.047599", "longitude": "3.729944"},
        "evses": [evse_2_1_1()],
        "last_updated": EARLIER,
        **fields,
    }


# --- What is read -------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1", "2.3.0"])
def test_each_level_is_valid_in_the_version_it_is_read_in(version: str) -> None:
    """L-002, T-094."""
    document = builders.location(
        help_phone="+3291234567",
        last_updated=PRECISE,
        evses=[
            builders.evse(
                last_updated=PRECISE, connectors=[builders.connector(max_electric_power=9)]
            )
        ],
    )
    hold(document)
    emsp = reader(version)

    (listed,) = emsp.get(LIST).data
    assert emsp.get(f"{LIST}/loc1").data == listed
    assert emsp.get(f"{LIST}/LOC1/3256").data == listed["evses"][0]
    assert emsp.get(f"{LIST}/LOC1/3256/1").data == listed["evses"][0]["connectors"][0]
    validate_document(version, "location", json.loads(json.dumps(listed)))
    assert ("help_phone" in listed) is (version == "2.3.0")
    assert listed["last_updated"] == (LATER if version == "2.1.1" else PRECISE)


def test_a_private_location_is_not_there_at_2_1_1() -> None:
    """L-014, T-066."""
    hold(builders.location("OPEN"), builders.location("SHUT", publish=False))
    emsp = reader()

    answer = emsp.get(LIST)

    assert [each["id"] for each in answer.data] == ["OPEN"]
    assert answer.headers["X-Total-Count"] == "1"
    assert emsp.get(f"{LIST}/SHUT").http_status == 404


def test_which_versions_a_location_fits_is_known_when_it_is_written() -> None:
    hold(
        builders.location("A"),
        builders.location("B", help_phone="1"),
        builders.location("C", publish=False),
    )
    rows = Location.objects.order_by("location_id").values_list("differs_in", "refused_in")
    assert list(rows) == [
        (["2.1.1"], []),
        (["2.1.1", "2.2.1"], []),
        (["2.1.1"], ["2.1.1"]),
    ]


def test_a_rendition_is_made_once_and_follows_what_changes() -> None:
    owner = builders.party("NL*ABC", ours=True)
    services.save_location(owner, builders.location())
    emsp = reader()
    emsp.get(LIST)
    first = Rendition.objects.get()
    evse = EVSE.objects.get()

    services.set_status(evse, "CHARGING")
    assert emsp.get(LIST).data[0]["evses"][0]["status"] == "CHARGING"
    assert Rendition.objects.get() == first

    services.save_location(owner, builders.location(name="New name"))
    assert not Rendition.objects.exists()
    assert emsp.get(LIST).data[0]["name"] == "New name"

    services.save_evse(evse.location, builders.evse(floor_level="2"))
    assert not Rendition.objects.exists()
    assert emsp.get(LIST).data[0]["evses"][0]["floor_level"] == "2"


def test_an_evse_that_2_1_1_cannot_say_is_not_there() -> None:
    hold(
        builders.location(
            evses=[
                builders.evse(),
                builders.evse("3257", connectors=[builders.connector(standard="MCS")]),
            ]
        )
    )
    emsp = reader()

    for _ in range(2):
        assert [evse["uid"] for evse in emsp.get(LIST).data[0]["evses"]] == ["3256"]
    assert emsp.get(f"{LIST}/LOC1/3257").http_status == 404


def test_what_a_list_does_not_say_is_counted_per_connection() -> None:
    power = [
        builders.connector(max_electric_power=1),
        builders.connector("2", max_electric_power=2),
    ]
    hold(
        builders.location("A", state="Oost", last_updated=PRECISE),
        builders.location("B", evses=[builders.evse(connectors=power)]),
    )
    emsp = reader()
    emsp.get(LIST)
    emsp.get(LIST)

    counts = {
        (count.code, count.path): (count.count, count.example_reference)
        for count in LossCount.objects.filter(connection=emsp.connection, version="2.1.1")
    }
    assert counts == {
        ("field_not_in_version", "state"): (2, "NL*ABC/A"),
        ("field_not_in_version", "evses.connectors.max_electric_power"): (4, "NL*ABC/B"),
        ("time_rounded", "last_updated"): (2, "NL*ABC/A"),
    }


def test_losses_are_added_up_without_indexes() -> None:
    connection = builders.connection()
    found = [Problem("x", f"evses.{n}.connectors.1.capabilities", "", [n]) for n in range(3)]
    for _ in range(2):
        losses.count(connection, "locations", "2.1.1", "NL*ABC/1", found)
    losses.count(connection, "locations", "2.1.1", "NL*ABC/1", [])

    count = LossCount.objects.get()
    assert (count.path, count.count) == ("evses.connectors.capabilities", 6)
    assert (count.example_reference, count.example_value) == ("NL*ABC/1", "[2]")


# --- What is pushed to us -----------------------------------------------------------------------------


def test_a_pushed_location_of_2_1_1_is_kept_as_a_public_one_of_the_address() -> None:
    cpo = pusher()

    assert cpo.put(URL, location_2_1_1()).http_status == 201
    assert cpo.put(URL, location_2_1_1(last_updated=LATER)).http_status == 200

    location = Location.objects.get()
    assert (location.owner.identity, location.publish) == (("NL", "ABC"), True)
    assert location.time_zone == "Europe/Brussels"
    assert location.document["parking_type"] == "ON_STREET"
    given = cpo.get("receiver/locations/nl/abc/loc1").data
    assert given == {**location_2_1_1(last_updated=LATER), "time_zone": "Europe/Brussels"}


def test_parts_of_2_1_1_are_put_and_found_whatever_their_case() -> None:
    """L-004, L-011."""
    cpo = pusher()
    cpo.put(URL, location_2_1_1())

    assert cpo.put(f"{URL}/a1", evse_2_1_1("A1", last_updated=LATER)).http_status == 201
    changed = connector_2_1_1(voltage=400, last_updated=LATEST)
    assert cpo.put(f"{URL}/A1/1", changed).http_status == 200
    assert cpo.get(f"{URL}/a1/1").data == changed


@pytest.mark.parametrize(
    ("path", "patch", "name", "value"),
    [
        ("", {"name": "Interparking Gent Zuid"}, "name", "Interparking Gent Zuid"),
        ("/3256", {"status": "CHARGING"}, "status", "CHARGING"),
        ("/3256/1", {"tariff_id": "15"}, "tariff_id", "15"),
        ("", {"type": "UNKNOWN"}, "type", "UNKNOWN"),
    ],
)
def test_the_patches_of_the_specification_need_no_time(
    path: str, patch: dict[str, Any], name: str, value: str
) -> None:
    """T-137: OCPI 2.1.1, mod_locations, 2.2.3 PATCH Method, Examples."""
    cpo = pusher()
    cpo.put(URL, location_2_1_1())

    assert cpo.patch(URL + path, patch).code == 1000

    document = cpo.get(URL + path).data
    assert document[name] == value
    assert document["last_updated"] > EARLIER
    assert Location.objects.get().last_updated.microsecond == 0
    assert cpo.get(URL).data["last_updated"] == document["last_updated"]


def test_a_patch_without_time_counts_even_when_the_owners_clock_is_ahead() -> None:
    cpo = pusher()
    ahead = format_datetime(timezone.now() + timedelta(minutes=2))
    cpo.put(URL, location_2_1_1(last_updated=ahead, evses=[evse_2_1_1(last_updated=ahead)]))
    cpo.patch(f"{URL}/3256", {"status": "CHARGING"})

    assert cpo.get(f"{URL}/3256").data["status"] == "CHARGING"


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
def test_later_versions_want_the_time_of_a_patch(version: str) -> None:
    """L-007."""
    cpo = pusher(version)
    cpo.put(URL, builders.location())

    answer = cpo.patch(f"{URL}/3256", {"status": "CHARGING"})

    assert (answer.code, answer.data[0]["path"]) == (2001, "last_updated")


@pytest.mark.parametrize(
    ("path", "patch", "faulty"),
    [
        ("/3256/1", {"voltage": "230"}, "voltage"),
        ("", {"type": "ON_DRIVEWAY"}, "type"),
        ("", {"evses": 5}, "evses"),
        ("/3256", {"status": "GONE"}, "status"),
    ],
)
def test_faults_of_a_patch_are_named_as_the_version_names_them(
    path: str, patch: dict[str, Any], faulty: str
) -> None:
    cpo = pusher()
    cpo.put(URL, location_2_1_1())

    answer = cpo.patch(URL + path, patch)

    assert (answer.http_status, answer.code) == (200, 2001)
    assert answer.data[0]["path"] == faulty


def test_a_patch_is_laid_over_the_whole_so_that_later_fields_stay() -> None:
    newer = pusher("2.3.0")
    newer.put(URL, builders.location(help_phone="1"))
    pusher("2.1.1").patch(URL, {"type": "PARKING_LOT"})

    document = newer.get(URL).data
    assert (document["help_phone"], document["parking_type"]) == ("1", "PARKING_LOT")


def test_an_object_of_another_version_is_refused_with_its_faults() -> None:
    """L-020, T-103."""
    answer = pusher().put(URL, builders.location())

    assert answer.code == 2001
    paths = {fault["path"] for fault in answer.data}
    assert {"type", "evses.0.connectors.0.voltage"} <= paths


# --- The connection's version -------------------------------------------------------------------------


def test_another_version_than_agreed_on_is_404_and_says_what_to_do() -> None:
    emsp = reader("2.2.1")
    emsp.connection.version = "2.3.0"

    answer = emsp.get(LIST)

    assert answer.http_status == 404
    assert "has agreed on OCPI 2.2.1, not on OCPI 2.3.0" in answer.message
    assert "/ocpi/2.3.0/credentials" in answer.message


def test_at_2_1_1_nobody_is_named_in_headers() -> None:
    hold(builders.location())
    headers = {"OCPI-from-country-code": "XX", "OCPI-from-party-id": "nonsense"}

    answer = reader().get(LIST, **headers)

    assert answer.code == 1000
    assert not [name for name in answer.headers if name.lower().startswith("ocpi-")]


@pytest.mark.parametrize(("settings", "http_status"), [({}, 200), ({"http_errors": True}, 400)])
def test_a_partner_can_be_told_of_errors_by_http(
    settings: dict[str, bool], http_status: int
) -> None:
    cpo = pusher()
    Connection.objects.update(dialect_settings=settings)

    answer = cpo.put(URL, {})

    assert (answer.http_status, answer.code) == (http_status, 2001)


# --- What is pushed by us -----------------------------------------------------------------------------


@pytest.fixture
def told() -> Connection:
    """A partner of 2.1.1 that takes our locations."""
    emsp = builders.party("DE*EMP", "EMSP")
    return builders.connection("Told", speaks_for=(emsp,), pushes=("locations",), version="2.1.1")


def rendered(connection: Connection, *changed: str, whole: bool = False) -> Push | None:
    outbox = registry.get("locations").outbox
    assert outbox is not None
    return outbox.render(connection, Location.objects.get().pk, changed or ("*",), whole=whole)


def document_of(push: Push | None) -> dict[str, Any]:
    assert push is not None
    return json.loads(push.data) if isinstance(push.data, bytes) else push.data  # type: ignore[no-any-return]


def test_a_whole_push_is_of_the_version_and_lists_what_it_leaves_out(told: Connection) -> None:
    hold(builders.location(state="Oost"))

    push = rendered(told)

    assert push is not None
    assert (push.method, push.segments) == ("PUT", ("NL", "ABC", "LOC1"))
    validate_document("2.1.1", "location", document_of(push))
    assert [(loss.code, loss.path) for loss in push.losses] == [("field_not_in_version", "state")]
    assert push.losses[0].message == "OCPI 2.1.1 has no such field"


def test_a_status_push_has_whole_seconds(told: Connection) -> None:
    hold(builders.location(evses=[builders.evse(last_updated=PRECISE)]))

    push = rendered(told, "status:3256")

    assert document_of(push) == {"status": "AVAILABLE", "last_updated": LATER}
    assert push is not None
    assert [loss.code for loss in push.losses] == ["time_rounded"]


def test_nothing_is_told_of_an_evse_that_the_partner_cannot_know(told: Connection) -> None:
    connectors = [builders.connector(standard="MCS")]
    hold(builders.location(evses=[builders.evse(connectors=connectors)]))

    assert rendered(told, "status:3256") is None


def test_what_is_private_now_goes_out_once_as_removed(told: Connection) -> None:
    owner = builders.party("NL*ABC", ours=True)
    services.save_location(owner, builders.location())
    assert Delivery.objects.count() == 1
    Delivery.objects.update(
        sent_version=1, last_exchange_id=1, last_result=DeliveryResult.DELIVERED
    )

    services.save_location(owner, builders.location(publish=False))

    delivery = Delivery.objects.pending().get()
    outbox = registry.get("locations").outbox
    assert outbox is not None
    where, push = push_due(outbox, told, delivery, whole=False)
    assert where is Standing.WITHDRAW
    document = document_of(push)
    validate_document("2.1.1", "location", document)
    assert "publish" not in document
    assert [evse["status"] for evse in document["evses"]] == ["REMOVED"]

    Delivery.objects.update(sent_version=2, known=Known.WITHDRAWN)
    services.save_location(owner, builders.location(publish=False, name="Secret"))
    assert not Delivery.objects.pending().exists()


def test_a_location_that_never_was_public_is_not_told(told: Connection) -> None:
    owner = builders.party("NL*ABC", ours=True)
    services.save_location(owner, builders.location(publish=False))

    assert not Delivery.objects.exists()


# --- What is fetched ----------------------------------------------------------------------------------


def test_what_a_partner_of_2_1_1_lists_is_its_only_partys() -> None:
    cpo = pusher().connection
    assert only_owner(cpo) == ("NL", "ABC")
    source = Source("pull", "2.1.1", cpo, frozenset({only_owner(cpo)}), only_owner(cpo))  # type: ignore[arg-type]

    received = services.receive(builders.raw(location_2_1_1()), source)

    assert received.counts.created == 1
    assert Location.objects.get().owner == Party.objects.get(party_id="ABC")


def test_later_versions_name_the_owner_in_their_objects() -> None:
    assert only_owner(pusher("2.2.1").connection) is None
    two = builders.connection(
        "Two", speaks_for=(builders.party("NL*X01"), builders.party("NL*X02")), version="2.1.1"
    )
    assert only_owner(two) is None
