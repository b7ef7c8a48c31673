"""What staff do with connections, through the pages."""

from __future__ import annotations

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from credentials.models import Handshake
from parties import services as parties
from parties.choices import ConnectionState, TokenKind
from parties.models import Connection, Event, InboundToken
from roaming import permissions
from tests import builders
from tests.staff.conftest import LogIn

OPERATIONS = permissions.OPERATIONS


def verb(connection: Connection, name: str) -> str:
    return reverse(f"admin:parties_connection_{name}", args=[connection.pk])


def test_a_get_only_asks(log_in: LogIn, connection: Connection) -> None:
    answer = log_in(OPERATIONS).get(verb(connection, "suspend"))
    assert "Suspend all traffic with Example Mobility?" in answer.content.decode()
    connection.refresh_from_db()
    assert connection.is_connected


def test_the_dialog_is_the_question_alone(log_in: LogIn, connection: Connection) -> None:
    answer = log_in(OPERATIONS).get(
        verb(connection, "suspend"), headers={"X-Requested-With": "dialog"}
    )
    text = answer.content.decode()
    assert "<html" not in text
    assert "csrfmiddlewaretoken" in text


def test_suspend_and_resume_with_a_reason(log_in: LogIn, connection: Connection) -> None:
    client = log_in(OPERATIONS)
    assert client.post(verb(connection, "suspend"), {"reason": ""}).status_code == 200
    connection.refresh_from_db()
    assert connection.is_connected
    client.post(verb(connection, "suspend"), {"reason": "Agreement ended"})
    connection.refresh_from_db()
    assert (connection.state, connection.state_reason) == (
        ConnectionState.SUSPENDED,
        "Agreement ended",
    )
    event = Event.objects.get(name="connection.suspended")
    assert event.actor == "operations-member"
    client.post(verb(connection, "resume"))
    connection.refresh_from_db()
    assert connection.is_connected


def test_what_is_not_possible_now_is_refused(log_in: LogIn, connection: Connection) -> None:
    client = log_in(OPERATIONS)
    answer = client.post(verb(connection, "discard"), follow=True)
    assert "is not possible now" in answer.content.decode()
    assert Connection.objects.filter(pk=connection.pk).exists()


def test_deliveries_are_resumed(log_in: LogIn, connection: Connection) -> None:
    parties.stop_deliveries(connection, "The partner answered 401.")
    client = log_in(OPERATIONS)
    page = client.get(reverse("admin:parties_connection_change", args=[connection.pk]))
    assert "The partner answered 401." in page.content.decode()
    client.post(verb(connection, "resume-deliveries"))
    connection.refresh_from_db()
    assert connection.deliveries_stopped == ""


@pytest.mark.parametrize("name", ["test", "rotate", "compromise", "discover", "unregister"])
def test_handshakes_begin_and_show_their_transcript(
    name: str,
    log_in: LogIn,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: object,
) -> None:
    asked: list[int] = []
    monkeypatch.setattr("credentials.admin.verbs.run_handshake.delay", asked.append)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        answer = log_in(OPERATIONS).post(verb(connection, name))
    handshake = Handshake.objects.get()
    assert asked == [handshake.pk]
    assert answer["Location"] == reverse("admin:credentials_handshake_change", args=[handshake.pk])
    assert handshake.actor == "operations-member"


def test_a_second_handshake_at_the_same_time_is_refused(
    log_in: LogIn, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("credentials.admin.verbs.run_handshake.delay", lambda pk: None)
    client = log_in(OPERATIONS)
    client.post(verb(connection, "test"))
    answer = client.post(verb(connection, "rotate"), follow=True)
    assert "under way" in answer.content.decode()
    assert Handshake.objects.count() == 1


def test_the_token_of_an_invitation_is_shown_once(log_in: LogIn, connection: Connection) -> None:
    """C-029: a sheet to hand over by another way than OCPI."""
    client = log_in(OPERATIONS)
    given = {"name": "New partner", "environment": "test", "kind": "partner", "parties": "FR*NEW"}
    sheet = client.post(reverse("admin:parties_connection_invite"), given)
    assert "no-store" in sheet["Cache-Control"]
    invited = Connection.objects.get(name="New partner")
    token = sheet.context["invitation"].token
    assert token in sheet.content.decode()
    assert "/ocpi/versions" in sheet.content.decode()
    page = client.get(reverse("admin:parties_connection_change", args=[invited.pk]))
    assert token not in page.content.decode()
    again = client.post(verb(invited, "reinvite"))
    assert again.context["invitation"].token != token
    valid = InboundToken.objects.valid().filter(connection=invited)
    assert [row.kind for row in valid] == [TokenKind.REGISTRATION]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", "Example Mobility", "There is a connection of this name already"),
        ("parties", "NL*TOOLONG", "nothing may follow here"),
        ("host", "not a host", "is not a host"),
    ],
)
def test_a_wrong_invitation_says_what_is_wrong(
    field: str, value: str, message: str, log_in: LogIn, connection: Connection
) -> None:
    given = {"name": "New partner", "environment": "test", "kind": "partner", field: value}
    answer = log_in(OPERATIONS).post(reverse("admin:parties_connection_invite"), given)
    assert message in answer.content.decode()
    assert not InboundToken.objects.exists()
    assert Connection.objects.count() == 1


def test_settings_are_saved_and_told(log_in: LogIn, connection: Connection) -> None:
    client = log_in(OPERATIONS)
    url = reverse("admin:parties_connection_change", args=[connection.pk])
    form = client.get(f"{url}?settings=1").context["adminform"].form
    given = {name: form[name].value() or "" for name in form.fields} | {"notes": "Call Ms Vos"}
    given |= {"presents": [], "offered_versions": [], "required_modules": []}
    answer = client.post(f"{url}?settings=1", given)
    assert answer["Location"] == url
    connection.refresh_from_db()
    assert connection.notes == "Call Ms Vos"
    assert Event.objects.get(name="connection.edited").message == "Settings changed: Notes."


def test_the_list_costs_the_same_for_one_connection_and_for_thirty(
    log_in: LogIn, connection: Connection, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(29):
        builders.connection(f"Partner {number}")
    client = log_in(OPERATIONS)
    with django_assert_max_num_queries(12):
        client.get(reverse("admin:parties_connection_changelist"))


def test_the_page_of_a_connection_has_a_query_budget(
    log_in: LogIn, connection: Connection, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = log_in(OPERATIONS)
    with django_assert_max_num_queries(32):
        client.get(reverse("admin:parties_connection_change", args=[connection.pk]))


def test_the_overview_has_a_query_budget(
    log_in: LogIn, connection: Connection, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = log_in(OPERATIONS)
    with django_assert_max_num_queries(28):
        client.get(reverse("admin:index"))


@pytest.mark.parametrize(("health", "shown"), [("healthy", True), ("attention", False)])
def test_the_list_filters_by_health(
    health: str, shown: bool, log_in: LogIn, connection: Connection
) -> None:
    url = reverse("admin:parties_connection_changelist")
    text = log_in(OPERATIONS).get(url, {"health": health}).content.decode()
    assert ("Example Mobility" in text) is shown


def test_a_party_is_hosted(log_in: LogIn) -> None:
    client = log_in(OPERATIONS)
    url = reverse("admin:parties_party_host")
    wrong = client.post(url, {"party": "N*1", "roles": ["CPO"], "name": "Volt"})
    assert "at character" in wrong.content.decode()
    client.post(url, {"party": "nl-vlt", "roles": ["CPO", "EMSP"], "name": "Volt"})
    list_page = client.get(reverse("admin:parties_party_changelist")).content.decode()
    assert "NL*VLT" in list_page


def test_search_finds_by_party_and_name_but_only_what_one_may_see(
    log_in: LogIn, connection: Connection
) -> None:
    url = reverse("admin:search")
    found = log_in(OPERATIONS).get(url, {"s": "DE*XYZ", "extended": "1"}).content.decode()
    assert "DE*XYZ EMSP" in found
    nothing = log_in("").get(url, {"s": "example", "extended": "1"}).content.decode()
    assert "Example Mobility" not in nothing
