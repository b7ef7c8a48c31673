"""``manage.py host``, ``invite`` and ``connect``: what they print and how they fail."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from exchange.management.commands.host import Command as HostCommand
from parties import services as parties
from parties.commands import PortalCommand
from parties.models import Connection, Party
from tests.credentials.support import Partner, Portal, bad, role

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def run_json(*arguments: str) -> dict[str, Any]:
    return dict(json.loads(run(*arguments, "--json")))


def test_host_makes_a_party_ours_in_every_role_named() -> None:
    answer = run_json("host", "nl-abc", "--role", "cpo", "--role", "EMSP", "--name", "Ours")
    assert answer == {"party": "NL*ABC", "roles": ["CPO", "EMSP"], "name": "Ours"}
    assert [(str(p), p.is_ours) for p in Party.objects.all()] == [
        ("NL*ABC CPO", True),
        ("NL*ABC EMSP", True),
    ]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["host", "NLAB", "--role", "CPO"], "'NLAB' is not a party"),
        (["host", "NL*ABC", "--role", "BOSS"], "'BOSS' is not a role"),
        (["host", "NL*ABC"], "--role"),
        (["invite", "P", "--as", "NL*XYZ"], "NL*XYZ is not hosted here"),
        (["invite", "P", "--role", "CPO"], "name the --party it belongs to"),
        (["invite", "P", "--host", "no host"], "host: 'no host' is not a host"),
        (["invite", ""], "The name must have 1 to 60"),
        (["connect", "P", "--versions-url", "partner", "--token", "t"], "versions URL: 'partner'"),
        (["connect", "P", "--versions-url", "https://x.example/v", "--token", "a b"], "token:"),
        (
            ["connect", "P", "--versions-url=https://x.example/v", "--token=t", "--version=1.0"],
            "version: 1.0 is not supported; supported: 2.1.1, 2.2.1, 2.3.0.",
        ),
    ],
)
def test_a_mistake_is_one_clear_line(arguments: list[str], reason: str) -> None:
    with pytest.raises(CommandError) as raised:
        run(*arguments)
    assert reason in str(raised.value)
    assert "\n" not in str(raised.value)
    assert not Connection.objects.exists()


def test_on_the_command_line_a_mistake_is_one_line_too() -> None:
    errors = StringIO()
    command: PortalCommand = HostCommand(stderr=errors, no_color=True)
    with pytest.raises(SystemExit) as left:
        command.run_from_argv(["manage.py", "host", "NLAB", "--role", "CPO"])
    assert left.value.code == 2
    assert errors.getvalue().startswith("host: argument party: 'NLAB' is not a party")
    assert errors.getvalue().count("\n") == 1


def test_an_invitation_lets_a_partner_register(
    ours: list[Party], portal: Portal, partner: Partner
) -> None:
    answer = run_json("invite", "Partner", "--as", "NL*ABC", "--party", "DE*PAR", "--role", "CPO")
    assert sorted(answer) == ["token", "versions_url"]
    assert answer["versions_url"] == "http://portal.example/ocpi/versions"
    assert portal.data("POST", "2.2.1/credentials", answer["token"], partner.credentials())

    with pytest.raises(CommandError, match="Partner is connected already"):
        run("invite", "Partner")


def test_a_party_without_a_role_may_register_in_all_of_them(
    ours: list[Party], portal: Portal, partner: Partner
) -> None:
    answer = run_json("invite", "P", "--party", "DE*PAR", "--party", "DE*TWO", "--role", "CPO")
    partner.roles = [role(), role(name="EMSP"), role("DE*TWO")]
    assert portal.data("POST", "2.2.1/credentials", answer["token"], partner.credentials())


def test_a_second_invitation_replaces_the_first(ours: list[Party], portal: Portal) -> None:
    first, second = run_json("invite", "Partner"), run_json("invite", "Partner")
    assert portal.ask("GET", "versions", first["token"]) == (401, 2001)
    assert portal.ask("GET", "versions", second["token"]) == (200, 1000)


def test_connect_prints_every_step_and_what_came_of_it(ours: list[Party], partner: Partner) -> None:
    lines = run(
        "connect", "Partner", "--versions-url", partner.versions_url, "--token", "t"
    ).splitlines()
    assert lines[0] == f" 1. Check the address [ok]: {partner.versions_url}"
    assert lines[-1] == "Registered with Partner, OCPI 2.2.1."
    assert Connection.objects.get().is_connected


def test_connect_answers_with_one_json_object(ours: list[Party], partner: Partner) -> None:
    answer = run_json("connect", "Partner", "--versions-url", partner.versions_url, "--token", "t")
    assert (answer["state"], answer["version"]) == ("connected", "2.2.1")
    assert answer["parties"] == ["DE*PAR CPO"]


def test_a_failed_connect_ends_with_its_diagnosis_and_can_be_repeated(
    ours: list[Party], partner: Partner
) -> None:
    partner.scripts["GET /versions"] = lambda asked: bad(2001, 401)
    arguments = ["connect", "Partner", "--versions-url", partner.versions_url, "--token", "t"]
    out = StringIO()
    with pytest.raises(CommandError, match="ask the partner for a fresh one"):
        call_command(*arguments, "--json", stdout=out)
    answer = json.loads(out.getvalue())
    assert answer["problem"] == "unauthorized"
    assert answer["error"] == answer["diagnosis"]

    partner.scripts.clear()
    assert run_json(*arguments)["state"] == "connected"
    assert parties.outbound_token(Connection.objects.get()) == partner.token


def test_invite_says_what_a_partner_may_speak_and_has_to_have(ours: list[Party]) -> None:
    run("invite", "P", "--offer", "2.2.1", "--offer", "2.3.0", "--require", "cdrs")
    made = Connection.objects.get()
    assert made.offered_versions == ["2.2.1", "2.3.0"]
    assert made.required_modules == ["cdrs"]
    with pytest.raises(CommandError, match="is about exactly one party"):
        run("invite", "Q", "--offer", "2.1.1")
    assert Connection.objects.count() == 1


def test_the_spelling_of_tokens_is_written_into_the_dialect(ours: list[Party]) -> None:
    run("invite", "P", "--token-encoding", "raw")
    assert Connection.objects.get().dialect_settings == {"token_in": "raw", "token_out": "raw"}
    run("invite", "P", "--token-encoding", "version")
    assert Connection.objects.get().dialect_settings == {}


def test_connect_changes_the_version_of_a_connection_that_stands(
    ours: list[Party], partner: Partner
) -> None:
    """C-011."""
    partner.versions = ("2.2.1", "2.3.0")
    address = ["--versions-url", partner.versions_url, "--token", "t"]
    assert run_json("connect", "P", *address, "--version", "2.2.1")["version"] == "2.2.1"
    answer = run_json("connect", "P", "--version", "2.3.0")
    assert (answer["version"], answer["state"]) == ("2.3.0", "connected")
    with pytest.raises(CommandError, match="already"):
        run("connect", "P", "--version", "2.3.0")


def test_connect_needs_address_and_token_for_a_new_partner(ours: list[Party]) -> None:
    with pytest.raises(CommandError, match="--versions-url and --token: needed"):
        run("connect", "P", "--version", "2.2.1")
