"""What is late is found, with the limit of the partner it came from."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from charging.detectors import SESSIONS_PENDING, SESSIONS_SILENT, TOKENS_NEVER_USED
from charging.models import Session
from charging.sessions import services
from exchange import detectors
from exchange.models import DetectorLimit, PullState
from locations.detectors import EVSES_WITHOUT_NEWS
from locations.services import put_location
from parties.models import Connection
from roaming import permissions
from tests import builders
from tests.staff.conftest import LogIn, log_in

pytestmark = pytest.mark.django_db
__all__ = ["log_in"]
PAGE = "/admin/exchange/detectorlimit/"


@pytest.fixture
def partner() -> Connection:
    cache.clear()
    return builders.connection("Cpo", speaks_for=(builders.party("NL*ABC", "CPO"),))


def session(identifier: str, status: str, heard: timedelta, partner: Connection) -> None:
    """A session that was heard of so long ago."""
    owner = builders.party("NL*ABC", "CPO")
    services.put_session(owner, builders.session(identifier, status=status), source=partner)
    found = Session.objects.filter(session_key=identifier)
    found.update(heard_at=timezone.now() - heard)


def test_sessions_count_as_late_by_their_partners_limit(partner: Connection) -> None:
    session("S1", "PENDING", timedelta(minutes=31), partner)
    session("S2", "PENDING", timedelta(minutes=29), partner)
    session("S3", "ACTIVE", timedelta(hours=7), partner)
    session("S4", "COMPLETED", timedelta(days=9), partner)
    pending = detectors.find(SESSIONS_PENDING)
    assert [(row.reference, row.connection_id) for row in pending] == [("NL*ABC/S1", partner.pk)]
    assert pending[0].limit == timedelta(minutes=30)
    assert [row.reference for row in detectors.find(SESSIONS_SILENT)] == ["NL*ABC/S3"]

    DetectorLimit.objects.create(connection=partner, detector="sessions_pending", minutes=10)
    assert [row.reference for row in detectors.find(SESSIONS_PENDING)] == ["NL*ABC/S1", "NL*ABC/S2"]
    DetectorLimit.objects.update(minutes=60)
    assert detectors.find(SESSIONS_PENDING) == []
    assert detectors.find(SESSIONS_SILENT, connection_id=partner.pk + 1) == []


def test_a_complete_list_is_news_of_all_that_is_on_it(partner: Connection) -> None:
    owner = builders.party("NL*ABC", "CPO")
    put_location(owner, builders.location(), source=partner)
    late = detectors.find(EVSES_WITHOUT_NEWS)
    assert [(row.reference, row.connection_id) for row in late] == [
        ("NL*ABC/LOC1 3256", partner.pk)
    ]
    assert EVSES_WITHOUT_NEWS.url(late[0].reference)
    PullState.objects.create(connection=partner, module="locations", full_at=timezone.now())
    assert detectors.find(EVSES_WITHOUT_NEWS) == []


def test_every_detector_can_be_asked(partner: Connection) -> None:
    """Their statements fit the tables there are."""
    assert [tally.number for tally in detectors.tallies()] == [0] * len(detectors.detectors())
    for detector in detectors.detectors():
        assert detectors.find(detector, connection_id=partner.pk) == []
    assert EVSES_WITHOUT_NEWS in detectors.detectors()
    assert TOKENS_NEVER_USED in detectors.detectors()


def test_the_page_shows_what_is_late_and_limits_are_set_there(
    log_in: LogIn,
    partner: Connection,
) -> None:
    session("S1", "PENDING", timedelta(hours=2), partner)
    client: Client = log_in(permissions.OPERATIONS)
    page = client.get(PAGE).content.decode()
    assert "Sessions that never began" in page
    assert "NL*ABC/S1" in page
    assert "30 min" in page
    added = client.post(
        f"{PAGE}add/", {"connection": partner.pk, "detector": "sessions_pending", "minutes": 240}
    )
    assert added.status_code == 302
    cache.clear()
    page = client.get(PAGE, {"detector__exact": "sessions_pending"}).content.decode()
    assert "Nothing: all is in time." in page
    assert "240 min" in page
    wrong = client.post(
        f"{PAGE}add/", {"connection": partner.pk, "detector": "chess", "minutes": 0}
    ).content.decode()
    assert "Select a valid choice" in wrong
    assert "greater than or equal to 1" in wrong


def test_who_may_not_see_sessions_is_not_told_about_them(
    log_in: LogIn,
    partner: Connection,
) -> None:
    session("S1", "PENDING", timedelta(hours=2), partner)
    assert log_in("").get(PAGE).status_code == 403
