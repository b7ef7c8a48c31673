"""Who sees which page, and who can do what: nothing happens without the right."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from credentials.admin import verbs
from credentials.models import Handshake
from exchange.models import Job
from parties.choices import ConnectionState
from parties.models import Connection, Event, InboundToken, Party
from roaming import permissions
from tests import builders
from tests.staff.conftest import LogIn

EVERYONE = permissions.GROUPS
MAY_ACT = (permissions.OPERATIONS, permissions.ADMINISTRATION)
MAY_ONLY_LOOK = (permissions.FINANCE, permissions.VIEWERS)

LISTS = [
    "parties_connection_changelist",
    "parties_party_changelist",
    "parties_event_changelist",
    "credentials_handshake_changelist",
]
FORMS = ["parties_connection_invite", "parties_connection_connect", "parties_party_host"]


def address(name: str, *arguments: object) -> str:
    return reverse(f"admin:{name}", args=arguments)


def page(connection: Connection) -> str:
    return address("parties_connection_change", connection.pk)


@pytest.mark.parametrize("group", EVERYONE)
def test_every_group_sees_overview_lists_and_the_connection(
    group: str, log_in: LogIn, connection: Connection
) -> None:
    client = log_in(group)
    for url in [reverse("admin:index"), *map(address, LISTS), page(connection)]:
        assert client.get(url).status_code == 200, url


@pytest.mark.parametrize("url", ["/admin/", "/admin/parties/connection/", "/admin/auth/user/"])
def test_whoever_is_not_logged_in_goes_to_the_login_page(url: str, db: None) -> None:
    answer = Client().get(url)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/admin/login/")


def test_staff_without_a_group_are_told_whom_to_ask(log_in: LogIn, connection: Connection) -> None:
    client = log_in("")
    overview = client.get("/admin/").content.decode()
    assert "Ask an administrator" in overview
    assert connection.name not in overview
    assert client.get(page(connection)).status_code == 403


@pytest.mark.parametrize("group", EVERYONE)
def test_forms_are_for_those_who_may_act(group: str, log_in: LogIn, connection: Connection) -> None:
    client = log_in(group)
    expected = 200 if group in MAY_ACT else 403
    for url in [*map(address, FORMS)]:
        assert client.get(url).status_code == expected, url


@pytest.mark.parametrize("group", MAY_ONLY_LOOK)
@pytest.mark.parametrize("verb", [verb.name for verb in verbs.ALL])
def test_nothing_happens_without_the_right(
    group: str, verb: str, log_in: LogIn, connection: Connection
) -> None:
    client = log_in(group)
    before = Event.objects.count()
    given = {"reason": "Because", "module": "locations", "extent": "full"}
    url = address(f"parties_connection_{verb}", connection.pk)
    assert client.get(url).status_code == 403
    assert client.post(url, given).status_code == 403
    connection.refresh_from_db()
    assert connection.state == ConnectionState.CONNECTED
    assert not Handshake.objects.exists()
    assert not Job.objects.exists()
    assert Event.objects.count() == before


@pytest.mark.parametrize("group", MAY_ONLY_LOOK)
def test_those_who_only_look_see_no_button(
    group: str, log_in: LogIn, connection: Connection
) -> None:
    text = log_in(group).get(page(connection)).content.decode()
    assert "data-confirm" not in text
    assert "?settings=1" not in text


@pytest.mark.parametrize("group", MAY_ONLY_LOOK)
def test_settings_are_not_saved_without_the_right(
    group: str, log_in: LogIn, connection: Connection
) -> None:
    answer = log_in(group).post(page(connection), {"name": "Renamed"})
    assert answer.status_code == 403
    connection.refresh_from_db()
    assert connection.name == "Example Mobility"


@pytest.mark.parametrize("group", MAY_ONLY_LOOK)
def test_invitations_and_hosting_need_the_right(
    group: str, log_in: LogIn, connection: Connection
) -> None:
    client = log_in(group)
    given = {"name": "New", "environment": "test", "kind": "partner", "party": "NL*NEW"}
    for name in FORMS:
        assert client.post(address(name), {**given, "roles": ["CPO"]}).status_code == 403
    assert not Connection.objects.filter(name="New").exists()
    assert not InboundToken.objects.exists()
    assert not Party.objects.filter(party_id="NEW").exists()


def test_only_administration_sees_accounts(log_in: LogIn, connection: Connection) -> None:
    for group in EVERYONE:
        expected = 200 if group == permissions.ADMINISTRATION else 403
        assert log_in(group).get("/admin/auth/user/").status_code == expected, group


def test_an_administrator_cannot_become_or_change_a_superuser(log_in: LogIn) -> None:
    root = User.objects.create_superuser("root", password="long-enough-1")
    client = log_in(permissions.ADMINISTRATION)
    me = User.objects.get(username="administration-member")
    url = address("auth_user_change", me.pk)
    client.post(url, {"username": me.username, "is_active": "on", "is_superuser": "on"})
    me.refresh_from_db()
    assert not me.is_superuser
    assert client.post(address("auth_user_change", root.pk), {"username": "x"}).status_code == 403
    assert client.post(address("auth_user_delete", root.pk), {"post": "yes"}).status_code == 403
    assert client.post(address("auth_user_password_change", root.pk), {}).status_code == 403
    assert User.objects.filter(username="root").exists()


def test_the_portals_groups_are_kept_as_they_are(log_in: LogIn) -> None:
    group = Group.objects.filter(name=permissions.VIEWERS).first() or Group.objects.create(
        name=permissions.VIEWERS
    )
    client = log_in(permissions.ADMINISTRATION)
    answer = client.post(address("auth_group_change", group.pk), {"name": "x"})
    assert answer.status_code == 403
    group.permissions.clear()
    permissions.ensure_groups()
    assert group.permissions.filter(codename="view_connection").exists()
    assert not group.permissions.filter(codename__startswith="change_").exists()
    assert not group.permissions.filter(codename="view_exchangebody").exists()


def test_new_accounts_are_staff(log_in: LogIn) -> None:
    client = log_in(permissions.ADMINISTRATION)
    secret = "correct-horse-battery"
    group = Group.objects.get(name=permissions.VIEWERS)
    client.post(
        address("auth_user_add"),
        {
            "username": "nina",
            "usable_password": "true",
            "password1": secret,
            "password2": secret,
            "groups": [group.pk],
        },
    )
    nina = User.objects.get(username="nina")
    assert nina.is_staff
    assert not nina.is_superuser
    assert Event.objects.filter(name="user.added").exists()


def test_approving_a_party_is_a_post_with_the_right(log_in: LogIn, connection: Connection) -> None:
    row = connection.connection_parties.create(
        party=builders.party("FR*NEW", "CPO"), approved=False
    )
    url = address("parties_connection_decide", connection.pk, row.pk, "approve")
    operations = log_in(permissions.OPERATIONS)
    assert operations.get(url).status_code == 405
    assert log_in(permissions.VIEWERS).post(url).status_code == 403
    row.refresh_from_db()
    assert not row.approved
    assert operations.post(url).status_code == 302
    row.refresh_from_db()
    assert row.approved
