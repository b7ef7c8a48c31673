"""Commands that are under way when a portal dies: each ends once, and as it should."""

import signal
from pathlib import Path

import pytest

from tests.portals.support import Link, locations_file, wait_until

pytestmark = pytest.mark.portals
STATES = (
    "SELECT token_key, state FROM charging_command c JOIN parties_party p ON p.id = c.sender_id"
)
# Longer than the lease of a delivery whose worker died.
AFTER_A_DEATH_SECONDS = 110.0


def states(link: Link) -> dict[str, str]:
    """Where A's commands stand, by the last part of their token."""
    found = link.a.rows(f"{STATES} WHERE p.party_id = %s", link.a_party.split("*")[1])
    return {key.partition(":")[2]: state for key, state in found}


def test_ten_commands_outlive_a_killed_worker_and_a_restart(link: Link, tmp_path: Path) -> None:
    """X-010, X-032: results that come meanwhile, none at all, and requests of which nothing is known."""
    a, b = link.a, link.b
    file = locations_file(tmp_path / "locations.json", [link.b_party], 1)
    b.do("take_in", file=str(file))
    party = link.b_party.split("*")[1]
    b.rows("UPDATE parties_party SET command_rule = 'STAFF' WHERE party_id = %s", party)
    (place,) = link.b.holdings(link.b_party)
    asked = {"cpo": link.b_party, "emsp": link.a_party, "location_id": place}
    named = {
        name: [f"{link.a_party[3:]}{name}{n}" for n in range(count)]
        for name, count in {"DONE": 2, "FAIL": 2, "AWAY": 2, "NEVER": 2}.items()
    }
    for uids in named.values():
        a.do("command", uids=uids, **asked)
    unsent = [f"{link.a_party[3:]}UNSENT{n}" for n in range(2)]
    a.do("command", uids=unsent, send=False, **asked)
    assert sorted(states(link).values()) == ["accepted"] * 8 + ["sending"] * 2

    # A pull whose worker dies keeps its place for two minutes, which later tests would wait for.
    a.wait_until_pulled(link.name)
    a.signal_worker(signal.SIGSTOP)
    b.do("report", results=dict.fromkeys(named["DONE"], "ACCEPTED"))
    for uid in (*named["NEVER"], *unsent):
        a.rows("UPDATE charging_command SET settle_at = now() WHERE token_key = %s", f"RFID:{uid}")
    a.signal_worker(signal.SIGKILL)
    a.stop()
    b.do("report", results=dict.fromkeys(named["FAIL"], "EVSE_OCCUPIED"))
    b.do("report", results=dict.fromkeys(named["AWAY"], "ACCEPTED"))
    a.start()

    right = {
        **dict.fromkeys(named["DONE"], "succeeded"),
        **dict.fromkeys(named["FAIL"], "failed"),
        **dict.fromkeys(named["AWAY"], "succeeded"),
        **dict.fromkeys((*named["NEVER"], *unsent), "timed_out"),
    }
    seconds = wait_until(
        lambda: states(link) == right,
        lambda: f"every command has its end: {states(link)}",
        AFTER_A_DEATH_SECONDS,
    )
    print(f"\nten commands had their end {seconds:.1f} s after the start")  # noqa: T201
    assert (
        b.value(
            "SELECT count(*) FROM charging_command c JOIN parties_party p ON p.id = c.owner_id"
            " WHERE p.party_id = %s",
            party,
        )
        == 8
    ), "what may have been sent is not sent again"
