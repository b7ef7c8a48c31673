"""One charge is followed from wherever one comes, and whatever came first."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from cdrs.charge import follow, steps
from cdrs.charge.missing import missing
from cdrs.models import CDR
from charging.commands.choices import CommandState, CommandType
from charging.models import Command, Session
from locations import services as locations
from ocpi.datetimes import format_datetime
from parties.choices import ConnectionKind
from roaming import permissions
from tests import builders
from tests.builders import Partner
from tests.staff.conftest import LogIn, log_in
from tokens.authorization.models import Authorization
from tokens.services import put_token

__all__ = ["log_in"]
pytestmark = pytest.mark.django_db
REFERENCE = "REF-1"


def token() -> dict[str, Any]:
    return {
        **builders.cdr_token(),
        "issuer": "Acme",
        "valid": True,
        "whitelist": "ALWAYS",
        "last_updated": builders.EARLIER,
    }


@pytest.fixture
def office() -> Partner:
    """Our CPO's back office; the cards are a partner's."""
    ours = builders.party("NL*ABC", "CPO", ours=True)
    theirs = builders.party("DE*XYZ", "EMSP")
    put_token(theirs, token(), source=None)
    builders.connection("Emsp", speaks_for=(theirs,), version="2.3.0")
    return builders.partner(
        "Office", speaks_for=(ours,), kind=ConnectionKind.BACK_OFFICE, version="2.3.0"
    )


def charge(office: Partner) -> None:
    """A card is authorized, its session comes and ends, its CDR comes; the location comes last."""
    place = {"location_id": "LOC1", "evse_uids": ["3256"]}
    allowed = office.call("POST", "sender/tokens/012345678/authorize", place)
    assert allowed.data["allowed"] == "ALLOWED"
    reference = allowed.data["authorization_reference"]
    now = format_datetime(timezone.now())
    path = "receiver/sessions/NL/ABC/S1"
    document = builders.session(
        start_date_time=now, last_updated=now, authorization_reference=reference, kwh=0
    )
    assert office.put(path, {**document, "status": "PENDING"}).code == 1000
    later = format_datetime(timezone.now())
    assert office.patch(path, {"status": "ACTIVE", "kwh": 3.5, "last_updated": later}).code == 1000
    assert (
        office.patch(
            path, {"status": "COMPLETED", "kwh": 10, "end_date_time": later, "last_updated": later}
        ).code
        == 1000
    )
    record = builders.cdr(
        start_date_time=now, end_date_time=later, authorization_reference=reference
    )
    assert office.call("POST", "receiver/cdrs", record).code == 1000
    owner = builders.party("NL*ABC", "CPO")
    locations.save_location(owner, builders.location())


def test_a_charge_is_the_same_from_wherever_it_is_followed(office: Partner) -> None:
    charge(office)
    session, cdr = Session.objects.get(), CDR.objects.get()
    for start in (session, cdr, Authorization.objects.get()):
        found = follow(start)
        assert found.session == session
        assert found.cdrs == [cdr]
        assert [row.uid for row in found.authorizations] == ["012345678"]
        assert str(found.evse) == "NL*ABC*E3256"
        assert str(found.token) == "012345678"
        assert missing(found) == []
    what = [step.what for step in steps(follow(cdr))]
    assert what.index("Authorization") < what.index("Session") < what.index("CDR")


def test_a_command_without_a_reference_is_found_by_card_place_and_time(office: Partner) -> None:
    charge(office)
    session = Session.objects.get()
    command = Command.objects.create(
        type=CommandType.START_SESSION,
        owner=session.owner,
        sender=session.emsp,
        document={},
        token_key=session.token_key,
        location_key=session.location_key,
        state=CommandState.SUCCEEDED,
        result="ACCEPTED",
        result_at=timezone.now(),
    )
    assert follow(session).commands == [command]
    assert follow(command).session == session
    elsewhere = Command.objects.create(
        type=CommandType.START_SESSION,
        owner=session.owner,
        sender=session.emsp,
        document={},
        token_key=session.token_key,
        location_key="LOC2",
    )
    found = follow(elsewhere)
    assert found.session is None
    assert "No session" in missing(found)[0]


def test_the_page_shows_it_to_those_who_may_see_it(
    log_in: LogIn,
    office: Partner,
) -> None:
    charge(office)
    session = Session.objects.get()
    client: Client = log_in(permissions.FINANCE)
    page = client.get("/admin/cdrs/cdr/charge/", {"session": session.pk}).content.decode()
    for text in ("NL*ABC/S1", "Office asked whether card 012345678 may charge", "10 kWh", "C1"):
        assert text in page
    assert "Not found" not in page
    of_cdr = client.get(f"/admin/cdrs/cdr/{CDR.objects.get().pk}/change/").content.decode()
    assert "/admin/cdrs/cdr/charge/?cdr=" in of_cdr
    assert client.get("/admin/cdrs/cdr/charge/", {"session": 10**9}).status_code == 404
    assert client.get("/admin/cdrs/cdr/charge/").status_code == 404
    assert log_in("").get("/admin/cdrs/cdr/charge/", {"session": session.pk}).status_code == 403
