"""Staff run a register in the browser: rules, applications, codes, organisations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from registers import services as observed
from registers.models import Application, IssuedCode, Organisation, Register, RegisterRules
from registers.running import services
from registers.running.choices import ApplicationState, CodeState
from roaming import permissions
from staff.links import list_url, page_url
from tests.registers import lists, running

pytestmark = pytest.mark.django_db
LogIn = Callable[[str], Client]


def html(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return str(answer.content.decode())


def act(client: Client, row: Any, name: str, **given: Any) -> str:
    url = page_url(row).replace("/change/", f"/{name}/")
    answer = client.post(url, given, follow=True)
    return str(answer.content.decode())


def test_staff_begin_to_run_a_register(staff_client: Client) -> None:
    register = lists.register("gb-own", name="Our Registry", format="plain")
    page = html(staff_client, page_url(register))
    assert "Run it here" in page
    form = f"/admin/registers/registerrules/add/?register={register.pk}"
    assert form in page
    assert "codes that nobody gets" in html(staff_client, form).lower()
    given = {
        "register": register.pk,
        "is_open": "on",
        "one_holder": "on",
        "four_eyes": "on",
        "reserved_codes": "XXX,TST",
        "fee_application": "100",
        "fee_year": "90",
        "fee_currency": "EUR",
        "term_months": "12",
        "reminder_days": "14,60",
        "grace_days": "30",
        "rest_months": "24",
        "contact": "Write to us.",
    }
    page = staff_client.post(form, given, follow=True).content.decode()
    rules = RegisterRules.objects.get()
    assert (rules.reserved_codes, rules.reminder_days) == (["TST", "XXX"], [60, 14])
    assert "We issue the codes of this register" in page
    assert "Run here" in html(staff_client, page_url(register))
    assert "Our Registry" in html(staff_client, list_url(RegisterRules))
    staff_client.post(page_url(rules), {**given, "term_months": "0"})
    rules.refresh_from_db()
    assert rules.term_months == 0


def test_a_register_without_countries_cannot_be_run(staff_client: Client) -> None:
    register = lists.register("empty", jurisdictions=[])
    answer = staff_client.post(
        "/admin/registers/registerrules/add/", {"register": register.pk, "fee_currency": "EUR"}
    )
    assert "name no country" in answer.content.decode()


def test_two_people_decide_an_application(log_in: LogIn, staff_client: Client) -> None:
    register = running.run()
    application = running.apply(register)
    operator = log_in(permissions.OPERATIONS)
    assert "GB*ABC" in html(operator, list_url(Application))
    page = html(operator, page_url(application))
    assert "Held for it as CPO and EMSP." in page
    assert "ann@acme.example" in page
    assert "Somebody else has to decide." in act(operator, application, "review", note="All fine.")
    assert "grant/" not in html(operator, page_url(application))
    act(operator, application, "grant")
    application.refresh_from_db()
    assert application.state == ApplicationState.REVIEWED
    assert "All fine." in html(staff_client, f"{page_url(application)}")
    page = act(staff_client, application, "grant")
    assert "Acme Charging Ltd" in page
    assert "Assigned to Acme Charging Ltd" in page
    assert "GB*ABC" in html(staff_client, list_url(Application, tab="decided"))
    assert "GB*ABC" not in html(staff_client, list_url(Application, tab="decide"))


def test_an_application_is_refused(staff_client: Client) -> None:
    application = running.apply(running.run())
    services.review(application, note="", actor=running.person("ann"))
    assert "required" in act(staff_client, application, "refuse", reason="")
    assert "No such company." in act(staff_client, application, "refuse", reason="No such company.")
    assert application.number in html(staff_client, list_url(Application, q=application.number))


def test_the_checks_of_an_application(staff_client: Client) -> None:
    register = running.run(refuse_confusable=False, refuse_listed=False)
    holder = running.issue(register, "AB0").organisation
    content = lists.evroam(("Acme Services", "GB*ABO", ""))
    observed.read_list(lists.register(), content, source="x", actor="ada")
    application = running.apply(register, "ABO")
    page = html(staff_client, page_url(application))
    assert "Looks like AB0." in page
    assert "Acme Services" in page
    assert f"({holder.number})" in page
    act(staff_client, application, "known", organisation=holder.number)
    application.refresh_from_db()
    assert application.organisation == holder
    assert "No organisation here" in act(staff_client, application, "known", organisation="Nobody")


def test_the_checks_of_an_application_about_a_code(staff_client: Client) -> None:
    register = running.run()
    running.issue(register, "ABC", "CPO")
    stranger = {"contact_name": "Eve", "contact_email": "eve@elsewhere.example"}
    application = running.apply(register, "ABC", "EMSP", kind="add_role", contact=stranger)
    page = html(staff_client, page_url(application))
    assert "is not one of its contacts" in page


@pytest.mark.parametrize(
    ("verb", "given", "expected"),
    [
        ("suspend", {}, "Suspended"),
        ("drop-role", {"roles": ["EMSP"]}, "No longer as provider."),
        ("rename", {"legal_name": "New Ltd"}, "is now called New Ltd."),
        ("transfer", {"organisation": "Bolt Ltd"}, "Transferred from Acme Charging Ltd to Bolt"),
        ("renew", {}, "Renewed until"),
        ("revoke", {}, "Free for others from"),
    ],
)
def test_verbs_of_a_code(
    staff_client: Client, verb: str, given: dict[str, Any], expected: str
) -> None:
    code = running.issue(running.run())
    Organisation.objects.create(legal_name="Bolt Ltd", registration_number="7", country="GB")
    ask = html(staff_client, page_url(code).replace("/change/", f"/{verb}/"))
    assert "Reason" in ask
    before = code.events.count()
    act(staff_client, code, verb, **given)
    assert code.events.count() == before
    page = act(staff_client, code, verb, reason="Because of it", **given)
    assert expected in page
    assert "Because of it" in page


def test_codes_are_made_active_and_get_roles(staff_client: Client) -> None:
    code = running.issue(running.run(), "ABC", "CPO")
    act(staff_client, code, "suspend", reason="x")
    act(staff_client, code, "reactivate", reason="x")
    assert "Also as provider." in act(staff_client, code, "add-role", reason="x", roles=["EMSP"])
    code.refresh_from_db()
    assert code.state == CodeState.ACTIVE


def test_the_list_of_codes(staff_client: Client) -> None:
    code = running.issue(running.run())
    for filters in ({}, {"q": "gb-abc"}, {"q": "acme"}, {"state__exact": "active"}):
        assert "GB*ABC" in html(staff_client, list_url(IssuedCode, **filters))
    assert "GB*ABC" not in html(staff_client, list_url(IssuedCode, term="renew"))
    IssuedCode.objects.filter(pk=code.pk).update(reminded_days=14)
    assert "GB*ABC" in html(staff_client, list_url(IssuedCode, term="renew"))


def test_an_organisation_is_corrected(staff_client: Client) -> None:
    code = running.issue(running.run())
    holder = code.organisation
    page = html(staff_client, page_url(holder))
    assert "GB*ABC" in page
    assert "ann@acme.example" in page
    url = page_url(holder).replace("/change/", "/correct/")
    assert "Why it was wrong" in html(staff_client, url)
    contact = holder.contacts.get()
    answer = staff_client.post(
        url,
        {
            **running.ORGANISATION,
            "website": "https://acme.example",
            "reason": "It was missing",
            "contacts-TOTAL_FORMS": "1",
            "contacts-INITIAL_FORMS": "1",
            "contacts-0-id": contact.pk,
            "contacts-0-organisation": holder.pk,
            "contacts-0-name": "Ann Other",
            "contacts-0-email": "new@acme.example",
        },
        follow=True,
    )
    page = answer.content.decode()
    assert "new@acme.example" in page
    assert code.events.latest("id").said == "Corrected: website."
    assert "is now called New Ltd." in act(
        staff_client, holder, "rename", legal_name="New Ltd", reason="x"
    ) + html(staff_client, page_url(code))
    assert "New Ltd" in html(staff_client, list_url(Organisation, q="new"))


def test_who_may_work_in_a_register(log_in: LogIn) -> None:
    register = running.run()
    code = running.issue(register)
    application = running.apply(register, "XYX")
    for group in permissions.GROUPS:
        client = log_in(group)
        works = group in (permissions.OPERATIONS, permissions.ADMINISTRATION)
        page = html(client, page_url(application))
        assert ("ann@acme.example" in page) is works
        assert ("ann@acme.example" in html(client, page_url(code.organisation))) is works
        for row, verb in ((application, "review"), (code, "revoke")):
            url = page_url(row).replace("/change/", f"/{verb}/")
            assert (client.get(url).status_code == 200) is works
            assert client.get(page_url(row)).status_code == 200
        user = User.objects.get(username=f"{group}-member")
        assert not user.has_perm("registers.change_codeevent")


def test_the_page_of_a_register_that_is_run(staff_client: Client) -> None:
    register: Register = running.run(is_open=False)
    assert "it takes no applications now" in html(staff_client, page_url(register))
