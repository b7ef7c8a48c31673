"""What a partner reads from us: lists and objects (OCPI 2.2.1, mod_locations, Sender interface)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from exchange.registry import Source
from locations import services
from ocpi.ids import PartyId
from tests import builders
from tests.builders import EARLIER, LATER, LATEST, Partner

pytestmark = pytest.mark.django_db
URL = "sender/locations"


def hold(*documents: dict[str, Any]) -> None:
    services.receive(builders.raw(*documents), Source(label="test", version="2.2.1"))


@pytest.fixture
def emsp() -> Partner:
    return builders.partner("EMSP", speaks_for=(builders.party("NL*EMP", "EMSP"),))


def ids(partner: Partner, query: str = "") -> list[str]:
    answer = partner.get(f"{URL}{query}")
    assert answer.http_status == 200
    return [document["id"] for document in answer.data]


def test_a_list_holds_whole_locations_as_they_came_in(emsp: Partner) -> None:
    """L-001, T-031, T-065, T-067."""
    hold(builders.location())

    answer = emsp.get(URL)

    assert answer.data == [builders.location()]
    assert answer.headers["X-Total-Count"] == "1"
    assert answer.headers["X-Limit"] == "1000"
    assert "Link" not in answer.headers


def test_following_the_links_gives_everything_once_and_in_order(emsp: Partner) -> None:
    """T-069, T-070, T-075, T-076."""
    hold(*(builders.location(f"LOC{n}") for n in range(7)))

    seen, query = [], "?limit=2"
    for _ in range(10):
        answer = emsp.get(f"{URL}{query}")
        assert answer.headers["X-Total-Count"] == "7"
        seen += [document["id"] for document in answer.data]
        if "Link" not in answer.headers:
            break
        link = answer.headers["Link"]
        assert link.endswith('>; rel="next"')
        query = "?" + urlsplit(link.split(">")[0].lstrip("<")).query
    assert seen == [f"LOC{n}" for n in range(7)]


def test_an_offset_written_by_hand_works_as_well(emsp: Partner) -> None:
    """T-060."""
    hold(*(builders.location(f"LOC{n}") for n in range(5)))

    assert ids(emsp, "?offset=2&limit=2") == ["LOC2", "LOC3"]
    assert ids(emsp, "?offset=99") == []


def test_date_from_is_inclusive_and_date_to_exclusive(emsp: Partner) -> None:
    """T-061, T-072, T-073."""
    hold(
        builders.location("A", last_updated=EARLIER),
        builders.location("B", last_updated=LATER),
        builders.location("C", last_updated=LATEST),
    )

    assert ids(emsp, f"?date_from={LATER}") == ["B", "C"]
    assert ids(emsp, f"?date_from={LATER}&date_to={LATEST}") == ["B"]


def test_filters_stay_in_the_link(emsp: Partner) -> None:
    """T-071."""
    hold(*(builders.location(f"LOC{n}") for n in range(3)))

    link = emsp.get(f"{URL}?limit=1&date_from={EARLIER}").headers["Link"]

    assert parse_qs(urlsplit(link.split(">")[0]).query)["date_from"] == [EARLIER]


@pytest.mark.parametrize(
    "query", ["?limit=-1", "?limit=x", "?offset=1e3", "?date_from=yesterday", "?after=x"]
)
def test_bad_parameters_are_2001(emsp: Partner, query: str) -> None:
    """T-080."""
    answer = emsp.get(f"{URL}{query}")

    assert (answer.http_status, answer.code) == (200, 2001)


def test_unpublished_locations_are_hidden_everywhere(emsp: Partner) -> None:
    """L-014, L-018, T-144."""
    hold(builders.location(publish=False))

    assert ids(emsp) == []
    assert emsp.get(URL).headers["X-Total-Count"] == "0"
    assert emsp.get(f"{URL}/LOC1").http_status == 404


def test_only_the_parties_presented_to_a_connection_are_seen(db: None) -> None:
    """T-009, T-144."""
    hold(builders.location("A", owner="NL*ABC"), builders.location("B", owner="NL*XYZ"))
    shown = builders.party("NL*XYZ", ours=True)
    emsp = builders.partner(
        "EMSP", speaks_for=(builders.party("NL*EMP", "EMSP"),), presents=(shown,)
    )

    assert ids(emsp) == ["B"]


def test_what_another_partner_told_us_is_not_passed_on(emsp: Partner) -> None:
    cpo = builders.partner("CPO", speaks_for=(builders.party("NL*FOR"),))
    cpo.put("receiver/locations/NL/FOR/LOC1", builders.location(owner="NL*FOR"))

    assert ids(emsp) == []
    assert emsp.get(f"{URL}/LOC1").http_status == 404


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("LOC1", builders.location()),
        ("LOC1/3256", builders.evse()),
        ("loc1/3256/1", builders.connector()),
    ],
)
def test_objects_are_readable_at_three_levels(
    emsp: Partner, path: str, expected: dict[str, Any]
) -> None:
    """L-002."""
    hold(builders.location())

    assert emsp.get(f"{URL}/{path}").data == expected


@pytest.mark.parametrize("path", ["LOC2", "LOC1/9", "LOC1/3256/9", "LOC1/3256/1/x"])
def test_an_object_that_is_not_there_is_404(emsp: Partner, path: str) -> None:
    """T-044."""
    hold(builders.location())

    answer = emsp.get(f"{URL}/{path}")

    assert (answer.http_status, answer.code // 1000) == (404, 2)


def test_what_221_cannot_say_is_left_out_for_221(emsp: Partner) -> None:
    owner = builders.party("NL*ABC", ours=True)
    document = builders.location(help_phone="+31201234567")
    services.save_location(owner, document)

    assert "help_phone" not in emsp.get(f"{URL}/LOC1").data
    assert "help_phone" not in emsp.get(URL).data[0]


def test_a_file_with_an_owner_given_is_owned_by_it(emsp: Partner) -> None:
    services.receive(
        builders.raw(builders.location(owner="BE*OTH")),
        Source(label="test", version="2.2.1", owner=PartyId("NL", "NDW")),
    )

    assert emsp.get(URL).data[0]["party_id"] == "NDW"
