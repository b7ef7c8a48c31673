"""Importing a file and starting a failed job again: from the pages."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exchange import imports, jobs, pulls
from exchange.admin import importing
from exchange.choices import JobState
from exchange.models import Exchange, Job
from locations.models import Location
from ocpi.versions import SUPPORTED
from parties.models import Connection, Event, Party
from roaming import permissions
from tests import builders
from tests.staff.conftest import LogIn

pytestmark = pytest.mark.django_db
URL = "/admin/exchange/job/import/"


@pytest.fixture(autouse=True)
def _no_workers(settings: Any) -> None:
    settings.WAKE_WORKERS = False


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in(permissions.OPERATIONS)


def given(content: bytes, **fields: str) -> dict[str, Any]:
    file = SimpleUploadedFile("feed.json", content)
    return {"module": "locations", "file": file, "version": "2.2.1", "whose": "", **fields}


def listed(*names: str, owner: str = "NL*ABC") -> bytes:
    return json.dumps([builders.location(name, owner) for name in names]).encode()


def page(client: Client, url: str) -> str:
    return client.get(url).content.decode()


def refused(client: Client, fields: dict[str, Any]) -> str:
    """The page that comes back when nothing was queued."""
    response = client.post(URL, fields)
    assert response.status_code == 200
    assert not Job.objects.exists()
    return response.content.decode()


@pytest.mark.parametrize(
    ("group", "status"),
    [
        (permissions.OPERATIONS, 200),
        (permissions.ADMINISTRATION, 200),
        (permissions.FINANCE, 403),
        (permissions.VIEWERS, 403),
        ("", 403),
    ],
)
def test_who_may_change_locations_may_import(log_in: LogIn, group: str, status: int) -> None:
    member = log_in(group)
    assert member.get(URL).status_code == status
    assert member.post(URL, given(listed("A"))).status_code == (302 if status == 200 else status)
    assert Job.objects.count() == (status == 200)


def test_the_lists_lead_to_it_for_those_who_may(log_in: LogIn, client: Client) -> None:
    lists = [
        reverse("admin:exchange_job_changelist"),
        reverse("admin:locations_location_changelist"),
    ]
    viewer = log_in(permissions.VIEWERS)
    for address in lists:
        assert URL in page(client, address)
        assert URL not in page(viewer, address)


def test_the_module_is_chosen_already(client: Client) -> None:
    shown = page(client, URL)
    assert '<option value="locations" selected>' in shown
    assert 'enctype="multipart/form-data"' in shown


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_file_comes_in_and_its_job_is_shown(client: Client, pack: Any) -> None:
    response = client.post(URL, given(pack(listed("A", "B"))))
    job = Job.objects.get()
    assert response["Location"] == reverse("admin:exchange_job_change", args=[job.pk])
    imports.run(job)

    assert set(Location.objects.values_list("location_id", flat=True)) == {"A", "B"}
    assert Party.objects.get().is_ours
    job.refresh_from_db()
    assert (job.state, job.created_count) == (JobState.DONE, 2)
    assert str(job.created_by) == "operations-member"
    assert Event.objects.get(name="import.started").actor == "operations-member"
    assert "Import locations from feed.json" in page(client, response["Location"])


def test_a_party_of_ours_that_was_chosen_owns_everything(client: Client) -> None:
    builders.party("BE*OUR", "CPO", ours=True)
    assert "BE*OUR" in page(client, URL)
    client.post(URL, given(listed("A"), whose="BE*OUR"))
    imports.run(Job.objects.get())
    assert str(Location.objects.get().owner.identity) == "BE*OUR"


def test_a_party_that_was_typed_owns_everything_in_the_version_chosen(client: Client) -> None:
    client.post(URL, given(listed("A"), whose="other", party="be-new", version="2.3.0"))
    job = Job.objects.get()
    imports.run(job)
    assert str(Location.objects.get().owner.identity) == "BE*NEW"
    assert job.parameters["version"] == "2.3.0"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"whose": "other", "party": "Acme"}, "like NL*ABC"),
        ({"whose": "other", "party": ""}, "like NL*ABC"),
        ({"party": "NL*ABC"}, "leave this empty"),
        ({"whose": "FR*XXX"}, "FR*XXX is not one of the available choices"),
        ({"version": "9.9"}, "9.9 is not one of the available choices"),
        ({"module": "credentials"}, "credentials is not one of the available choices"),
    ],
)
def test_a_field_that_cannot_be_is_named(
    client: Client, fields: dict[str, str], message: str
) -> None:
    assert message in refused(client, given(listed("A"), **fields))


@pytest.mark.parametrize(
    "content",
    [b"", b"<html></html>", b"name;city\nA;B", b'[{"id": ', gzip.compress(b"no", mtime=0)],
    ids=["empty", "html", "csv", "broken", "packed text"],
)
def test_what_is_no_json_is_refused_with_the_reason(client: Client, content: bytes) -> None:
    assert "feed.json cannot be imported: not proper JSON" in refused(client, given(content))


def test_a_damaged_archive_is_refused(client: Client) -> None:
    shown = refused(client, given(gzip.compress(listed("A"))[:30]))
    assert "the compressed file is cut off" in shown


def test_a_file_that_is_too_large_is_refused(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "LARGEST_BYTES", 10)
    assert "The file is larger than" in refused(client, given(listed("A")))


def test_without_a_file_nothing_begins(client: Client) -> None:
    fields = given(b"")
    del fields["file"]
    assert "This field is required" in refused(client, fields)


def test_a_partners_party_does_not_become_ours_by_mistake(
    client: Client, connection: Connection
) -> None:
    shown = refused(client, given(listed("A"), whose="other", party="DE*XYZ"))
    assert "DE*XYZ is a party of Example Mobility" in shown


# --- A failed job, again -----------------------------------------------------------------------


def button(client: Client, job: Job) -> bool:
    return restart_url(job) in page(client, reverse("admin:exchange_job_change", args=[job.pk]))


def restart_url(job: Job) -> str:
    return reverse("admin:exchange_job_restart", args=[job.pk])


def test_an_import_that_failed_is_started_again(client: Client) -> None:
    client.post(URL, given(listed("A")[:-1] + b", {"))
    failed = Job.objects.get()
    assert not button(client, failed)
    imports.run(failed)
    failed.refresh_from_db()
    assert failed.state == JobState.FAILED
    assert failed.message.endswith("The object before that was taken in and stays.")
    assert button(client, failed)

    assert "Start “Import locations from feed.json” again?" in page(client, restart_url(failed))
    assert Job.objects.count() == 1
    response = client.post(restart_url(failed))
    again = Job.objects.exclude(pk=failed.pk).get()
    assert response["Location"] == reverse("admin:exchange_job_change", args=[again.pk])
    assert (again.state, again.parameters["path"]) == (JobState.WAITING, failed.parameters["path"])
    assert Event.objects.get(name="job.restarted").actor == "operations-member"


def test_an_import_whose_file_is_gone_is_not(client: Client) -> None:
    client.post(URL, given(listed("A")))
    job = Job.objects.get()
    Path(imports.uploaded(job)).unlink()
    imports.run(job)
    assert not button(client, job)
    client.post(restart_url(job))
    assert Job.objects.count() == 1


def test_a_pull_that_failed_is_started_again(client: Client, connection: Connection) -> None:
    failed = pulls.start_pull(connection, "locations", full=True)
    jobs.start(failed)
    jobs.fail(failed, "The partner did not answer.")
    progress = reverse("admin:exchange_job_progress", args=[failed.pk])
    assert client.get(progress).json()["has_actions"] is True
    client.post(restart_url(failed))
    again = Job.objects.exclude(pk=failed.pk).get()
    assert (again.connection, again.parameters["full"]) == (connection, True)


def test_viewers_start_nothing_again(log_in: LogIn, connection: Connection) -> None:
    failed = pulls.start_pull(connection, "locations")
    jobs.start(failed)
    jobs.fail(failed, "The partner did not answer.")
    viewer = log_in(permissions.VIEWERS)
    assert not button(viewer, failed)
    assert viewer.post(restart_url(failed)).status_code == 403
    assert Job.objects.count() == 1


# --- Words on pages ------------------------------------------------------------------------------


def test_locations_are_not_below_locations(client: Client) -> None:
    address = reverse("admin:locations_location_changelist")
    for shown in (page(client, address), page(client, reverse("admin:locations_location_map"))):
        # In the sidebar, and as the first of the breadcrumbs.
        assert shown.count("Charging network") >= 2


@pytest.mark.parametrize(("outcome", "number", "note"), [("refused", 1, 0), ("failed", 0, 1)])
def test_the_overview_warns_of_what_there_is(
    client: Client, connection: Connection, outcome: str, number: int, note: int
) -> None:
    Exchange.objects.create(
        at=timezone.now(), connection=connection, direction="in", method="GET", outcome=outcome
    )
    figures = client.get("/admin/").context["figures"]
    figure = next(each for each in figures if each["title"] == "Refused in 24 h")
    assert (figure["number"], figure["note"]) == (number, f"{note} failed or unclear")
    assert (figure["bad_number"], figure["bad"]) == (bool(number), bool(note))


def test_an_invitation_names_the_versions_served(client: Client, connection: Connection) -> None:
    answer = client.post(
        reverse("admin:parties_connection_invite"),
        {"name": "New", "environment": "test", "kind": "partner"},
    )
    assert f"OCPI {', '.join(SUPPORTED)} are served." in answer.content.decode()
