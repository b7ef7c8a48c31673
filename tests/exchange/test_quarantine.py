"""Quarantine: kept once, encrypted, taken in again or dropped; and the counts of deviations."""

from __future__ import annotations

import json
from typing import Any

import pytest

from exchange.choices import QuarantineState
from exchange.models import Quarantined, WarningCount
from exchange.quality import deviations, quarantine, retake
from exchange.quality.quarantine import Rejected
from exchange.registry import Source
from locations.models import Location
from ocpi.errors import Problem
from ocpi.ids import PartyId
from parties.models import Connection, Event
from tests import builders

pytestmark = pytest.mark.django_db
PROBLEM = Problem("id_missing", "id", "There is no id.", None)
FILE = Source("feed.json", version="2.2.1")


def put(raw: bytes, source: Source = FILE, *problems: Problem) -> Quarantined:
    quarantine.put_many("locations", [Rejected(raw, problems or [PROBLEM], "NL*ABC/?")], source)
    return Quarantined.objects.get(fingerprint=quarantine.fingerprint(raw))


def without_id() -> dict[str, Any]:
    return {k: v for k, v in builders.location().items() if k != "id"}


def test_the_original_is_kept_encrypted_and_given_back_as_it_was() -> None:
    raw = b'{"secret": "\xc3\xa9", "n": 1.10}'
    row = put(raw)

    assert b"secret" not in bytes(row.original_encrypted)
    assert quarantine.original(row) == raw
    assert row.problems == [
        {"code": "id_missing", "path": "id", "message": "There is no id.", "value": "null"}
    ]
    assert (row.source, row.object_reference) == ("feed.json", "NL*ABC/?")


def test_the_same_object_again_is_the_same_row() -> None:
    put(b'{"a": 1}')
    quarantine.put_many(
        "locations",
        [Rejected(b'{"a": 1}', [Problem("other", "", "Other.")]), Rejected(b'{"a": 1}', [])],
        FILE,
    )
    row = Quarantined.objects.get()

    assert row.times_seen == 2
    assert row.state == QuarantineState.OPEN


def test_what_was_taken_in_waits_again_when_it_comes_back_but_what_was_dropped_stays_so() -> None:
    for state, expected in (
        (QuarantineState.RESOLVED, QuarantineState.OPEN),
        (QuarantineState.DROPPED, QuarantineState.DROPPED),
    ):
        row = put(b'{"a": 1}')
        Quarantined.objects.filter(pk=row.pk).update(state=state)
        assert put(b'{"a": 1}').state == expected


def test_nothing_a_partner_writes_breaks_the_row() -> None:
    odd = Problem("bad", "a.\x00.b", "The field \ud800\x07 is odd.", {"x": "\x00", "y": object()})
    row = put(b"\x00\xff", FILE, odd)

    assert "\x00" not in json.dumps(row.problems)
    assert quarantine.original(row) == b"\x00\xff"


def test_dropping_is_recorded_and_happens_once() -> None:
    row = put(b"{}")
    quarantine.drop(row, "anna")

    assert row.state == QuarantineState.DROPPED
    assert Event.objects.get(name="quarantine.dropped").actor == "anna"
    with pytest.raises(ValueError, match="waits no longer"):
        quarantine.drop(row, "anna")
    with pytest.raises(ValueError, match="waits no longer"):
        retake.take_in(row, None, "anna")


def test_an_edited_object_is_taken_in_and_the_row_resolved() -> None:
    row = put(json.dumps(without_id()).encode())
    received = retake.take_in(row, builders.raw(builders.location("A"))[0], "anna")

    assert received.counts.created == 1
    assert Location.objects.get().location_id == "A"
    assert row.state == QuarantineState.RESOLVED
    assert Event.objects.get(name="quarantine.taken_in").actor == "anna"


def test_what_is_rejected_again_says_why_and_stays_one_row() -> None:
    row = put(json.dumps(without_id()).encode())
    with pytest.raises(retake.StillRejected) as refused:
        retake.take_in(row, b'{"id": "A"}', "anna")

    assert refused.value.problems[0]["code"] == "owner_missing"
    assert Quarantined.objects.count() == 1
    assert row.state == QuarantineState.OPEN
    assert row.times_seen == 1
    assert row.problems == refused.value.problems
    assert quarantine.original(row) == json.dumps(without_id()).encode()
    assert not Event.objects.exists()


@pytest.mark.parametrize("edited", [b"", b"{", b"7", b"\xff"])
def test_an_edit_that_is_no_object_is_refused(edited: bytes) -> None:
    row = put(b"{}")
    with pytest.raises(retake.StillRejected):
        retake.take_in(row, edited, "anna")


def test_staff_can_say_whose_it_is() -> None:
    raw = builders.raw({k: v for k, v in builders.location("A").items() if k != "party_id"})[0]
    row = put(raw)
    retake.take_in(row, None, "anna", owner=PartyId("NL", "XYZ"))

    assert Location.objects.get().owner.identity == PartyId("NL", "XYZ")


def test_what_came_from_a_partner_keeps_to_the_parties_it_speaks_for(theirs: Connection) -> None:
    source = Source("Pull", version="2.2.1", connection=theirs, owners=frozenset())
    row = put(json.dumps(without_id()).encode(), source)
    foreign = builders.raw(builders.location("A", "FR*XXX"))[0]
    with pytest.raises(retake.StillRejected, match="not a party this connection speaks for"):
        retake.take_in(row, foreign, "anna")
    retake.take_in(row, builders.raw(builders.location("A"))[0], "anna")

    assert Location.objects.get().received_from == theirs


def test_deviations_are_counted_per_partner_with_one_example(theirs: Connection) -> None:
    def warn(reference: str, value: Any, connection: Connection | None = theirs) -> None:
        problem = Problem("text_trimmed", "name", "Trimmed.", value)
        deviations.count_warnings(connection, "locations", [(reference, problem)] * 2)

    warn("NL*ABC/1", "first ")
    warn("NL*ABC/2", "second\x00 ")
    warn("file", {"a": 1}, None)
    warn("file", {"a": 1}, None)

    row = WarningCount.objects.get(connection=theirs)
    assert (row.count, row.example_reference, row.example_path) == (4, "NL*ABC/2", "name")
    assert row.example_value == "second\N{REPLACEMENT CHARACTER} "
    assert WarningCount.objects.get(connection=None).count == 4


def test_nothing_to_count_costs_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        deviations.count_warnings(None, "locations", [])
        quarantine.put_many("locations", [], FILE)
