"""What staff agree, look at, compare and repair in the browser, with a partner that is really there."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.portals import assortment
from tests.portals.desk import Desk
from tests.portals.holding import Shown, wait_until_held
from tests.portals.pair import MakePair, Pair

pytestmark = [pytest.mark.portals, pytest.mark.browser]
VERSION = "2.3.0"
SELECTED = ("LOC00001", "LOC00002", "LOC00003", assortment.PRIVATE, assortment.OPEN_TO_TOKEN)


def agree(two: Pair) -> None:
    """Staff of A share a selection, and private locations that are open to B's card."""
    desk, link = two.desk_a, two.link
    desk.open("parties/agreement/add/")
    desk.choose("Our party", f"{link.a_party} CPO")
    desk.choose("Their party", f"{link.b_party} EMSP")
    _tick(desk, "locations:sharing", "selected")
    desk.field("Locations: selection").fill("\n".join(SELECTED))
    _tick(desk, "tariffs:sharing", "except")
    desk.field("Tariffs: selection").fill("T01")
    _tick(desk, "private_locations", "entitled")
    desk.field("Their tokens").fill(f"uid, {assortment.TOKEN}, RFID")
    desk.press("Look what it does")
    desk.reads("This is what saving does:", "Become invisible")
    desk.press("Save it")
    desk.reads(f"What {link.a_party} CPO shares with {link.b_party} EMSP")


def _tick(desk: Desk, name: str, value: str) -> None:
    desk.page.locator(f'input[name="{name}"][value="{value}"]').check()


def end_agreement(two: Pair) -> None:
    two.desk_a.page.get_by_role("link", name="End the agreement").click()
    two.desk_a.press("End the agreement")
    two.desk_a.reads("The agreement has ended.")


def test_an_agreement_withdraws_what_it_leaves_out_and_its_end_brings_it_back(
    pair: MakePair,
) -> None:
    two = pair("Agreed")
    two.connect(VERSION, (VERSION,))
    two.take_in_everything()
    wait_until_held(two.link, VERSION)

    agree(two)
    tariffs = {tariff["id"] for tariff in assortment.tariffs(two.link.a_party)} - {"T01"}
    locations = set(SELECTED) - {assortment.PRIVATE}
    shown: Shown = {"location": locations, "tariff": tariffs}
    found, _ = wait_until_held(two.link, VERSION, shown)
    assert len(found.gone) == assortment.LOCATIONS - len(SELECTED) - 1
    assert "location LOC00016" in found.unshown

    end_agreement(two)
    found, _ = wait_until_held(two.link, VERSION)
    assert found.gone == [f"location {assortment.OPEN_TO_TOKEN}"]


def test_pages_say_what_a_partner_gets_and_what_it_holds(pair: MakePair) -> None:
    two = pair("Looked at")
    two.connect(VERSION, (VERSION,))
    two.take_in_everything()
    wait_until_held(two.link, VERSION)
    desk, link = two.desk_a, two.link
    connection = link.a.connection(link.name)["id"]

    def about(page: str, module: str, name: str) -> None:
        desk.open(page, connection=connection, module=module, object=f"{link.a_party}/{name}")

    about("exchange/delivery/as-partner/", "locations", "LOC00002")
    desk.reads(f"with OCPI {VERSION}", "OCPI 2.3.0 can say all of it.", "+31 20 555 0100")
    about("exchange/delivery/as-partner/", "locations", assortment.PRIVATE)
    desk.reads("does not get it.")
    about("exchange/delivery/why/", "locations", assortment.PRIVATE)
    desk.reads("does not have", "Is it published, or open to this partner?", "No")
    about("exchange/delivery/why/", "tariffs", "T03")
    desk.reads("Nothing stands between", "Was it sent?", "Yes")

    change_by_hand(two, "LOC00005", "Renamed by hand")
    desk.open_connection(link.name, "compare")
    desk.choose("What", "Locations")
    desk.press("Compare")
    desk.watch_job()
    desk.page.get_by_role("link", name="What was found").click()
    desk.reads("Renamed by hand", "Different", "LOC00005")
    expect(desk.page.get_by_role("button", name="Push again", exact=True)).to_have_count(1)
    desk.press("Push again")
    desk.reads("1 of 1 are on their way.")
    wait_until_held(link, VERSION)


def change_by_hand(two: Pair, location_id: str, name: str) -> None:
    """Somebody gives a location of A another name in B's database."""
    two.link.b.rows(
        "UPDATE locations_location o SET document ="
        " jsonb_set(o.document::jsonb, '{name}', to_jsonb(%s::text))::json, name = %s"
        " FROM parties_party p WHERE p.id = o.owner_id AND p.party_id = %s AND location_id = %s",
        name,
        name,
        two.link.a_party.split("*")[1],
        location_id,
    )
