"""What a complete list lacks: retired, kept, or left to staff; never another party's (T-082, F-006)."""

from __future__ import annotations

import pytest
from django.db.models import F
from django.utils import timezone

from exchange import pulls, registry
from exchange.choices import JobState
from exchange.models import Delivery, Exchange, Missing, PullState
from exchange.pulls import missing, vanishing
from exchange.registry import Source
from locations import services
from locations.models import Location
from parties.choices import ConnectionKind, VanishPolicy
from parties.models import Connection, Event
from tests import builders
from tests.exchange.conftest import Reply, System
from tests.exchange.paging import Listing
from tests.exchange.pulling import held, locations, pulled, state_of

pytestmark = pytest.mark.django_db


def test_a_complete_full_pull_retires_what_is_no_longer_listed(
    theirs: Connection, system: System
) -> None:
    """T-082."""
    listing = Listing(system, locations(*"ABCDEFGHIJ"))
    pulled(theirs)
    del listing.items[3:5]

    job = pulled(theirs, full=True)

    assert held() == set("ABCFGHIJ")
    assert "2 that are no longer listed" in job.message
    assert Location.objects.count() == 10


def test_what_is_listed_again_is_back(theirs: Connection, system: System) -> None:
    listing = Listing(system, locations(*"ABCDEF"))
    pulled(theirs)
    gone = listing.items.pop()
    pulled(theirs, full=True)
    assert "F" not in held()
    listing.items.append(gone)
    pulled(theirs, full=True)

    assert held() == set("ABCDEF")


def test_an_incremental_pull_retires_nothing(theirs: Connection, system: System) -> None:
    listing = Listing(system, locations(*"ABCDEF"))
    pulled(theirs)
    listing.items = []
    pulled(theirs)

    assert held() == set("ABCDEF")


def test_when_too_much_would_vanish_nothing_does_and_staff_are_told(
    theirs: Connection, system: System
) -> None:
    listing = Listing(system, locations(*"ABCDEFGHIJ"))
    pulled(theirs)
    del listing.items[:3]
    job = pulled(theirs, full=True)

    assert held() == set("ABCDEFGHIJ")
    assert job.state == JobState.DONE
    assert "3 of 10 locations are no longer listed" in job.message
    assert Event.objects.get(name="pull.vanish_limit").connection == theirs
    state = PullState.objects.get()
    assert (state.vanishing, state.vanishing_job) == (3, job)

    again = pulled(theirs, full=True, retire_any=True)
    assert held() == set("DEFGHIJ")
    assert "3 that are no longer listed were retired" in again.message
    state.refresh_from_db()
    assert (state.vanishing, state.vanishing_job) == (0, None)


def test_an_empty_list_does_not_retire_the_only_object(theirs: Connection, system: System) -> None:
    listing = Listing(system, locations("A"))
    pulled(theirs)
    listing.items = []
    pulled(theirs, full=True)

    assert held() == {"A"}


def test_what_came_by_push_during_the_crawl_does_not_vanish(
    theirs: Connection, system: System
) -> None:
    listing = Listing(system, locations(*"ABCDEFGHIJ"))
    pulled(theirs)
    job = pulls.start_pull(theirs, "locations", full=True)

    def push(number: int) -> None:
        Location.objects.create(
            owner=theirs.parties.get(),
            location_id="NEW",
            location_key="NEW",
            document={},
            last_updated=timezone.now(),
            created_at=timezone.now(),
        )

    pulls.run(job, watch=lambda counts: push(counts.total) if counts.total == 2 else None)
    assert listing.items
    assert "NEW" in held()


def test_only_what_it_told_us_of_our_own_parties_can_vanish(system: System, db: None) -> None:
    ours = builders.party("NL*ABC", ours=True)
    office = builders.connection(
        "Office", speaks_for=(ours,), url=system.url, kind=ConnectionKind.BACK_OFFICE
    )
    Location.objects.create(
        owner=ours, location_id="S", location_key="S", document={}, last_updated=timezone.now()
    )
    listing = Listing(system, locations(*"ABCDEF"))
    pulled(office)
    listing.items = listing.items[:-1]
    pulled(office, full=True)

    assert held() == {*"ABCDE", "S"}


def test_staff_retire_exactly_what_was_shown_but_for_what_came_back(
    theirs: Connection, system: System
) -> None:
    listing = Listing(system, locations(*"ABCDEFGHIJ"))
    pulled(theirs)
    first_read = state_of(theirs).full_at
    gone = listing.items[:4]
    del listing.items[:4]
    pulled(theirs, full=True)
    module, state = registry.get("locations"), state_of(theirs)

    shown = missing.rows(state, module)
    assert [row.reference for row in shown] == [f"NL*ABC/{name}" for name in "ABCD"]
    assert shown[0].name == "Gent Zuid"
    assert shown[0].details == (1,)
    assert shown[0].listed_at == first_read
    assert [row.reference for row in missing.rows(state, module, search="*abc/b")] == ["NL*ABC/B"]

    services.receive(builders.raw(gone[0]), Source("x", "2.2.1", theirs))
    Exchange.objects.create(
        at=timezone.now(), direction="in", connection=theirs, method="PUT", url="/", outcome="ok",
        module="locations", object_reference="NL*ABC/B",
    )  # fmt: skip
    assert missing.count(state, module) == 3
    assert vanishing.retire(state, actor="anna") == 3
    assert held() == set("BEFGHIJ")
    assert Event.objects.get(name="pull.vanishing_retired").actor == "anna"
    assert state_of(theirs).vanishing == 0


def test_what_staff_keep_is_not_asked_about_again_until_it_is_listed_in_between(
    theirs: Connection, system: System
) -> None:
    listing = Listing(system, locations(*"ABCDEFGHIJ"))
    pulled(theirs)
    gone = listing.items[:4]
    del listing.items[:4]
    pulled(theirs, full=True)
    assert vanishing.keep(state_of(theirs), actor="anna") == 4

    job = pulled(theirs, full=True)
    assert (job.message, state_of(theirs).vanishing, len(held())) == ("", 0, 10)

    listing.items = [*gone, *listing.items]
    pulled(theirs, full=True)
    assert not Missing.objects.exists()
    del listing.items[:4]
    pulled(theirs, full=True)
    assert state_of(theirs).vanishing == 4


@pytest.mark.parametrize(
    ("policy", "told", "undecided"),
    [(VanishPolicy.ASK, "until somebody decides", 1), (VanishPolicy.KEEP, "settings say", 0)],
)
def test_a_connection_may_ask_always_or_never_retire(
    theirs: Connection, system: System, policy: VanishPolicy, told: str, undecided: int
) -> None:
    Connection.objects.update(vanish_policy=policy)
    listing = Listing(system, locations(*"ABCDEFGHIJ"))
    pulled(theirs)
    del listing.items[0]
    job = pulled(theirs, full=True)

    assert held() == set("ABCDEFGHIJ")
    assert told in job.message
    assert state_of(theirs).vanishing == undecided
    assert Missing.objects.count() == 1


def test_the_share_is_the_connections_own(theirs: Connection, system: System) -> None:
    Connection.objects.update(vanish_limit_percent=50)
    listing = Listing(system, locations(*"ABCDEFGHIJ"))
    pulled(theirs)
    del listing.items[:5]
    pulled(theirs, full=True)

    assert held() == set("FGHIJ")


def test_a_list_shorter_than_the_partner_says_retires_nothing(
    theirs: Connection, system: System
) -> None:
    listing = Listing(system, locations(*"ABCDEFGHIJ"), size=100)
    pulled(theirs)
    del listing.items[0]
    system.handler = lambda seen: Reply(
        [] if "offset" in seen.query else listing.items, headers={"X-Total-Count": "10"}
    )
    job = pulled(theirs, full=True)

    assert held() == set("ABCDEFGHIJ")
    assert "says that there are 10, but listed 9" in job.message


def test_partners_are_told_what_our_own_office_no_longer_lists(
    system: System, taker: Connection
) -> None:
    office = builders.connection(
        "Office",
        speaks_for=(builders.party("NL*ABC", ours=True),),
        url=system.url,
        kind=ConnectionKind.BACK_OFFICE,
    )
    listing = Listing(system, locations(*"ABCDEF"))
    pulled(office)
    Delivery.objects.update(sent_version=F("wanted_version"), last_exchange_id=1)
    del listing.items[0]
    pulled(office, full=True)

    told = Delivery.objects.pending().values_list("connection__name", "object_reference")
    assert list(told) == [("Taker", "NL*ABC/A")]
