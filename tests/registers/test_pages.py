"""Staff read registers, look up codes, and see what registers say of the parties they deal with."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from registers import services
from registers.choices import ImportState
from registers.models import Register, RegisterEntry, RegisterImport
from roaming import permissions
from staff.links import list_url, page_url
from tests import builders
from tests.registers import lists

pytestmark = pytest.mark.django_db


@pytest.fixture
def read() -> Register:
    register = lists.register()
    content = lists.evroam(("Charge Ltd", "GB*505", "GB-505"), ("Roam Ltd", "", "GB-AVL"))
    services.read_list(register, content, source="first.json", actor="ada")
    return register


def html(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


def test_a_register_and_its_codes(staff_client: Client, read: Register) -> None:
    page = html(staff_client, page_url(read))
    assert "2 codes listed, 1 of them in both roles" in page
    assert "3 listed, 3 new" in page
    assert "EV Roam" in html(staff_client, list_url(Register))
    entry = RegisterEntry.objects.get(party_id="505", role="CPO")
    assert "Listed for the first time" in html(staff_client, page_url(entry))


@pytest.mark.parametrize(
    "term", ["GB*505", "gb505", "GB-505", "505", "GB*505*E123*1", "GB-505-C12345678-X", "charge"]
)
def test_any_id_leads_to_its_code(staff_client: Client, read: Register, term: str) -> None:
    page = html(staff_client, list_url(RegisterEntry, q=term))
    assert "GB*505" in page
    assert "GB*AVL" not in page


def test_staff_upload_a_list(staff_client: Client, read: Register) -> None:
    url = f"/admin/registers/register/{read.pk}/upload/"
    content = lists.evroam(("Charge Limited", "GB*505", "GB-505"), ("Wrong", "GB*TOOLONG", ""))
    answer = staff_client.post(
        url, {"file": SimpleUploadedFile("second.json", content)}, follow=True
    )
    page = answer.content.decode()
    assert "Holder named differently" in page
    assert "Not listed any more" in page
    assert "GB*TOOLONG" in page
    assert staff_client.post(url, {}).status_code == 200
    assert RegisterImport.objects.count() == 2


def test_a_held_list_is_decided_about(staff_client: Client) -> None:
    register = lists.register()
    services.read_list(register, lists.many(100), source="one", actor="ada")
    (held,) = services.read_list(register, lists.many(50), source="two", actor="ada")
    assert "A list waits for you." in html(staff_client, page_url(register))
    assert "Nothing was changed yet." in html(staff_client, page_url(held))
    answer = staff_client.post(f"/admin/registers/registerimport/{held.pk}/take-over/", follow=True)
    assert "It was taken over." in answer.content.decode()
    held.refresh_from_db()
    assert (held.state, held.decided_by) == (ImportState.DONE, "ada")


def test_a_party_s_page_says_what_registers_say(staff_client: Client, read: Register) -> None:
    known = builders.party("GB*505", "CPO")
    unknown = builders.party("GB*ZZZ", "CPO")
    provider = builders.party("GB*AVL", "CPO")
    assert "Charge Ltd" in html(staff_client, page_url(known))
    assert "No register lists it." in html(staff_client, page_url(unknown))
    assert "in another role only, as Provider (eMSP)" in html(staff_client, page_url(provider))


def test_a_connection_s_page_says_it_of_all_its_parties(
    staff_client: Client, read: Register
) -> None:
    speaks_for = (builders.party("GB*505", "CPO"), builders.party("GB*ZZZ", "CPO"))
    connection = builders.connection(speaks_for=speaks_for)
    page = html(staff_client, page_url(connection))
    assert "Charge Ltd" in page
    assert "No register lists it." in page


def test_a_holder_that_speaks_under_another_id(staff_client: Client) -> None:
    """TII lists it with the party IDs that its holders use in OCPI."""
    register = lists.register("ie-tii", format="tii", jurisdictions=["IE"])
    services.read_list(register, lists.TII, source="tii", actor="ada")
    used = builders.party("IE*EGO", "CPO")
    assert "the holder of IE*EZO uses it" in html(staff_client, page_url(used))


def test_who_may_read_registers(log_in: Callable[[str], Client]) -> None:
    register = lists.register()
    url = f"/admin/registers/register/{register.pk}/upload/"
    assert log_in(permissions.OPERATIONS).get(url).status_code == 200
    for group in (permissions.VIEWERS, permissions.FINANCE):
        client = log_in(group)
        assert client.get(url).status_code == 403
        assert client.get(page_url(register)).status_code == 200


def test_the_settings_of_a_register(staff_client: Client, read: Register) -> None:
    url = f"/admin/registers/register/{read.pk}/settings/"
    assert "removes more than" in html(staff_client, url)


def test_the_list_asks_once_for_what_is_held(staff_client: Client, read: Register) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            html(staff_client, list_url(Register))
        return len(queries)

    html(staff_client, list_url(Register))
    before = asked()
    for number in range(3):
        one = Register.objects.create(key=f"more-{number}", name=f"More {number}")
        RegisterImport.objects.create(register=one, state=ImportState.HELD)
    assert asked() == before
