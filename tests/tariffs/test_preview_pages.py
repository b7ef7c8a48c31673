"""Pages that say what charges cost, for staff."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from exchange.registry import Source
from locations import services as locations
from parties.models import Agreement, Party
from roaming import permissions
from tariffs.models import AgreedTariff, SellingRule, Tariff
from tests import builders
from tests.staff.conftest import LogIn, log_in, no_cached_figures
from tests.tariffs.support import held, hold, hold_theirs

__all__ = ["log_in", "no_cached_figures"]

PREVIEW = "admin:tariffs_tariff_preview"
WHY = "admin:tariffs_tariff_why"
MONDAY = "2026-06-01"


@pytest.fixture
def ours(db: None) -> Party:
    return builders.party("NL*ABC", ours=True)


@pytest.fixture
def theirs(db: None) -> Party:
    return builders.party("DE*XYZ")


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in(permissions.OPERATIONS)


def priced(price: float, restrictions: dict[str, Any] | None = None) -> dict[str, Any]:
    component = {"type": "ENERGY", "price": price, "vat": 21, "step_size": 1}
    return {
        "price_components": [component],
        **({"restrictions": restrictions} if restrictions else {}),
    }


def page(client: Client, name: str, **asked: Any) -> str:
    answer = client.get(reverse(name), {"day": MONDAY, **asked})
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def rows_of(text: str, heading: str) -> list[str]:
    """The rows below a heading, as the text that people read."""
    table = text[text.index(heading) :].partition("<tbody>")[2].partition("</tbody>")[0]
    plain = (re.sub(r"<[^>]+>", " ", row) for row in table.split("</tr>"))
    return [" ".join(row.split()) for row in plain if row.strip()]


def links_of(text: str) -> list[str]:
    return re.findall(r'class="text-link cost" href="([^"]+)"', text)


def place(zone: str, tariff_id: str = "T1") -> None:
    evse = builders.evse(connectors=[builders.connector(tariff_ids=[tariff_id])])
    document = builders.location(evses=[evse], time_zone=zone)
    locations.receive(builders.raw(document), Source("test", "2.2.1"))


def test_usual_charges_by_one_tariff(client: Client, ours: Party) -> None:
    hold(
        builders.tariff(
            elements=[
                priced(0.5, {"start_time": "08:00", "end_time": "20:00"}),
                priced(0.2),
            ]
        )
    )
    text = page(client, PREVIEW, tariff=held(ours).pk)
    shown = rows_of(text, "At 11 kW")
    assert shown[0] == (
        "10 kWh 55 min at 11 kW EUR 6.05 EUR 5.00 before tax EUR 2.42 EUR 2.00 before tax"
        " EUR 6.05 EUR 5.00 before tax EUR 2.42 EUR 2.00 before tax"
    )
    assert [row.split(" ")[0] for row in shown] == ["10", "30", "60", "20", "1", "8"]
    assert "Europe/Amsterdam" in text
    assert "Mon 1 Jun 2026" in text


def test_each_price_leads_to_its_explanation(client: Client, ours: Party) -> None:
    """The page behind a price explains the same charge, so that it comes to the same."""
    night = priced(0.2, {"start_time": "22:00", "end_time": "06:00"})
    hold(builders.tariff(elements=[night, priced(0.5, {"max_power": 11}), priced(0.4)]))
    text = page(client, PREVIEW, tariff=held(ours).pk)
    links = links_of(text)
    assert len(links) == 24
    amounts = re.findall(r'class="text-link cost"[^>]+>([^<]+)<', text)
    for link, amount in list(zip(links, amounts, strict=True))[::5]:
        explained = client.get(link).content.decode()
        assert amount in explained.partition('<p class="doc-lead">')[2].partition("</p>")[0]
    by_night = unescape(client.get(links[1]).content.decode())
    assert "Energy: 10 kWh at EUR 0.20 per kWh, by element 1." in by_night
    by_day = unescape(client.get(links[0]).content.decode())
    assert "Element 1 does not hold: it is for 22:00\N{EN DASH}06:00, and it was 10:00." in by_day
    assert "Element 2 does not hold: it is for a power below 11 kW" in by_day


def test_the_zone_is_that_of_where_the_tariff_is_used(client: Client, ours: Party) -> None:
    hold(builders.tariff(elements=[priced(0.5)]))
    place("Atlantic/Canary")
    assert "Atlantic/Canary" in page(client, PREVIEW, tariff=held(ours).pk)
    chosen = page(client, PREVIEW, tariff=held(ours).pk, zone="Asia/Tokyo")
    assert "Times are those of Asia/Tokyo" in chosen
    assert "There is no such time zone" in page(client, PREVIEW, tariff=held(ours).pk, zone="X/Y")


def test_a_charge_of_ones_own(client: Client, ours: Party) -> None:
    parking = {"type": "PARKING_TIME", "price": 6, "step_size": 1, "vat": 21}
    reserved = {
        "price_components": [{"type": "FLAT", "price": 1, "step_size": 1, "vat": 21}],
        "restrictions": {"reservation": "RESERVATION"},
    }
    both = {"price_components": [*priced(0.5)["price_components"], parking]}
    hold(builders.tariff(elements=[reserved, both]))
    own = {"kwh": "22", "minutes": "120", "parked": "30", "reserved": "15"}
    text = page(client, PREVIEW, tariff=held(ours).pk, start="2026-06-01T18:00", **own)
    assert "22 kWh in 2 h at 11 kW, then parked for 30 min" in text
    assert rows_of(text, "Your charge") == [
        "NL*ABC/T1 EUR 0.50 per kWh, EUR 6.00 per hour parked EUR 18.15 EUR 15.00 before tax"
    ]
    missing = page(client, PREVIEW, tariff=held(ours).pk, start="2026-06-01T18:00")
    assert "Say how much energy, or how long." in missing


def test_several_beside_each_other(client: Client, ours: Party) -> None:
    hold(
        builders.tariff("DEAR", elements=[priced(0.6)]),
        builders.tariff("CHEAP", elements=[priced(0.3)]),
        builders.tariff("NIGHT", elements=[priced(0.1, {"end_time": "06:00"})]),
        builders.tariff("NONE", elements=[]),
    )
    keys = [held(ours, name).pk for name in ("DEAR", "CHEAP", "NIGHT")]
    text = page(client, PREVIEW, tariff=keys, add="NL*ABC/none")
    shown = rows_of(text, "Beside each other")
    assert [row.partition(" ")[0] for row in shown] == [
        "NL*ABC/CHEAP", "NL*ABC/DEAR", "NL*ABC/NIGHT", "NL*ABC/NONE",
    ]  # fmt: skip
    assert shown[0].count("cheapest") == 6
    assert shown[1].count("most expensive") == 6
    assert "no price for energy then" in shown[2]
    assert "NL*ABC/NONE says no price" in re.sub(r"</?b>", "", text)
    by_night = rows_of(page(client, PREVIEW, tariff=keys, when="weekday-02"), "Beside each other")
    assert [row.partition(" ")[0] for row in by_night][:2] == ["NL*ABC/NIGHT", "NL*ABC/CHEAP"]


def test_what_the_address_asks_wrongly(client: Client, ours: Party) -> None:
    assert "There is no tariff NOPE here" in page(client, PREVIEW, add="NOPE")
    assert "Name a tariff below" in page(client, PREVIEW, tariff="99999999")
    assert client.get(reverse(WHY)).status_code == 404
    hold(builders.tariff())
    asked = {"tariff": held(ours).pk, "kwh": "abc", "kw": "-5", "start": "soon"}
    text = page(client, PREVIEW, **asked)
    assert "Ask otherwise" in text
    assert "Say what is charged" in page(client, WHY, tariff=held(ours).pk)


def test_what_a_partner_charges_and_what_we_sell_it_for(client: Client, theirs: Party) -> None:
    hold_theirs(
        builders.connection(speaks_for=(theirs,)),
        builders.tariff("T1", owner="DE*XYZ", elements=[priced(0.5)]),
    )
    seller = builders.party("NL*MSP", "EMSP", ours=True)
    SellingRule.objects.create(seller=seller, currency="EUR", markup_percent=10, fee="0.35")
    asked = {"tariff": held(theirs).pk}
    assert "sold for" not in page(client, PREVIEW, **asked, seller="")
    text = page(client, PREVIEW, **asked)
    assert "sold for EUR 5.85 before tax, EUR 0.85 more" in rows_of(text, "At 11 kW")[0]
    SellingRule.objects.create(seller=seller, partner=theirs, currency="EUR", markup_percent=-10)
    text = page(client, PREVIEW, **asked)
    assert "sold for EUR 4.50 before tax, a loss of EUR -0.50" in rows_of(text, "At 11 kW")[0]
    why = unescape(client.get(links_of(text)[0]).content.decode())
    assert rows_of(why, "What it is sold for")[1].startswith("Discount of 10 %")


def test_what_is_agreed_with_a_partner(client: Client, ours: Party) -> None:
    partner = builders.party("DE*MSP", "EMSP")
    hold(
        builders.tariff("PUBLIC", elements=[priced(0.6)]),
        builders.tariff("AGREED", elements=[priced(0.4)]),
    )
    agreement = Agreement.objects.create(ours=ours, theirs=partner)
    AgreedTariff.objects.create(agreement=agreement, tariff_id="AGREED", tariff_key="AGREED")
    tariff_page = client.get(reverse("admin:tariffs_tariff_change", args=[held(ours, "AGREED").pk]))
    link = f"{reverse(PREVIEW)}?cpo={ours.pk}&partner={partner.pk}"
    assert link in unescape(tariff_page.content.decode())
    text = unescape(client.get(link).content.decode())
    assert "NL*ABC/AGREED" in text
    assert "NL*ABC/PUBLIC" not in text


def test_the_week_on_the_page_of_a_tariff(client: Client, ours: Party) -> None:
    late = {
        "price_components": [{"type": "PARKING_TIME", "price": 6, "step_size": 1}],
        "restrictions": {"min_duration": 14400},
    }
    day = priced(0.5, {"start_time": "08:00", "end_time": "20:00"})
    hold(builders.tariff(elements=[late, day, priced(0.2)]))
    text = unescape(
        client.get(reverse("admin:tariffs_tariff_change", args=[held(ours).pk])).content.decode()
    )
    assert '<svg class="week-chart"' in text
    assert rows_of(text, "Over the week")[1] == (
        "08:00\N{EN DASH}20:00 EUR 0.50 per kWh nothing nothing"
    )
    later = page(client, PREVIEW, tariff=held(ours).pk, stage="1")
    assert rows_of(later, "Over the week")[0].endswith("EUR 6.00 per hour")


def test_reading_a_preview_changes_nothing(client: Client, ours: Party) -> None:
    hold(builders.tariff(elements=[priced(0.5)]))
    before = Tariff.objects.values().get()
    page(client, PREVIEW, tariff=held(ours).pk, kwh="10")
    assert Tariff.objects.values().get() == before


@pytest.mark.parametrize("name", [PREVIEW, WHY])
def test_who_may_not_look(log_in: LogIn, name: str) -> None:
    assert log_in("").get(reverse(name)).status_code == 403
