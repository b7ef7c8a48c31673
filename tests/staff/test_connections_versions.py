"""Versions, tokens and parties that wait, on the pages of connections."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from credentials.models import Handshake
from exchange.models import WarningCount
from parties.models import Connection
from roaming import permissions
from tests import builders
from tests.staff.conftest import LogIn


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in(permissions.OPERATIONS)


def verb(connection: Connection, name: str) -> str:
    return reverse(f"admin:parties_connection_{name}", args=[connection.pk])


def page(client: Client, connection: Connection) -> str:
    url = reverse("admin:parties_connection_change", args=[connection.pk])
    return client.get(url).content.decode()


def settings(client: Client, connection: Connection) -> dict[str, object]:
    url = reverse("admin:parties_connection_change", args=[connection.pk])
    form = client.get(f"{url}?settings=1").context["adminform"].form
    given = {name: form[name].value() or "" for name in form.fields}
    return given | {"presents": [], "offered_versions": [], "required_modules": []}


def test_staff_see_what_a_change_of_version_means_before_it_happens(
    client: Client, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("credentials.admin.verbs.run_handshake.delay", lambda pk: None)
    connection.partner_versions = ["2.1.1", "2.2.1", "2.3.0"]
    connection.save()
    asked = client.get(verb(connection, "version")).content.decode()
    assert "The partner offered last: 2.1.1, 2.2.1, 2.3.0." in asked
    assert "In 2.1.1: one party on each side" in asked
    assert "told again" in asked
    assert not Handshake.objects.exists()
    client.post(verb(connection, "version"), {"version": "2.3.0"})
    handshake = Handshake.objects.get()
    assert (handshake.kind, handshake.version, handshake.actor) == (
        "version",
        "2.3.0",
        "operations-member",
    )


def test_a_version_that_cannot_be_spoken_is_refused_with_the_reason(
    client: Client, connection: Connection
) -> None:
    builders.party("NL*TWO", "CPO", ours=True)
    answer = client.post(verb(connection, "version"), {"version": "2.1.1"}, follow=True)
    assert "exactly one party of ours" in answer.content.decode()
    assert not Handshake.objects.exists()


@pytest.mark.parametrize(("decision", "said"), [("approve", "may speak"), ("refuse", "may not")])
def test_a_party_that_waits_is_decided_on(
    client: Client, connection: Connection, decision: str, said: str
) -> None:
    row = connection.connection_parties.create(
        party=builders.party("FR*NEW", "CPO"), approved=False
    )
    overview = client.get(reverse("admin:index")).content.decode()
    assert "A party that it added waits for you to approve or refuse." in overview
    shown = page(client, connection)
    url = reverse("admin:parties_connection_decide", args=[connection.pk, row.pk, decision])
    assert url in shown
    assert said in client.post(url, follow=True).content.decode()
    row.refresh_from_db()
    assert row.approved == (decision == "approve")
    assert not row.waits


def test_an_unknown_decision_is_no_address(client: Client, connection: Connection) -> None:
    row = connection.connection_parties.get()
    url = reverse("admin:parties_connection_decide", args=[connection.pk, row.pk, "perhaps"])
    assert client.post(url).status_code == 404


def test_a_wrong_token_is_shown_on_page_and_overview(
    client: Client, connection: Connection
) -> None:
    WarningCount.objects.create(
        connection=connection, module="transport", code="token_retired", count=3
    )
    for text in (page(client, connection), client.get(reverse("admin:index")).content.decode()):
        assert "still uses the token of before the last renewal" in text


def test_settings_of_versions_and_renewals(client: Client, connection: Connection) -> None:
    url = reverse("admin:parties_connection_change", args=[connection.pk])
    given = settings(client, connection) | {
        "offered_versions": ["2.2.1"],
        "required_modules": ["locations"],
        "rotation_days": 7,
    }
    assert client.post(f"{url}?settings=1", given)["Location"] == url
    connection.refresh_from_db()
    assert connection.offered_versions == ["2.2.1"]
    assert connection.required_modules == ["locations"]
    assert connection.rotation_days == 7
    assert "<dt>It has to have</dt><dd>locations</dd>" in page(client, connection)


def test_a_connection_of_2_1_1_stays_about_its_one_party(
    client: Client, connection: Connection
) -> None:
    other = builders.party("NL*TWO", "CPO", ours=True)
    ours = builders.party("NL*ABC", "CPO", ours=True)
    connection.version = "2.1.1"
    connection.save()
    connection.presents.set([ours])
    url = reverse("admin:parties_connection_change", args=[connection.pk])
    given = settings(client, connection) | {"presents": [ours.pk, other.pk]}
    answer = client.post(f"{url}?settings=1", given)
    assert "OCPI 2.1.1 is spoken here, about NL*ABC CPO alone." in answer.content.decode()


def test_an_invitation_names_the_versions_it_is_for(client: Client, connection: Connection) -> None:
    given = {
        "name": "New partner",
        "environment": "test",
        "kind": "partner",
        "offered_versions": ["2.2.1"],
        "required_modules": ["locations"],
    }
    sheet = client.post(reverse("admin:parties_connection_invite"), given).content.decode()
    assert "OCPI 2.2.1 is served" in sheet
    invited = Connection.objects.get(name="New partner")
    assert (invited.offered_versions, invited.required_modules) == (["2.2.1"], ["locations"])


def test_the_daily_look_does_not_hide_the_handshakes(
    client: Client, connection: Connection
) -> None:
    for kind, actor in [("registration", "partner"), *[("discovery", "schedule")] * 6]:
        Handshake.objects.create(
            connection=connection,
            kind=kind,
            direction="out",
            state="done",
            actor=actor,
            correlation_id="c",
        )
    shown = page(client, connection)
    assert "Registration" in shown
    assert "Look for changed endpoints" not in shown
