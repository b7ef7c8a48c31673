"""What anybody may read and do without logging in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from registers import services as observed
from registers.choices import CodeRole
from registers.formats import FORMATS, Listed
from registers.models import Application, Register
from registers.running import services
from registers.running.choices import ApplicationState
from tests.registers import lists, running

pytestmark = pytest.mark.django_db


@pytest.fixture
def register() -> Register:
    return running.run(contact="Write to codes@registry.example.")


def content(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else bytes(answer.content)


def html(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return str(answer.content.decode())


def post(client: Client, **fields: Any) -> HttpResponse:
    answer: Any = client.post("/register/apply/", {**running.FORM, **fields})
    return answer  # type: ignore[no-any-return]


def test_nothing_is_public_of_a_register_that_is_not_run(client: Client) -> None:
    for url in ("/register/", "/register/register.json", "/register/register.csv"):
        assert client.get(url).status_code == 404
    assert client.get("/register/apply/").status_code == 404
    assert "Register</a>" not in html(client, "/ids/")


def test_the_list_and_the_page_of_a_code(client: Client, register: Register) -> None:
    code = running.issue(register)
    services.suspend(code, reason="A secret reason", actor="ada")
    for url in ("/register/", "/register/?q=gb-abc-c12345678-x", "/register/?q=acme"):
        assert "GB*ABC" in html(client, url)
    assert "No code here matches" in html(client, "/register/?q=bolt")
    page = html(client, "/register/gb/abc/")
    assert "Assigned to Acme Charging Ltd as operator and provider." in page
    assert page.count("Suspended") == 2  # its state, and in its history
    for private in ("secret reason", "ann@acme.example", "Ann Other", "01234567", "ada", "bob"):
        assert private not in page
    assert client.get("/register/GB/XYX/").status_code == 404
    assert client.get("/register/G1/XYX/").status_code == 404


def test_the_list_is_paged(client: Client, register: Register) -> None:
    first = running.issue(register, "AAA")
    for number in range(100):
        first.pk, first.party_id = None, f"X{number:02}"
        first.save(force_insert=True)
    assert "page=2" in html(client, "/register/")
    second = html(client, "/register/?page=2")
    assert second.count('class="name"') == 1
    assert html(client, "/register/?page=none").count('class="name"') == 100


def test_how_public_answers_may_be_kept(client: Client, register: Register) -> None:
    for url in ("/register/", "/ids/", "/register/register.json", "/api/ids?value=GB*ABC"):
        answer = client.get(url)
        assert answer["Cache-Control"] == "public, max-age=300"
        assert "Cookie" not in answer.get("Vary", "")
        assert not answer.cookies
    for url in ("/register/register.json", "/register/register.csv", "/api/ids?value=x"):
        assert client.get(url)["Access-Control-Allow-Origin"] == "*"
    policy = client.get("/register/apply/")["Content-Security-Policy"]
    assert "script-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_table_is_read_again_by_our_own_format(client: Client, register: Register) -> None:
    organisation = {
        **running.ORGANISATION,
        "legal_name": "=cmd()|A1",
        "trading_name": '"Quoted", Ltd',
        "website": "https://acme.example",
    }
    running.issue(register, "007", organisation=organisation)
    services.suspend(running.issue(register, "ABC", "CPO"), reason="", actor="ada")
    services.revoke(running.issue(register, "XYX", "EMSP"), reason="", actor="ada")
    table = content(client.get("/register/register.csv"))
    assert b"'=cmd()" in table
    rows = list(FORMATS["plain"](table))
    assert all(isinstance(row, Listed) for row in rows)
    found = [
        (row.country_code, row.party_id, row.role, row.holder.organisation, row.holder.legal_name,
         row.holder.website, row.holder.status)
        for row in rows if isinstance(row, Listed)
    ]  # fmt: skip
    quoted = ('"Quoted", Ltd', "=cmd()|A1", "https://acme.example", "active")
    acme = ("Acme Charging Ltd", "Acme Charging Ltd", "")
    assert found == [
        ("GB", "007", "CPO", *quoted),
        ("GB", "007", "EMSP", *quoted),
        ("GB", "ABC", "CPO", *acme, "suspended"),
        ("GB", "XYX", "EMSP", *acme, "inactive"),
    ]
    reader = lists.register("reader", format="plain")
    (imported,) = observed.read_list(reader, table, source="x", actor="ada")
    assert (imported.added, imported.malformed) == (4, 0)


def test_the_register_as_json(client: Client, register: Register) -> None:
    running.issue(register)
    document = json.loads(content(client.get("/register/register.json")))
    assert document["registers"][0]["countries"] == ["GB"]
    (code,) = document["codes"]
    assert (code["code"], code["roles"], code["state"]) == ("GB*ABC", ["CPO", "EMSP"], "active")
    assert "ann@acme.example" not in json.dumps(document)


def test_a_search_for_a_free_code(client: Client, register: Register) -> None:
    running.apply(register)
    free = html(client, "/register/apply/?code=XYX&name=Acme+Charging")
    assert '<b class="id">GB*XYX</b> is free.' in free
    taken = html(client, "/register/apply/?code=abc&name=Acme+Charging")
    assert "GB*ABC is taken." in taken
    assert "code=AB" in taken
    assert "three letters or digits" in html(client, "/register/apply/?code=A&name=")
    assert "a code of IE" in html(client, "/register/apply/?code=IE*ABC&name=").replace("IE*ABC is ", "")  # fmt: skip


def test_an_application_and_its_secret_page(client: Client, register: Register) -> None:
    answer = post(client, party_id="gb-abc", website="acme.example", remark="Please")
    assert answer.status_code == 302
    link = answer["Location"]
    page = client.get(link)
    assert page["Cache-Control"] == "no-store"
    assert page["Referrer-Policy"] == "same-origin"
    assert "Waits for review" in page.content.decode()
    application = Application.objects.get()
    assert (application.written, application.website) == ("GB*ABC", "https://acme.example")
    assert set(application.roles) == set(CodeRole.values)
    services.review(application, note="Dubious", actor=running.person("ann"))
    services.refuse(application, reason="No such company.", actor=running.person("bob"))
    page = client.get(link)
    assert "No such company." in page.content.decode()
    assert "Dubious" not in page.content.decode()
    assert client.get("/register/applications/guessed/").status_code == 404


def test_an_applicant_withdraws(client: Client, register: Register) -> None:
    link = post(client)["Location"]
    client.post(link)
    assert Application.objects.get().state == ApplicationState.WITHDRAWN
    assert "Withdrawn" in html(client, link)


def test_what_is_wrong_is_said_at_the_field(client: Client, register: Register) -> None:
    answer = post(
        client, party_id="A", country="UK", contact_email="x", roles=[], website="ftp://x"
    )
    page = answer.content.decode()
    assert answer.status_code == 200
    for words in (
        "The party needs three letters or digits",
        "UK is not a country code",
        "Tick at least one role.",
        "valid email",
        "valid URL",
    ):
        assert words in page, words
    assert "Which code is it about?" in post(client, kind="renew", party_id="").content.decode()
    assert not Application.objects.exists()


def test_a_taken_code_names_free_ones(client: Client, register: Register) -> None:
    running.apply(register)
    answer = post(client)
    assert answer.status_code == 409
    assert "GB*ABC is taken. Free are GB*AB" in answer.content.decode()


def test_too_many_applications(client: Client, register: Register, settings: Settings) -> None:
    settings.REGISTER_APPLICATIONS_PER_HOUR = 1
    assert post(client).status_code == 302
    answer = post(client, party_id="XYX")
    assert answer.status_code == 429
    assert "came from your address within an hour" in answer.content.decode()


def test_a_form_of_another_site_is_refused(register: Register) -> None:
    answer = Client(enforce_csrf_checks=True).post("/register/apply/", running.FORM)
    assert answer.status_code == 403


def ask(client: Client, value: str) -> dict[str, Any]:
    answer = client.get("/api/ids", {"value": value})
    assert answer.status_code == 200
    return dict(answer.json())


def test_the_api_says_what_is_wrong_where(client: Client) -> None:
    found = ask(client, "GB*ABC*X12")
    assert not found["well_formed"]
    assert found["problems"][0] == {
        "as": "EVSE, station or pool ID",
        "reason": "an E (EVSE), P (pool) or S (station) must stand here",
        "position": 7,
    }
    assert ask(client, "GBAB")["problems"][0]["as"] == "party ID"
    assert ask(client, "UK*ABC")["readings"][0]["problem"]["position"] == 0


def test_the_api_says_the_right_check_character(client: Client) -> None:
    """domain/ids, 1.3: the check character of a real CDR's contract was C and must be W."""
    (reading,) = ask(client, "NL-EFF-C1154RKPF-C")["readings"]
    assert reading["check_character"] == {"given": "C", "right": "W"}
    assert not reading["well_formed"]
    assert ask(client, "NL-EFF-C1154RKPF-W")["well_formed"]


def test_the_api_says_whose_it_is(client: Client, register: Register) -> None:
    running.issue(register)
    listed = lists.evroam(("Other Ltd", "GB*ABC", ""))
    observed.read_list(lists.register(), listed, source="x", actor="ada")
    holders = ask(client, "gb*abc*e12")["holders"]
    assert [(one["role"], one["organisation"], one["source"]) for one in holders] == [
        ("CPO", "Acme Charging Ltd", "issued here"),
        ("EMSP", "Acme Charging Ltd", "issued here"),
        ("CPO", "Other Ltd", "listed elsewhere"),
    ]
    assert holders[2]["register"]["key"] == "gb-evroam"
    assert holders[2]["as_of"][:2] == "20"
    page = html(client, "/ids/?value=gb*abc*e12")
    assert "issued by Our Registry" in page
    assert "EV Roam" not in page or "read on" in page


@pytest.mark.parametrize("value", ["", "x" * 101])
def test_the_api_wants_one_value(client: Client, value: str) -> None:
    assert client.get("/api/ids", {"value": value}).status_code == 400


@pytest.mark.parametrize("value", ["<script>", "\x00", "é" * 20, "GB*ABC*E" + "9" * 60, "'; --"])
def test_any_text_gets_an_answer(client: Client, value: str) -> None:
    ask(client, value)
    page = client.get("/ids/", {"value": value})
    assert page.status_code == 200
    assert "<script>" not in page.content.decode()
