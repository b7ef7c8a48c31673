"""Two portals at each version: connected, fed and watched in a browser, they hold the same."""

from __future__ import annotations

import pytest

from tests.portals import assortment
from tests.portals.holding import Comparison, wait_until_held
from tests.portals.pair import MakePair
from tests.portals.support import wait_until

pytestmark = [pytest.mark.portals, pytest.mark.browser]
PRICED = assortment.element(("ENERGY", 0.39))
CANNOT_BE_SAID = {
    "2.1.1": {"T03", "T05", "T06", "T08", "T09", "T11", "T12"},
    "2.2.1": {"T03", "T08"},
    "2.3.0": set[str](),
}


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1", "2.3.0"])
def test_both_hold_the_same_after_whatever_happens(pair: MakePair, version: str) -> None:
    two = pair("Same")
    link, a, b = two.link, two.link.a, two.link.b
    two.connect(version, (version,))
    two.take_in_everything()
    found, seconds = wait_until_held(link, version)
    say("imported", found, seconds)
    assert {name.removeprefix("tariff ") for name in found.refused} == CANNOT_BE_SAID[version]
    assert found.unshown == [f"location LOC000{number}" for number in (14, 15, 16)]

    assert a.do("change_statuses", party=link.a_party, statuses=["BLOCKED"], limit=20) > 15
    two.change_tariff(1, elements=[assortment.element(("ENERGY", 0.37), vat=21.0)])
    two.change_tariff(13, max_price={"before_taxes": 1.0}, elements=[PRICED])
    two.delete_tariff("T04")
    two.unpublish("LOC00033")
    found, seconds = wait_until_held(link, version)
    say("changed", found, seconds)
    assert found.gone == ["location LOC00033"]
    assert ("tariff T13" in found.refused) == (version == "2.1.1")

    b.stop()
    changes = a.do("change_statuses", party=link.a_party, statuses=["CHARGING"], limit=20)
    two.change_tariff(2, currency="SEK")
    two.delete_tariff("T07")
    two.unpublish("LOC00034")
    assert a.pending(link.name) >= changes / 8
    wait_until(lambda: a.connection(link.name)["unreachable_since"], "A knows that B is away")
    b.start()
    found, seconds = wait_until_held(link, version)
    say("after the outage", found, seconds)
    assert found.gone == ["location LOC00033", "location LOC00034"]

    for module in ("Locations", "Tariffs"):
        two.desk_b.fetch_everything(link.name, module)
    found, seconds = wait_until_held(link, version)
    say("read in full", found, seconds)
    assert found.gone == []
    assert two.vanished_at_b() == ["location LOC00033", "location LOC00034"]


def test_a_connection_whose_version_is_changed_holds_what_the_new_one_can_say(
    pair: MakePair,
) -> None:
    """Staff of either side change it: to a newer version, and to the oldest."""
    two = pair("Switched")
    two.connect("2.2.1", ())
    two.take_in_everything()
    wait_until_held(two.link, "2.2.1")
    for desk, version in ((two.desk_b, "2.3.0"), (two.desk_a, "2.1.1"), (two.desk_b, "2.2.1")):
        desk.change_version(two.link.name, version)
        for portal in (two.link.a, two.link.b):
            assert portal.connection(two.link.name)["version"] == version
        found, seconds = wait_until_held(two.link, version)
        say("switched", found, seconds)
        assert found.gone == []


def say(what: str, found: Comparison, seconds: float) -> None:
    print(f"\n{what}, {seconds:.1f} s: {found}")  # noqa: T201
