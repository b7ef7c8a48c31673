"""Writing a tariff in a real browser: lines, the table that follows, publishing, and who is told."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from exchange.models import Delivery
from parties.models import Party
from tariffs.models import Tariff, TariffDraft
from tests import builders
from tests.staff.test_browser import operator

__all__ = ["operator"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_tariff_is_written_published_and_delivered(
    operator: Page, live_server: LiveServer
) -> None:
    emsp = builders.party("DE*EMP", "EMSP")
    builders.connection("Example Mobility", speaks_for=(emsp,), pushes=("tariffs",))
    operator.goto(f"{live_server.url}/admin/tariffs/tariff/")
    operator.get_by_role("link", name="New tariff").click()
    preview = operator.get_by_label("Preview")
    expect(preview).to_contain_text("appears here once a price is filled in")

    operator.get_by_label("Tariff ID").fill("DAY-NIGHT")
    first = operator.get_by_role("group", name="Line 1", exact=True)
    first.get_by_label("Energy: price").fill("0,59")
    first.get_by_label("Energy: VAT in percent").fill("21")
    first.locator("summary").click()
    first.get_by_label("From this time of day").fill("7")
    first.get_by_label("until this time of day").fill("20")
    expect(preview).to_contain_text("EUR 0.59 per kWh")
    expect(preview).to_contain_text("07:00\N{EN DASH}20:00")
    expect(first.get_by_label("Energy: price")).to_have_value("0,59")

    operator.get_by_role("button", name="Add a line").click()
    second = operator.get_by_role("group", name="Line 2", exact=True)
    second.get_by_label("Energy: price").fill("0.45")
    second.get_by_label("Flat fee: price").fill("0.35")
    operator.get_by_role("button", name="Move line 2 up").click()
    expect(preview).to_contain_text("Never applies")
    operator.get_by_role("button", name="Move line 1 down").click()
    expect(preview).not_to_contain_text("Never applies")
    operator.get_by_role("button", name="Save the draft").click()

    expect(operator.get_by_text("The draft was saved")).to_be_visible()
    assert not Tariff.objects.exists()
    operator.get_by_role("link", name="Publish", exact=True).click()
    dialog = operator.get_by_role("dialog")
    expect(dialog).to_contain_text("Put the draft of DAY-NIGHT in force now?")
    dialog.get_by_role("button", name="Publish").click()

    expect(operator.get_by_text("It is in force. Partners are told.")).to_be_visible()
    expect(operator).to_have_url(re.compile(r"/tariffs/tariff/\d+/change/"))
    expect(operator.locator(".doc-lead")).to_have_text(
        "EUR 0.45 to 0.59 per kWh, EUR 0.35 per session"
    )
    told = operator.locator(".panel", has_text="Who is told about it")
    expect(told).to_contain_text("Example Mobility")
    tariff = Tariff.objects.get()
    assert Delivery.objects.filter(module="tariffs", object_id=tariff.pk).exists()
    assert [len(one["price_components"]) for one in tariff.document["elements"]] == [1, 2]


def test_enter_shows_the_table_and_saves_nothing(operator: Page, live_server: LiveServer) -> None:
    assert Party.objects.ours().exists()
    operator.goto(f"{live_server.url}/admin/tariffs/tariffdraft/add/")
    operator.get_by_label("Tariff ID").fill("T1")
    price = operator.get_by_label("Energy: price")
    price.fill("0.5")
    price.press("Enter")
    expect(operator.get_by_label("Preview")).to_contain_text("EUR 0.50 per kWh")
    assert not TariffDraft.objects.exists()
