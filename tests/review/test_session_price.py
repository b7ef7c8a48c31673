"""A session is priced while it goes on: by what was told until now, and by nothing else."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client

from charging.models import Session
from review.session_price import price_of
from staff.links import page_url
from tests import builders
from tests.review import support

pytestmark = pytest.mark.django_db


def running(**fields: object) -> Session:
    """A live session of 4 kWh in half an hour, whose CPO says EUR 1.20."""
    period = builders.period("2026-01-01T10:00:00Z", "T1", ENERGY=4.0, TIME=0.5)
    support.session(
        **{
            "status": "ACTIVE",
            "kwh": 4.0,
            "end_date_time": None,
            "charging_periods": [period],
            "total_cost": {"before_taxes": 1.2},
            "last_updated": "2026-01-01T10:30:00Z",
            **fields,
        }
    )
    return Session.objects.select_related("owner", "emsp").get()


def test_a_running_session_costs_what_was_told_until_now() -> None:
    support.tariff(elements=[builders.priced(ENERGY=0.25, TIME=1.0)])
    price = price_of(running())
    assert price.pricing.before_taxes == Decimal("1.5")
    assert f"{price.until:%H:%M}" == "10:30"
    assert price.trace is not None


def test_without_a_tariff_it_says_why() -> None:
    price = price_of(running())
    assert price.pricing.priced is None
    assert "T1" in price.pricing.why_not


def test_its_page_shows_the_price_and_how_it_came_about(client: Client) -> None:
    support.tariff()
    session = running()
    client.force_login(
        User.objects.create_superuser("ada", password="x"),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    page = client.get(page_url(session)).content.decode()
    for words in ("as we price it", "EUR 1.00", "Its CPO says EUR 1.20.", "How we came to this"):
        assert words in page
