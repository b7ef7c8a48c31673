"""Data from partners: what is fetched, how far it is, and what a list no longer holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exchange import jobs, pulls
from exchange.choices import JobState
from exchange.models import Crawl, Job, Missing, PullState
from exchange.pulls import conclusions
from locations.models import Location
from parties.choices import VanishPolicy
from parties.models import Connection, Event
from roaming import permissions
from tests import builders
from tests.exchange.conftest import Reply, System
from tests.exchange.paging import Listing
from tests.exchange.pulling import held, locations, pulled, state_of
from tests.staff.conftest import LogIn

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _settings(settings: Any) -> None:
    settings.WAKE_WORKERS = False
    settings.ALLOW_PRIVATE_ADDRESSES = True


@pytest.fixture
def system() -> Iterator[System]:
    running = System()
    yield running
    running.close()


@pytest.fixture
def theirs(system: System, db: None) -> Connection:
    return builders.connection(
        "Example Mobility", speaks_for=(builders.party("NL*ABC"),), url=system.url
    )


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in(permissions.OPERATIONS)


@pytest.fixture
def lacking(theirs: Connection, system: System) -> PullState:
    """A list of ten that lacks four, which were kept."""
    listing = Listing(system, locations(*"ABCDEFGHIJ"))
    pulled(theirs)
    del listing.items[:4]
    pulled(theirs, full=True)
    return state_of(theirs)


def url(state: PullState, name: str = "change") -> str:
    return reverse(f"admin:exchange_pullstate_{name}", args=[state.pk])


def shown(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_the_list_has_a_line_per_list_of_every_partner(client: Client, lacking: PullState) -> None:
    page = shown(client, reverse("admin:exchange_pullstate_changelist"))

    assert url(lacking) in page
    assert "Example Mobility" in page
    assert "NL*ABC" in page


def test_without_any_it_says_how_to_get_some(client: Client) -> None:
    page = shown(client, reverse("admin:exchange_pullstate_changelist"))
    assert "Nothing has been fetched yet." in page


def test_the_connection_the_job_and_data_quality_lead_to_it(
    client: Client, lacking: PullState
) -> None:
    connection = reverse("admin:parties_connection_change", args=[lacking.connection_id])
    job = reverse("admin:exchange_job_change", args=[lacking.vanishing_job_id])
    for address in (connection, job):
        assert f"{url(lacking)}#missing" in shown(client, address)
    listed = reverse("admin:exchange_pullstate_changelist")
    assert listed in shown(client, connection)
    assert listed in shown(client, reverse("admin:exchange_warningcount_changelist"))


def test_what_would_vanish_is_listed_searched_and_downloaded(
    client: Client, lacking: PullState
) -> None:
    page = shown(client, url(lacking))
    assert "more than 20 %" in page
    for name in "ABCD":
        assert f"NL*ABC/{name}" in page
    assert "NL*ABC/E" not in page
    assert "Gent Zuid" in page

    found = shown(client, f"{url(lacking)}?q=abc/b")
    assert "NL*ABC/B" in found
    assert "NL*ABC/C" not in found
    assert "Nothing matches." in shown(client, f"{url(lacking)}?q=%25")

    response = client.get(url(lacking, "missing"))
    lines = b"".join(response).decode().splitlines()
    assert lines[0] == "Reference,Name,Changed,Last listed,Missing since,Decided,EVSEs"
    assert lines[1].startswith("NL*ABC/A,Gent Zuid,2026-01-01T10:00:00+00:00,")
    assert lines[1].endswith(",,1")
    assert len(lines) == 5


def test_long_lists_are_paged(
    client: Client, lacking: PullState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.admin.pull_states.PER_PAGE", 3)
    assert "NL*ABC/D" not in shown(client, url(lacking))
    assert "NL*ABC/D" in shown(client, f"{url(lacking)}?p=2")
    assert "NL*ABC/A" in shown(client, f"{url(lacking)}?p=nonsense")


def test_staff_retire_them(client: Client, lacking: PullState) -> None:
    asked = shown(client, url(lacking, "retire-missing"))
    assert "Retire 4 locations that are no longer listed?" in asked
    assert len(held()) == 10
    client.post(url(lacking, "retire-missing"))

    assert held() == set("EFGHIJ")
    assert Event.objects.get(name="pull.vanishing_retired").actor == "operations-member"
    assert "retire-missing" not in shown(client, url(lacking))


def test_staff_keep_them(client: Client, lacking: PullState) -> None:
    client.post(url(lacking, "keep-missing"))

    assert len(held()) == 10
    assert Missing.objects.filter(kept=True).count() == 4
    page = shown(client, url(lacking))
    assert "keep-missing" not in page
    assert "<td>keep</td>" in page


def test_staff_fetch_again_in_full_and_only_this_list(client: Client, lacking: PullState) -> None:
    response = client.post(url(lacking, "fetch-all"))
    job = Job.objects.latest("id")

    assert response["Location"] == reverse("admin:exchange_job_change", args=[job.pk])
    assert job.parameters["full"]
    assert job.parameters["parties"] == [None]
    assert job.created_by is not None


def test_staff_pause_and_resume_a_list(client: Client, lacking: PullState) -> None:
    client.post(url(lacking, "pause"))
    assert state_of(lacking.connection).paused
    assert "the schedule passes this list over" in shown(client, url(lacking))
    client.post(url(lacking, "unpause"))

    assert not state_of(lacking.connection).paused
    assert len(pulls.start_due()) == 1


def test_viewers_look_and_change_nothing(log_in: LogIn, lacking: PullState) -> None:
    viewer = log_in(permissions.VIEWERS)
    assert "NL*ABC/A" in shown(viewer, url(lacking))
    for name in ("fetch", "fetch-all", "pause", "retire-missing", "keep-missing"):
        assert url(lacking, name) not in shown(viewer, url(lacking))
        assert viewer.post(url(lacking, name)).status_code == 403
    assert len(held()) == 10
    nobody = log_in("")
    assert nobody.get(url(lacking)).status_code == 403
    assert nobody.get(url(lacking, "missing")).status_code == 403


def test_a_suspended_partner_cannot_be_fetched_from(client: Client, lacking: PullState) -> None:
    Connection.objects.update(state="suspended")
    assert url(lacking, "fetch") not in shown(client, url(lacking))


def test_a_connection_that_keeps_what_vanished_only_shows_it(
    client: Client, theirs: Connection, lacking: PullState
) -> None:
    Connection.objects.update(vanish_policy=VanishPolicy.KEEP)
    pulled(theirs, full=True)
    page = shown(client, url(lacking))

    assert "keep them" in page
    assert "NL*ABC/A" in page


# --- A job that rests, and one that runs -----------------------------------------------------------


def test_a_job_that_rests_says_until_when_and_staff_let_it_go_on_or_give_it_up(
    client: Client, theirs: Connection, system: System
) -> None:
    Listing(system, locations(*"ABCD")).before_page = lambda number: (
        Reply(status=429) if number else None
    )
    job = pulled(theirs)
    address = reverse("admin:exchange_job_change", args=[job.pk])
    page = shown(client, address)
    assert "Waiting to go on" in page
    assert "goes on at" in page
    assert "Interrupted after 1 pages" in page
    client.post(reverse("admin:exchange_job_go-on", args=[job.pk]))
    job.refresh_from_db()
    assert job.state == JobState.WAITING
    client.post(reverse("admin:exchange_job_give-up", args=[job.pk]))
    job.refresh_from_db()

    assert (job.state, job.message) == (JobState.FAILED, jobs.GIVEN_UP_MESSAGE)
    assert "go-on" not in shown(client, address)


def test_a_running_pull_tells_party_page_speed_and_what_is_left(
    client: Client, theirs: Connection
) -> None:
    now = timezone.now()
    abc = theirs.parties.get()
    job = jobs.create(jobs.PULL, "Pull", connection=theirs, parameters={"module": "locations"})
    state = PullState.objects.create(connection=theirs, module="locations", party=abc)
    Crawl.objects.create(job=job, state=state, full=True, pages=33, read=3300, total=9300)
    Job.objects.update(
        state=JobState.RUNNING,
        done=3300,
        done_before=1300,
        total=9300,
        started_at=now - timedelta(minutes=5),
        resumed_at=now - timedelta(seconds=20),
        progressed_at=now,
    )
    told = client.get(reverse("admin:exchange_job_progress", args=[job.pk])).json()
    assert told["now"] == "NL*ABC, page 34"
    assert told["speed"] == "100 a second, 1 min to go"
    page = shown(client, reverse("admin:exchange_job_change", args=[job.pk]))
    assert "NL*ABC" in page

    conclusions.failed(Crawl.objects.get(), "It broke off.")
    assert "It broke off." in shown(client, url(state))
    assert not Location.objects.exists()
