"""The audit of IDs finds what is wrong, counts it per owner, and leads to the EVSEs."""

from __future__ import annotations

import pytest
from django.test import Client

from exchange.models import Job
from locations import services as locations
from ocpi.identifiers import PlaceId
from parties.models import Party
from registers import services as registers
from registers.audit import selectors, services
from registers.audit.choices import Fault, Shape, Subject
from registers.audit.models import AuditFinding, AuditRun
from staff.links import list_url
from tests import builders
from tests.registers import lists
from tests.staff.conftest import LogIn
from tokens import services as tokens

pytestmark = pytest.mark.django_db


def publish(owner: Party, *evse_ids: str | None, location: str = "LOC1") -> None:
    """A location of ours whose EVSEs have these IDs."""
    evses = [
        {key: value for key, value in builders.evse(str(at), evse_id=one).items() if value}
        for at, one in enumerate(evse_ids)
    ]
    document = builders.location(location, owner=str(owner.identity), evses=evses)
    locations.save_location(owner, document)


def found(subject: Subject = Subject.EVSE) -> set[tuple[str, str, str]]:
    rows = AuditFinding.objects.filter(subject=subject)
    return set(rows.values_list("value", "fault", "reason"))


def test_right_ids_have_no_findings() -> None:
    owner = builders.party(ours=True)
    publish(owner, "NL*ABC*E1", "NLABCE2*1", "NL*ABC*E*3")
    run = services.look("ada")
    assert (run.evses, found()) == (3, set())
    assert sorted(run.shapes) == [[owner.pk, "canonical", 2], [owner.pk, "compact", 1]]


def test_what_is_wrong_with_evse_ids() -> None:
    publish(
        builders.party(ours=True),
        *("NL.ABC.E1", "NL*ABC*2", "nl*abc*e3", "UK*ABC*E4", "DE*XYZ*E5", None, "4711"),
        f"NL*ABC*E{'6' * 32}",
        "+49*810*000*438",
        "NL*ABC*P7",
        "NL*ABC*E8?",
    )
    services.look("ada")
    assert found() == {
        ("NL.ABC.E1", "malformed", "separators"),
        ("NL*ABC*2", "malformed", "no_letter"),
        ("nl*abc*e3", "lower_case", ""),
        ("UK*ABC*E4", "country", "UK"),
        ("UK*ABC*E4", "foreign", "UKABC"),
        ("DE*XYZ*E5", "foreign", "DEXYZ"),
        ("", "missing", ""),
        ("4711", "malformed", "number"),
        (f"NL*ABC*E{'6' * 32}", "malformed", "too_long"),
        ("+49*810*000*438", "malformed", "din"),
        ("NL*ABC*P7", "malformed", "other_letter"),
        ("NL*ABC*E8?", "malformed", "characters"),
    }


@pytest.mark.parametrize(
    "text",
    [
        *("NL*ABC*E1", "NLABCE1", "NL*ABCE1", "NL*ABC*E*1", "NL*ABC*E**", "NL*ABC*E", "nlabce1"),
        *("NL-ABC-E1", "N1ABCE1", "NL*ABC*P1", "NL*AB*E1", "E1"),
        *(
            f"NLABCE{'1' * 31}",
            f"NL*ABC*E{'1' * 31}",
            f"NL*ABC*E*{'1' * 31}",
            f"NL*ABC*E{'1' * 32}",
        ),
    ],
)
def test_the_database_agrees_with_the_reader(text: str) -> None:
    """A regular expression judges, and ``PlaceId`` explains: both must say the same."""
    publish(builders.party(ours=True), text)
    run = services.look("ada")
    right = run.shapes[0][1] in (Shape.CANONICAL, Shape.COMPACT)
    try:
        assert right == (PlaceId.read(text).kind.value == "E")
    except ValueError:
        assert not right


def test_the_same_id_at_several_evses() -> None:
    publish(builders.party(ours=True), "NL*ABC*E1", "NL*ABC*E2")
    publish(builders.party("NL*XYZ", ours=True), "nlabce1", location="LOC2")
    run = services.look("ada")
    duplicates = AuditFinding.objects.filter(fault=Fault.DUPLICATE)
    assert (run.duplicates, duplicates.count()) == (1, 2)


def test_codes_that_no_register_lists() -> None:
    """Only where a register was read: without one nothing can be said."""
    publish(builders.party(ours=True), "NL*ABC*E1", "GB*505*E1")
    assert not services.look("ada").registers_read
    content = lists.evroam(("Charge Ltd", "GB*505", "GB-505"))
    registers.read_list(lists.register(), content, source="list", actor="ada")
    services.look("ada")
    assert ("NL*ABC*E1", "unlisted", "NLABC") in found()
    assert ("GB*505*E1", "unlisted", "GB505") not in found()


def test_contract_ids() -> None:
    owner = builders.party("NL*MSP", "EMSP", ours=True)
    for at, contract in enumerate(
        ["NL-MSP-C12345678-7", "NL-MSP-C12345678", "DE-XYZ-C12345678", "free text"]
    ):
        tokens.save_token(owner, builders.token(f"0{at}", contract_id=contract))
    services.look("ada")
    assert found(Subject.CONTRACT) == {
        ("NL-MSP-C12345678-7", "wrong_check", ""),
        ("NL-MSP-C12345678", "no_check", ""),
        ("DE-XYZ-C12345678", "no_check", ""),
        ("DE-XYZ-C12345678", "foreign", "DEXYZ"),
        ("free text", "malformed", ""),
    }


def test_the_page_leads_to_the_evses(staff_client: Client) -> None:
    url = list_url(AuditRun)
    assert "were not looked at yet" in staff_client.get(url).content.decode()
    publish(builders.party(ours=True), "NL.ABC.E1", "DE*XYZ*E5")
    services.look("ada")
    page = staff_client.get(url).content.decode()
    assert "With dots or dashes" in page
    assert "DE*XYZ" in page
    run = selectors.last()
    assert run is not None
    (reason,) = selectors.reasons(run, Fault.MALFORMED)
    listed = staff_client.get(reason["url"]).content.decode()
    assert "NL.ABC.E1" in listed
    assert "DE*XYZ*E5" not in listed
    assert "where only asterisks may" in listed


def test_staff_have_it_looked_at_again(staff_client: Client, log_in: LogIn) -> None:
    publish(builders.party(ours=True), "NL*ABC*E1")
    start = "/admin/registers/auditrun/start/"
    assert staff_client.get(start).status_code == 405
    assert staff_client.post(start).status_code == 302
    services.run(Job.objects.get(kind=services.KIND))
    assert AuditRun.objects.get().by == "ada"
    viewer = log_in("viewers")
    assert viewer.get(list_url(AuditRun)).status_code == 200
    assert viewer.post(start).status_code == 403
