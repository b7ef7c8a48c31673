"""``manage.py pull``."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from exchange import jobs, pulls
from parties.models import Connection
from tests import builders
from tests.exchange.conftest import Reply, System
from tests.exchange.paging import Listing
from tests.exchange.pulling import Platform, held, locations

pytestmark = pytest.mark.django_db


def command(*arguments: str) -> dict[str, Any]:
    out = io.StringIO()
    try:
        call_command("pull", *arguments, "--json", stdout=out)
    except CommandError:
        assert out.getvalue()
    return json.loads(out.getvalue())  # type: ignore[no-any-return]


def test_the_command_pulls_and_prints_the_counts(theirs: Connection, system: System) -> None:
    Listing(system, [*locations("A", "B"), {"id": "?"}])
    expected = {"created": 2, "updated": 0, "unchanged": 0, "rejected": 1, "warnings": 0}

    assert command("Partner", "locations") == expected
    assert command("Partner", "locations", "--full")["unchanged"] == 2
    assert "date_from" not in system.requests[-1].query


def test_the_command_says_in_one_line_why_it_failed(theirs: Connection, system: System) -> None:
    Listing(system, locations("A", "B", "C")).before_page = lambda number: (
        Reply(status=401) if number else None
    )
    answered = command("Partner", "locations")

    assert "does not accept our credentials token" in answered["error"]
    assert answered["created"] == 2
    assert "no connection named 'Nobody'" in command("Nobody", "locations")["error"]
    assert "'chess' cannot be pulled" in command("Partner", "chess")["error"]


def test_the_command_leaves_a_pull_that_is_under_way_alone(
    theirs: Connection, system: System
) -> None:
    jobs.start(pulls.start_pull(theirs, "locations"))

    assert "under way already" in command("Partner", "locations")["error"]
    assert system.requests == []


def test_the_command_can_name_one_party_of_a_platform(system: System, db: None) -> None:
    builders.connection(
        "Platform",
        speaks_for=(builders.party("NL*ABC"), builders.party("BE*DEF")),
        url=system.url,
    )
    Platform(system, {"NL*ABC": locations("A"), "BE*DEF": locations("K", owner="BE*DEF")})

    assert command("Platform", "locations", "--party", "BE*DEF")["created"] == 1
    assert held() == {"K"}
    told = command("Platform", "locations", "--party", "FR*XXX")["error"]
    assert "FR*XXX is no party of Platform, only NL*ABC, BE*DEF" in told


def test_a_party_of_a_connection_that_is_asked_as_a_whole_is_refused(theirs: Connection) -> None:
    told = command("Partner", "locations", "--party", "NL*ABC")["error"]
    assert "asked for all its parties at once" in told


def test_the_command_says_that_a_pull_rests_and_goes_on_when_called_again(
    theirs: Connection, system: System
) -> None:
    Listing(system, locations(*"ABCD")).before_page = lambda number: (
        Reply(status=429) if number == 1 else None
    )
    assert "goes on where it stands" in command("Partner", "locations")["error"]
    assert command("Partner", "locations")["created"] == 4
    assert len(system.requests) == 3
