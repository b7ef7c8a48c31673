"""The map and an exchange's page in a real browser: scripts, their policy, and statuses that follow."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from exchange import log
from exchange.choices import Direction, Outcome
from locations import services
from locations.models import EVSE
from roaming import permissions
from tests import builders
from tests.browsing import PASSWORD, log_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def operator(live_server: LiveServer, page: Page) -> Page:
    """A logged-in browser."""
    permissions.ensure_groups()
    user = User.objects.create_user("operator", password=PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=permissions.OPERATIONS))
    log_in(page, live_server.url, "operator")
    return page


def test_the_map_shows_places_and_follows_their_status(
    live_server: LiveServer, operator: Page
) -> None:
    owner = builders.party("NL*ABC", ours=True)
    services.put_location(owner, builders.location(), source=None)
    operator.goto(f"{live_server.url}/admin/locations/location/map/")
    expect(operator.locator("#map-summary")).to_contain_text("1 location in view: 1 available")
    services.set_status(EVSE.objects.get(), "OUTOFORDER")
    expect(operator.locator(".dot-broken").first).to_be_visible()
    expect(operator.locator("#map-summary")).to_contain_text("1 out of order", timeout=5000)
    operator.locator(".leaflet-marker-icon").click()
    expect(operator.locator(".map-popup a")).to_have_text("Gent Zuid")
    operator.select_option("[name=status]", "available")
    expect(operator.locator("#map-summary")).to_contain_text("0 locations in view")


def test_an_evse_is_put_out_of_order_from_its_locations_page(
    live_server: LiveServer, operator: Page
) -> None:
    owner = builders.party("NL*ABC", ours=True)
    services.put_location(owner, builders.location(), source=None)
    operator.goto(f"{live_server.url}/admin/locations/location/named/NL*ABC/LOC1/")
    expect(operator.locator(".leaflet-marker-icon")).to_be_visible()
    operator.get_by_role("link", name="Put out of order").click()
    operator.get_by_role("button", name="Put out of order").click()
    expect(operator.locator(".evse-name .badge")).to_have_text("Out of order")


def test_a_click_on_the_map_sets_the_coordinates(live_server: LiveServer, operator: Page) -> None:
    builders.party("NL*ABC", ours=True)
    operator.goto(f"{live_server.url}/admin/locations/location/add/")
    operator.locator("#map").click(position={"x": 200, "y": 150})
    latitude = operator.locator("[data-latitude]").input_value()
    assert 30 < float(latitude) < 65


def test_an_exchange_shows_both_sides(live_server: LiveServer, operator: Page) -> None:
    partner = builders.connection("Example Mobility")
    exchange = log.write(
        log.Record(
            at=partner.created_at,
            direction=Direction.OUT,
            connection=partner,
            method="PUT",
            url="https://partner.example/x",
            outcome=Outcome.REFUSED,
            module="locations",
            object_reference="NL*ABC/LOC1",
            http_status=200,
            ocpi_status=2001,
            request_headers={"X-Request-ID": "abc"},
            request_body=b'{"name": "<script>alert(1)</script>"}',
            response_body=b"not JSON at all",
        )
    )
    operator.goto(f"{live_server.url}/admin/exchange/exchange/")
    operator.get_by_role("link", name="We sent location NL*ABC/LOC1").click()
    operator.wait_for_url(f"**/exchange/{exchange.pk}/change/")
    expect(operator.locator(".json").first).to_contain_text("<script>alert(1)</script>")
    expect(operator.locator(".json").last).to_contain_text("not JSON at all")
