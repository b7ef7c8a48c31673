"""Two portals register with each other on the command line, renew their tokens and part again."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.portals.processes import free_port
from tests.portals.support import Link, Portal, evse_path, locations_file, wait_until

pytestmark = pytest.mark.portals


def test_invite_and_connect_on_the_command_line(
    portals: tuple[Portal, Portal], parties: Callable[[str], str]
) -> None:
    """C-001, C-003, C-011: in the oldest version, and on to the newest.

    Each version is connected in a browser in ``test_versions``.
    """
    version = "2.1.1"
    (a, b), ours, theirs = portals, parties("A"), parties("B")
    assert a.answer("host", ours, "--role", "CPO")["roles"] == ["CPO"]
    assert b.manage("host", theirs, "--role", "EMSP")["roles"] == ["EMSP"]
    here, there = f"Bee {version}", f"Aye {version}"
    invitation = a.answer("invite", here, "--as", ours)
    address = ("--versions-url", invitation["versions_url"], "--as", theirs, "--version", version)

    refused = b.command("connect", there, *address, "--token", "not-the-token", "--json")
    assert refused.returncode == 1
    assert refused.stderr.startswith("connect: ")
    assert "401" in refused.stderr
    assert refused.stderr.count("\n") == 1

    answer = b.answer("connect", there, *address, "--token", invitation["token"])
    assert answer["state"] == "connected"
    assert answer["version"] == version
    assert answer["parties"] == [f"{ours} CPO"]
    for portal, name, side, pushes in ((a, here, "RECEIVER", True), (b, there, "SENDER", False)):
        connection = portal.connection(name)
        assert (connection["state"], connection["version"]) == ("connected", version)
        assert ("locations", side) in {
            (endpoint["identifier"], endpoint["role"]) for endpoint in connection["endpoints"]
        }
        assert ("locations" in connection["push_modules"]) == pushes

    again = b.command("connect", f"{there} again", *address, "--token", invitation["token"])
    assert again.returncode == 1
    assert "401" in again.stderr.splitlines()[-1]

    assert b.answer("connect", there, "--version", "2.3.0")["version"] == "2.3.0"
    assert a.connection(here)["version"] == "2.3.0"


def test_an_address_where_nobody_listens_is_diagnosed(
    portals: tuple[Portal, Portal], parties: Callable[[str], str]
) -> None:
    _, b = portals
    party = parties("B")
    b.do("host", party=party)
    nobody = f"http://127.0.0.1:{free_port()}/ocpi/versions"
    done = b.command("connect", "Nobody", "--versions-url", nobody, "--token", "t", "--as", party)
    assert done.returncode == 1
    assert done.stderr.startswith("connect: ")
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stdout + done.stderr
    assert b.connection("Nobody")["state"] == "new"


def tokens(link: Link) -> list[tuple[Portal, str]]:
    """Each portal, and the token that opens it for the other."""
    return [
        (portal, other.do("outbound_token", name=link.name))
        for portal, other in ((link.a, link.b), (link.b, link.a))
    ]


def test_rotation_leaves_traffic_alone_and_unregistering_ends_it(
    link: Link, tmp_path: Path
) -> None:
    a, b = link.a, link.b
    file = locations_file(tmp_path / "locations.json", [link.a_party], 3)
    assert a.do("take_in", file=str(file))["created"] == 3
    link.wait_until_equal()
    before = tokens(link)
    assert a.do("rotate", name=link.name)["state"] == "done"
    after = tokens(link)
    assert {token for _, token in before}.isdisjoint(token for _, token in after)
    for portal, token in [*before, *after]:
        assert portal.request("GET", "2.2.1/credentials", token).status_code == 200
    assert a.do("change_statuses", party=link.a_party, statuses=["BLOCKED"])
    link.wait_until_equal()
    b.wait_until_pulled(link.name)
    assert b.manage("pull", link.name, "locations")["unchanged"] == 3

    for portal, _ in after:
        portal.rows(
            "UPDATE parties_inboundtoken SET expires_at = now() WHERE expires_at IS NOT NULL"
            " AND connection_id = (SELECT id FROM parties_connection WHERE name = %s)",
            link.name,
        )
    for portal, token in before:
        assert portal.request("GET", "2.2.1/credentials", token).status_code == 401
    assert a.do("change_statuses", party=link.a_party, statuses=["AVAILABLE"])
    link.wait_until_equal()

    assert a.do("unregister", name=link.name)["state"] == "done"
    for portal, token in after:
        assert portal.request("GET", "2.2.1/credentials", token).status_code == 401
        assert portal.connection(link.name)["state"] == "unregistered"
    a.do("change_statuses", party=link.a_party, statuses=["CHARGING"])
    assert a.pending(link.name) == 0
    stopped = b.command("pull", link.name, "locations")
    assert stopped.returncode == 1
    assert "is not connected" in stopped.stderr


def test_a_back_office_is_no_partner_to_others(link: Link) -> None:
    """A token of one connection says nothing about what belongs to another."""
    token = link.a.do("back_office", name=f"{link.name} office", party=link.a_party)
    foreign = evse_path(link.b_party)
    answer = link.a.request("PATCH", foreign, token, json={"status": "BLOCKED"})
    assert answer.json()["status_code"] >= 2000
    wait_until(lambda: link.a.pending(link.name) == 0, "nothing is to be delivered")
