"""What happens to changes while a partner is away, and when a worker dies: nothing is lost."""

import signal
from pathlib import Path

import pytest

from exchange.deliveries.claiming import LEASE_SECONDS
from tests.portals.support import Link, locations_file, wait_until

pytestmark = pytest.mark.portals
LOCATIONS = 120
# Nobody waits out all of the lease of a delivery whose worker died, only its end.
END_OF_A_LEASE_SECONDS = 3.0
# Shorter than that: what a worker gives back is not waited for.
WITHOUT_A_LEASE_SECONDS = 45.0


@pytest.fixture
def shared(link: Link, tmp_path: Path) -> Link:
    """A link whose B holds all of A's locations."""
    file = locations_file(tmp_path / "locations.json", [link.a_party], LOCATIONS)
    assert link.a.do("take_in", file=str(file))["created"] == LOCATIONS
    # Also A's: a pull whose worker dies keeps its place for two minutes, which later tests would wait for.
    link.a.wait_until_pulled(link.name)
    link.b.wait_until_pulled(link.name)
    link.b.manage("pull", link.name, "locations", "--full")
    wait_until(lambda: link.a.pending(link.name) == 0, "the import is delivered")
    assert link.equal(), link.difference()
    return link


def test_after_an_outage_one_request_per_changed_location(shared: Link) -> None:
    """T-139."""
    a, b = shared.a, shared.b
    before = b.last_exchange()
    b.stop()
    changes = a.do("change_statuses", party=shared.a_party, statuses=["BLOCKED", "CHARGING"])
    assert a.pending(shared.name) == LOCATIONS
    wait_until(lambda: a.connection(shared.name)["unreachable_since"], "A knows that B is away")
    b.start()
    seconds = shared.wait_until_equal()
    wait_until(lambda: a.pending(shared.name) == 0, "A knows that B has everything")
    received = b.received(shared.name, since=before)
    print(  # noqa: T201
        f"\n{changes} changes in an outage: equal {seconds:.1f} s after the start, "
        f"{sum(received.values()) / LOCATIONS:.2f} requests per changed location"
    )
    assert len(received) == LOCATIONS
    assert max(received.values()) == 1
    assert a.connection(shared.name)["unreachable_since"] is None


def test_a_worker_killed_among_its_deliveries_loses_none(shared: Link) -> None:
    a, b = shared.a, shared.b
    before = b.last_exchange()
    a.signal_worker(signal.SIGSTOP)
    a.do("change_statuses", party=shared.a_party, statuses=["RESERVED"])
    a.signal_worker(signal.SIGCONT)
    wait_until(lambda: len(b.received(shared.name, since=before)) > 20, "deliveries are under way")
    a.signal_worker(signal.SIGKILL)
    assert a.pending(shared.name) > 0
    a.pass_time(shared.name, LEASE_SECONDS - END_OF_A_LEASE_SECONDS)
    seconds = shared.wait_until_equal()
    wait_until(lambda: a.pending(shared.name) == 0, "A knows that B has everything")
    print(f"\nequal {seconds:.1f} s after the worker's death")  # noqa: T201


def test_a_portal_stopped_among_its_deliveries_goes_on_where_it_was(shared: Link) -> None:
    a, b = shared.a, shared.b
    before = b.last_exchange()
    a.do("change_statuses", party=shared.a_party, statuses=["OUTOFORDER"])
    wait_until(lambda: len(b.received(shared.name, since=before)) > 20, "deliveries are under way")
    assert "killing" not in a.stop()
    a.start()
    shared.wait_until_equal(WITHOUT_A_LEASE_SECONDS)
    wait_until(lambda: a.pending(shared.name) == 0, "A knows that B has everything")
