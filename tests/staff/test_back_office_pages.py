"""The pages on which our own back office is connected, and says who answers for a party."""

from __future__ import annotations

import pytest
from django.urls import reverse

from parties.choices import ConnectionKind
from parties.models import Connection, Event, Party
from roaming.permissions import OPERATIONS, VIEWERS
from tests import builders
from tests.staff.conftest import LogIn

pytestmark = pytest.mark.django_db


def test_our_back_office_is_invited_in_plain_words(log_in: LogIn, connection: Connection) -> None:
    client = log_in(OPERATIONS)
    listed = client.get(reverse("admin:parties_connection_changelist")).content.decode()
    address = reverse("admin:parties_connection_invite") + "?kind=back_office"
    assert address in listed
    form = client.get(address).content.decode()
    assert "Connect your own back office" in form
    assert "Parties it deals with" in form
    given = {"name": "Charge point system", "environment": "test", "kind": "back_office"}
    theirs = Party.objects.get(party_id="XYZ")
    sheet = client.post(address, {**given, "presents": [theirs.pk]}).content.decode()
    assert "NL*HUB, this portal" in sheet
    made = Connection.objects.get(name="Charge point system")
    assert made.kind == ConnectionKind.BACK_OFFICE
    assert list(made.presents.all()) == [theirs]


def test_the_page_of_a_back_office_says_what_it_is(log_in: LogIn, connection: Connection) -> None:
    office = builders.connection(
        "Charge point system",
        kind=ConnectionKind.BACK_OFFICE,
        speaks_for=(Party.objects.get(party_id="ABC"),),
    )
    client = log_in(VIEWERS)
    page = client.get(reverse("admin:parties_connection_change", args=[office.pk]))
    shown = page.content.decode()
    assert "This is your own back office." in shown
    assert "the hub NL*HUB" in shown
    assert [str(p) for p in page.context["cockpit"]["office"]["behind"]] == ["DE*XYZ EMSP"]
    Connection.objects.filter(pk=office.pk).update(version="2.1.1")
    page = client.get(reverse("admin:parties_connection_change", args=[office.pk]))
    assert "NL*HUB as EMSP" in page.content.decode()


def test_staff_set_who_answers_for_a_party(log_in: LogIn, connection: Connection) -> None:
    cpo = Party.objects.get(party_id="ABC")
    address = reverse("admin:parties_party_change", args=[cpo.pk])
    client = log_in(OPERATIONS)
    page = client.get(address).content.decode()
    assert "No back office." in page
    assert "Whether a card may charge" not in page, "nobody asks a CPO about cards"
    given = {"name": "Acme", "website": "", "command_rule": "STAFF"}
    client.post(address, given)
    cpo.refresh_from_db()
    assert (cpo.name, cpo.command_rule, cpo.authorization_rule) == ("Acme", "STAFF", "whitelist")
    told = Event.objects.get(name="party.edited")
    assert "Accept; staff carry it out" in told.message
    assert told.actor == "operations-member"
    builders.connection("Backend", kind=ConnectionKind.BACK_OFFICE, speaks_for=(cpo,))
    assert "Backend" in client.get(address).content.decode()


def test_a_partners_party_has_no_such_settings(log_in: LogIn, connection: Connection) -> None:
    theirs = Party.objects.get(party_id="XYZ")
    page = log_in(OPERATIONS).get(reverse("admin:parties_party_change", args=[theirs.pk]))
    assert "Who answers for it" not in page.content.decode()
