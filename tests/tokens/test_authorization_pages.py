"""Staff ask whether a card would charge, and look at what was decided."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from parties.models import Party
from roaming import permissions
from tests import builders
from tests.exchange.conftest import System
from tests.staff.conftest import LogIn, log_in
from tests.tokens.authorizing import UID, answering, asks, location, provider, token
from tokens.authorization import store
from tokens.authorization.models import Authorization, UnknownCard
from tokens.authorization.questions import Question
from tokens.authorization.strangers import remember

__all__ = ["log_in"]
pytestmark = pytest.mark.django_db
LIST = "/admin/tokens/authorization/"
DECIDE = f"{LIST}decide/"
ASK = f"{DECIDE}ask/"


@pytest.fixture(autouse=True)
def _private(settings: Any) -> None:
    settings.ALLOW_PRIVATE_ADDRESSES = True
    cache.clear()


@pytest.fixture
def system() -> Iterator[System]:
    running = System()
    yield running
    running.close()


@pytest.fixture
def emsp(db: None) -> Party:
    return builders.party("DE*EMP", "EMSP")


@pytest.fixture
def cpo(db: None) -> Party:
    made = builders.party("NL*CPO", "CPO", ours=True)
    location(made)
    return made


def test_looking_explains_and_asks_nobody(
    log_in: LogIn, cpo: Party, emsp: Party, system: System
) -> None:
    token(emsp, whitelist="NEVER")
    provider("EMP", system, emsp)
    staff = log_in(permissions.OPERATIONS)

    asked = {"card": UID, "location": "NL*CPO/LOC1", "evse": "NL*ABC*E3256"}
    shown = staff.get(DECIDE, asked).content.decode()

    assert "That is for DE*EMP (EMP) to say." in shown
    assert "NEVER: only the eMSP decides" in shown
    assert "(this card)" in shown
    assert "Ask the eMSP now" in shown
    assert not system.requests
    assert not Authorization.objects.exists()
    assert "Ask the eMSP now" not in log_in(permissions.VIEWERS).get(DECIDE, asked).content.decode()


def test_asking_is_confirmed_and_leaves_a_page(
    log_in: LogIn, cpo: Party, emsp: Party, system: System
) -> None:
    token(emsp, whitelist="NEVER")
    system.handler = answering(emsp, "NO_CREDIT")
    provider("EMP", system, emsp)
    staff = log_in(permissions.OPERATIONS)
    url = f"{ASK}?card={UID}&location=LOC1&evse=3256"

    assert "Ask DE*EMP (EMP) whether" in staff.get(url).content.decode()
    assert not system.requests
    page = staff.post(url, follow=True).content.decode()

    row = Authorization.objects.get()
    assert (row.allowed, row.actor) == ("NO_CREDIT", "operations-member")
    assert "It answered: no credit." in page
    assert "LOC1, EVSE 3256" in page
    assert system.requests[0].document == {"location_id": "LOC1", "evse_uids": ["3256"]}
    assert log_in(permissions.VIEWERS).post(url).status_code == 403
    assert len(system.requests) == 1


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"card": "X", "location": "NOWHERE"}, "There is no location NOWHERE here."),
        ({"card": "X", "evse": "1"}, "An EVSE is named within its location."),
        ({"card": "X", "location": "LOC1", "evse": "9"}, "LOC1 has no EVSE 9."),
        ({"card": "Ä"}, "is not printable ASCII"),
        ({"card": "X"}, "No RFID token with the number X is here."),
    ],
)
def test_what_was_typed_wrong_is_said(
    query: dict[str, str], said: str, log_in: LogIn, cpo: Party
) -> None:
    assert said in log_in(permissions.VIEWERS).get(DECIDE, query).content.decode()


def test_the_question_of_a_partner_is_explained_too(log_in: LogIn, cpo: Party) -> None:
    token(builders.party("NL*MSP", "EMSP", ours=True), valid=False)
    theirs = builders.party("FR*CPO")
    partner = builders.connection("FR", speaks_for=(theirs,))
    shown = log_in(permissions.VIEWERS).get(DECIDE, {"card": UID, "asker": str(partner.pk)})
    assert "It would not charge: blocked." in shown.content.decode()


def test_the_list_finds_by_card_reference_and_filters(
    log_in: LogIn, cpo: Party, emsp: Party
) -> None:
    token(emsp)
    office = builders.partner("Office", speaks_for=(cpo,), kind="back_office")
    asks(office, body={"location_id": "LOC1"})
    asks(office, "sender/tokens/STRANGER/authorize")
    row = Authorization.objects.get(allowed="ALLOWED")
    staff = log_in(permissions.VIEWERS)

    def found(**query: str) -> tuple[bool, bool]:
        text = staff.get(LIST, query).content.decode()
        return f"/{row.pk}/change/" in text, "STRANGER" in text

    assert found() == (True, True)
    assert found(q=UID.lower()) == (True, False)
    assert found(q=row.authorization_reference) == (True, False)
    assert found(answer="none") == (False, True)
    assert found(how__exact="whitelist") == (True, False)
    page = staff.get(f"{LIST}{row.pk}/change/").content.decode()
    assert "Nobody: it was answered from what is stored here." in page
    assert "/admin/locations/location/named/NL*CPO/LOC1/" in page


def test_pages_are_for_those_who_may_look() -> None:
    assert Client().get(DECIDE).status_code == 302


def test_decisions_are_dropped_by_the_month(emsp: Party, settings: Any) -> None:
    settings.AUTHORIZATION_RETENTION_MONTHS = 2
    for month, day in ((1, 31), (2, 1), (3, 31)):
        Authorization.objects.create(
            at=datetime(2026, month, day, tzinfo=UTC),
            uid=UID,
            uid_key=UID,
            type="RFID",
            how="unknown",
            ocpi_status=2004,
            duration_ms=month,
        )
    settings.AUTHORIZE_UNKNOWN_SECONDS = -1000
    remember(Question(UID), certain=True)

    assert store.forget_old(datetime(2026, 4, 15, tzinfo=UTC)) == 1

    assert list(Authorization.objects.values_list("duration_ms", flat=True)) == [3, 2]
    assert not UnknownCard.objects.exists()
