"""Platforms with several parties: one crawl each, or one for all, and nobody takes away another's objects."""

from __future__ import annotations

import importlib
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.utils import timezone

from exchange import pulls
from exchange.choices import CrawlState, JobState
from exchange.models import Crawl, Job, Missing, PullState
from parties.choices import ConnectionKind, PartySource
from parties.models import Connection, ConnectionParty, Event
from tests import builders
from tests.exchange.conftest import Reply, Seen, System
from tests.exchange.paging import Listing
from tests.exchange.pulling import Platform, asked_for, held, locations, pulled, state_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def platform(system: System, db: None) -> Connection:
    """A connection to a platform with two CPOs (and an eMSP, which has no locations)."""
    return builders.connection(
        "Platform",
        speaks_for=(
            builders.party("NL*ABC"),
            builders.party("BE*DEF"),
            builders.party("BE*DEF", "EMSP"),
        ),
        url=system.url,
    )


def lists(abc: str = "ABCDEFGHIJ", other: str = "KLMNOPQRST") -> dict[str, list[dict[str, Any]]]:
    return {"NL*ABC": locations(*abc), "BE*DEF": locations(*other, owner="BE*DEF")}


def dialect(connection: Connection, **settings: Any) -> None:
    connection.dialect_settings = settings
    connection.save()


def named(system: System) -> list[str | None]:
    return [asked_for(seen) for seen in system.requests]


def test_each_party_is_asked_for_and_has_its_own_watermark(
    platform: Connection, system: System
) -> None:
    """PF-27: there is no list of all parties of a platform; each is named in OCPI-to."""
    abc, other = platform.parties.filter(role="CPO").order_by("id")
    Platform(system, lists("AB", "K"))
    job = pulled(platform)

    assert named(system) == ["NL*ABC", "BE*DEF"]
    assert (held("NL*ABC"), held("BE*DEF")) == ({"A", "B"}, {"K"})
    assert (job.state, job.done, job.total) == (JobState.DONE, 3, 3)
    first, second = state_of(platform, abc), state_of(platform, other)
    assert first.watermark is not None
    assert second.watermark is not None
    assert first.watermark < second.watermark


def test_a_list_takes_away_only_its_own_partys_objects(
    platform: Connection, system: System
) -> None:
    """T-082, PF-18: what is not listed has vanished, of the party whose list it was."""
    listing = Platform(system, lists())
    pulled(platform)
    abc, other = platform.parties.filter(role="CPO").order_by("id")
    del listing.lists["NL*ABC"][0], listing.lists["BE*DEF"][0]
    pulled(platform, full=True, parties=[abc.pk])

    assert held("NL*ABC") == set("BCDEFGHIJ")
    assert held("BE*DEF") == set("KLMNOPQRST")

    listing.lists["BE*DEF"] = []
    pulled(platform, full=True)
    assert held("BE*DEF") == set("KLMNOPQRST")
    assert state_of(platform, other).vanishing == 10
    assert state_of(platform, abc).vanishing == 0


def test_one_partys_failure_leaves_the_others_alone(platform: Connection, system: System) -> None:
    abc, other = platform.parties.filter(role="CPO").order_by("id")
    whole = Platform(system, lists("AB", "K"))

    def refuse_the_first(seen: Seen) -> Reply:
        if asked_for(seen) == "NL*ABC":
            return Reply(code=2003, data=[])
        return whole.answer(seen)

    system.handler = refuse_the_first
    job = pulled(platform)

    assert job.state == JobState.FAILED
    assert job.message.startswith("NL*ABC: ")
    assert held() == {"K"}
    assert state_of(platform, abc).failures == 1
    assert state_of(platform, abc).watermark is None
    assert state_of(platform, other).last_error == ""
    assert state_of(platform, other).watermark is not None


def test_a_platform_that_does_not_let_us_in_is_asked_once(
    platform: Connection, system: System
) -> None:
    Platform(system, lists()).before = Reply(status=401)
    job = pulled(platform)

    assert job.state == JobState.FAILED
    assert len(system.requests) == 1


def test_a_platform_that_ignores_the_header_is_not_read_once_per_party(
    platform: Connection, system: System
) -> None:
    """PF-27: platforms answer with the named party's objects or with everybody's; both are accepted."""
    listing = Platform(system, lists("AB", "KLMNO"))
    listing.heeds = False
    job = pulled(platform)

    assert set(named(system)) == {"NL*ABC"}
    assert (held("NL*ABC"), held("BE*DEF")) == ({"A", "B"}, set("KLMNO"))
    assert "answers for all its parties at once" in job.message
    assert Event.objects.filter(name="pull.header_ignored").count() == 1

    system.requests.clear()
    job = pulled(platform)
    assert not job.parameters["full"]
    assert set(named(system)) == {"NL*ABC"}
    assert "date_from" in system.requests[0].query
    assert "for all its parties" not in job.message

    del listing.lists["BE*DEF"][0]
    pulled(platform, full=True)
    assert (held("NL*ABC"), held("BE*DEF")) == ({"A", "B"}, set("LMNO"))
    assert state_of(platform).vanishing == 0


def test_a_platform_that_begins_to_heed_the_header_takes_nothing_away(
    platform: Connection, system: System
) -> None:
    listing = Platform(system, lists("AB", "KLMNO"))
    listing.heeds = False
    pulled(platform)
    listing.heeds = True
    pulled(platform, full=True)

    assert held("BE*DEF") == set("KLMNO")
    system.requests.clear()
    pulled(platform)
    assert [*dict.fromkeys(named(system))] == ["NL*ABC", "BE*DEF"]


def test_a_party_is_never_named_where_the_dialect_says_so(
    platform: Connection, system: System
) -> None:
    dialect(platform, name_party="never")
    listing = Platform(system, lists())
    pulled(platform)
    assert set(named(system)) == {None}
    assert len(held()) == 20

    # It may answer for one of its parties only: that takes nothing away from the others.
    listing.lists["BE*DEF"] = []
    Connection.objects.update(vanish_limit_percent=100)
    pulled(platform, full=True)
    assert held("BE*DEF") == set("KLMNOPQRST")
    assert state_of(platform).vanishing == 10
    assert set(Missing.objects.values_list("owner__party_id", flat=True)) == {"DEF"}


def test_the_only_party_is_named_but_for_a_dialect_that_never_does(
    theirs: Connection, system: System
) -> None:
    Listing(system, locations("A"))
    pulled(theirs)
    dialect(theirs, name_party="never")
    pulled(theirs)
    dialect(theirs, routing_headers=False)
    pulled(theirs)

    assert named(system) == ["NL*ABC", None, None]
    assert "ocpi-from-party-id" not in system.requests[-1].headers


def test_at_2_1_1_there_are_no_routing_headers_and_objects_have_the_only_owner(
    theirs: Connection, system: System
) -> None:
    builders.party("NL*OUR", "EMSP", ours=True)
    Connection.objects.update(version="2.1.1")
    old = builders.location("A")
    del old["country_code"], old["party_id"], old["publish"], old["time_zone"]
    theirs.refresh_from_db()
    Listing(system, [old])
    job = pulled(theirs)

    assert not any(name.startswith("ocpi-") for name in system.requests[0].headers)
    assert held("NL*ABC") == {"A"}
    assert job.rejected_count == 0


def test_a_hub_is_asked_by_its_own_name_for_everyone_behind_it(system: System, db: None) -> None:
    """OCPI 2.2.1, transport_and_format, GET All via Hubs; PF-18: its list alone takes nothing away."""
    hub = builders.connection(
        "Hub",
        speaks_for=(builders.party("NL*HUB", "HUB"),),
        url=system.url,
        kind=ConnectionKind.HUB,
    )
    hub.hub_party_id = "NLHUB"
    hub.save()
    for party in (builders.party("NL*ABC"), builders.party("BE*DEF")):
        ConnectionParty.objects.create(connection=hub, party=party, source=PartySource.HUB)
    listing = Platform(system, {"NL*HUB": [*locations(*"ABCDEFGHIJ"), *locations("K", owner="BE*DEF"),
                                           *locations("X", owner="FR*XXX")]})  # fmt: skip
    job = pulled(hub)

    assert set(named(system)) == {"NL*HUB"}
    assert held() == set("ABCDEFGHIJK")
    assert job.rejected_count == 1
    del listing.lists["NL*HUB"][0]
    pulled(hub, full=True)
    assert held() == set("ABCDEFGHIJK")
    assert state_of(hub).vanishing == 1


def test_only_the_parties_that_are_due_are_fetched(platform: Connection, system: System) -> None:
    _, other = platform.parties.filter(role="CPO").order_by("id")
    Platform(system, lists("A", "K"))
    pulled(platform)
    system.requests.clear()
    PullState.objects.filter(party=other).update(next_at=timezone.now() - timedelta(seconds=1))
    (job,) = (job for job in pulls.start_due() if job.parameters["module"] == "locations")
    pulls.run(job)

    assert named(system) == ["BE*DEF"]
    assert not job.parameters["full"]


def test_a_party_that_was_added_is_read_in_full(platform: Connection, system: System) -> None:
    listing = Platform(system, lists("A", "K"))
    pulled(platform)
    ConnectionParty.objects.create(connection=platform, party=builders.party("FR*NEW"))
    listing.lists["FR*NEW"] = locations("Z", owner="FR*NEW")
    system.requests.clear()
    pulled(platform)

    assert [("date_from" in seen.query) for seen in system.requests] == [True, True, False]
    assert held("FR*NEW") == {"Z"}


def test_never_two_crawls_of_one_list(platform: Connection, system: System) -> None:
    Platform(system, lists("A", "K"))
    job = pulls.start_pull(platform, "locations")
    abc = platform.parties.filter(role="CPO").order_by("id")[0]

    assert pulls.start_pull(platform, "locations", parties=[abc.pk]) == job
    pulls.run(job)
    assert Crawl.objects.filter(status=CrawlState.RUNNING).count() == 0
    assert Job.objects.count() == 1


def test_what_was_read_as_a_whole_counts_for_each_party_after_the_migration(
    platform: Connection, theirs: Connection
) -> None:
    now = timezone.now()
    for connection in (platform, theirs):
        PullState.objects.create(
            connection=connection, module="locations", watermark=now, full_at=now
        )
    migration = importlib.import_module("exchange.migrations.0009_pull_states_of_parties")
    with database.cursor() as cursor:
        cursor.execute(migration.EACH_PARTY)

    made = PullState.objects.exclude(party=None).order_by("party_id")
    assert [str(state.party.identity) for state in made if state.party] == ["NL*ABC", "BE*DEF"]
    assert {(state.connection, state.watermark) for state in made} == {(platform, now)}
