"""What a charge costs, in a real browser: asked, compared, explained; the week drawn under the policy."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests import builders
from tests.staff.test_locations_browser import operator
from tests.tariffs.support import held, hold

__all__ = ["operator"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_staff_ask_what_a_charge_costs(live_server: LiveServer, operator: Page) -> None:
    ours = builders.party("NL*ABC", ours=True)
    hold(
        builders.tariff(
            elements=[
                builders.priced({"start_time": "08:00", "end_time": "20:00"}, ENERGY=0.5),
                builders.priced(ENERGY=0.2),
            ]
        ),
        builders.tariff("T2", elements=[builders.priced(ENERGY=0.3)]),
    )
    operator.goto(f"{live_server.url}/admin/tariffs/tariff/{held(ours).pk}/change/")
    drawn = operator.get_by_role("img", name="Prices from Monday to Sunday")
    expect(drawn).to_be_visible()
    line = drawn.locator(".week-energy")
    assert line.evaluate("shown => getComputedStyle(shown).stroke") != "none"
    assert line.bounding_box() is not None

    operator.get_by_role("link", name="What does a charge cost?").click()
    expect(operator.get_by_role("heading", name="At 11 kW")).to_be_visible()
    operator.get_by_label("Beside another tariff").fill("NL*ABC/T2")
    operator.get_by_label("Energy (kWh)").fill("20")
    operator.get_by_label("Begins").fill("2026-06-01T19:00")
    operator.get_by_role("button", name="Work it out").click()

    mine = operator.locator("#own")
    expect(mine).to_contain_text("Mon 1 Jun 2026, 19:00")
    expect(mine.locator("tr").first).to_contain_text("NL*ABC/T2")
    expect(mine.locator("tr").first).to_contain_text("cheapest")
    mine.locator("tr").last.get_by_role("link", name="EUR").click()
    expect(operator.get_by_text("by element 1.")).to_be_visible()
    expect(
        operator.get_by_text("it is for 08:00\N{EN DASH}20:00, and it was 20:00")
    ).to_be_visible()
    operator.get_by_role("link", name="Change the charge").click()
    expect(operator.get_by_label("Energy (kWh)")).to_have_value("20")
