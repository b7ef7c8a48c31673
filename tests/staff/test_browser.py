"""The pages in a real browser: scripts, the policy that guards them, and a handshake watched live."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.db import connections
from django.test.utils import override_settings
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from credentials import services
from credentials.models import Handshake
from ocpi.ids import PartyId
from parties import services as parties
from parties.models import Connection
from roaming import permissions
from simulator.application import Settings, Simulator
from tests.browsing import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def operator(live_server: LiveServer, page: Page) -> Iterator[Page]:
    """The browser, logged in as operations; our party is NL*ABC and partners are on this machine."""
    cache.clear()
    permissions.ensure_groups()
    user = User.objects.create_user("olga", password=PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=permissions.OPERATIONS))
    parties.host_party(PartyId("NL", "ABC"), ["CPO"], name="Our Company")
    with override_settings(ALLOW_PRIVATE_ADDRESSES=True, BASE_URL=live_server.url):
        page.goto(f"{live_server.url}/admin/")
        page.get_by_label("Username").fill("olga")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", name="Partners").first).to_be_visible()
        yield page


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Handshakes run beside the test, as a worker would run them."""
    running: list[threading.Thread] = []

    def run(key: int) -> None:
        try:
            services.run(Handshake.objects.select_related("connection").get(pk=key))
        finally:
            connections.close_all()

    def delay(key: int) -> None:
        running.append(threading.Thread(target=run, args=[key]))
        running[-1].start()

    monkeypatch.setattr("credentials.admin.verbs.run_handshake.delay", delay)
    yield
    for thread in running:
        thread.join(timeout=30)


@pytest.fixture
def partner(tmp_path: Path) -> Iterator[Simulator]:
    folder = tmp_path / "partner"
    settings = Settings(
        data_dir=folder, party=PartyId("DE", "SIM"), locations=3, changes_per_minute=0.0
    )
    simulator = Simulator(settings)
    simulator.start()
    yield simulator
    simulator.stop()


def test_the_overview_warns_and_shows_local_time(operator: Page, live_server: LiveServer) -> None:
    expect(operator.get_by_role("note")).to_contain_text("private networks")
    event = operator.locator(".timeline time").first
    assert "CE" in (event.get_attribute("title") or "")


def test_an_invitation_is_copied_from_its_sheet(operator: Page, live_server: LiveServer) -> None:
    operator.context.grant_permissions(["clipboard-read", "clipboard-write"])
    operator.goto(f"{live_server.url}/admin/parties/connection/")
    operator.get_by_role("link", name="Invite a partner").click()
    operator.get_by_label("Name of the partner").fill("Example Mobility")
    operator.get_by_role("button", name="Make the invitation").click()
    token = operator.locator("dt:has-text('Registration token') + dd")
    token.locator("button").click()
    expect(token.locator("button")).to_have_class("copy copied")
    copied = operator.evaluate("navigator.clipboard.readText()")
    assert copied == token.locator("code").inner_text()


def test_a_registration_is_watched_to_its_end(
    operator: Page, live_server: LiveServer, workers: None, partner: Simulator
) -> None:
    token = partner.registration.invite()
    operator.goto(f"{live_server.url}/admin/parties/connection/connect/")
    operator.get_by_label("Name of the partner").fill("Simulated Charging")
    operator.get_by_label("Versions URL").fill(partner.identity.versions_url)
    operator.locator("#id_token").fill(token)
    operator.get_by_role("button", name="Connect").click()
    expect(operator.locator(".callout-success")).to_contain_text("Registered with", timeout=20_000)
    assert operator.locator(".transcript li").count() >= 8
    operator.get_by_role("link", name="To the connection").click()
    expect(operator.locator(".cockpit-head")).to_contain_text("Connected")
    expect(operator.get_by_text("DE*SIM").first).to_be_visible()
    assert Connection.objects.get().is_connected


def test_a_wrong_token_is_diagnosed_and_can_be_tried_again(
    operator: Page, live_server: LiveServer, workers: None, partner: Simulator
) -> None:
    operator.goto(f"{live_server.url}/admin/parties/connection/connect/")
    operator.get_by_label("Name of the partner").fill("Simulated Charging")
    operator.get_by_label("Versions URL").fill(partner.identity.versions_url)
    operator.locator("#id_token").fill("not-the-token")
    operator.get_by_role("button", name="Connect").click()
    failed = operator.locator(".callout-danger")
    expect(failed).to_contain_text("Token not accepted", timeout=20_000)
    operator.get_by_role("link", name="Try again").click()
    operator.get_by_role("dialog").get_by_role("button", name="Try again").click()
    expect(failed).to_contain_text("Token not accepted", timeout=20_000)
    assert Handshake.objects.count() == 2


def test_a_dialog_asks_and_cancel_does_nothing(
    operator: Page, live_server: LiveServer, partner: Simulator
) -> None:
    made = parties.create_connection("Example Mobility")
    Connection.objects.filter(pk=made.pk).update(state="connected", version="2.2.1")
    operator.goto(f"{live_server.url}/admin/parties/connection/{made.pk}/change/")
    operator.get_by_role("link", name="Suspend").click()
    dialog = operator.get_by_role("dialog")
    dialog.get_by_role("link", name="Cancel").click()
    expect(dialog).to_have_count(0)
    operator.get_by_role("link", name="Suspend").click()
    dialog.get_by_label("Reason").fill("Agreement ended")
    dialog.get_by_role("button", name="Suspend").click()
    expect(operator.locator(".callout-danger")).to_contain_text("Agreement ended")
