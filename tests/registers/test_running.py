"""A register is run by its rules: who gets a code, who decides, and what happens to a code afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from pytest_django import Settings

from parties.models import Event
from registers import services as observed
from registers.models import (
    Application,
    CodeClaim,
    CodeEvent,
    IssuedCode,
    Organisation,
    OrganisationContact,
    Register,
)
from registers.running import selectors, services
from registers.running.choices import (
    ApplicationKind,
    ApplicationState,
    CodeEventKind,
    CodeState,
)
from tests.registers import lists, running

pytestmark = pytest.mark.django_db
ACME_TWO = {**running.ORGANISATION, "legal_name": "Bolt Ltd", "registration_number": "7"}


def kinds(code: IssuedCode) -> list[str]:
    return list(code.events.order_by("id").values_list("kind", flat=True))


@pytest.fixture
def register() -> Register:
    return running.run()


def test_an_application_becomes_a_code(register: Register) -> None:
    application = running.apply(register)
    assert CodeClaim.objects.filter(application=application).count() == 2
    code = running.grant(application)
    application.refresh_from_db()
    assert (application.state, application.code) == (ApplicationState.ISSUED, code)
    assert (str(code), code.roles, code.state) == ("GB*ABC", ["CPO", "EMSP"], CodeState.ACTIVE)
    assert code.valid_until is not None
    assert 364 <= (code.valid_until - code.issued_at).days <= 366
    event = code.events.get()
    assert event.said == "Assigned to Acme Charging Ltd as operator and provider."
    assert event.by == "bob"
    assert Event.objects.filter(subject=code.reference, name="code.assigned").exists()
    assert code.organisation.contacts.get().email == "ann@acme.example"


def test_whoever_reviewed_cannot_decide(register: Register) -> None:
    application = running.apply(register)
    ann = running.person("ann")
    services.review(application, note="Looks right.", actor=ann)
    with pytest.raises(services.NotPossible, match="somebody else"):
        services.issue(application, actor=ann)
    with pytest.raises(services.NotPossible, match="somebody else"):
        services.refuse(application, reason="No", actor=ann)
    application.refresh_from_db()
    assert application.state == ApplicationState.REVIEWED


def test_the_database_itself_wants_two_people(register: Register) -> None:
    application = running.apply(register)
    ann = running.person("ann")
    rows = Application.objects.filter(pk=application.pk)
    with pytest.raises(IntegrityError, match="application_four_eyes"), transaction.atomic():
        rows.update(reviewed_by=ann, decided_by=ann, state=ApplicationState.ISSUED)
    with pytest.raises(IntegrityError, match="application_decided_by"), transaction.atomic():
        rows.update(decided_by=ann, state=ApplicationState.ISSUED)


def test_one_person_decides_where_the_rules_say_so() -> None:
    application = running.apply(running.run(four_eyes=False))
    ann = running.person("ann")
    services.review(application, note="", actor=ann)
    assert services.issue(application, actor=ann).state == CodeState.ACTIVE


@pytest.mark.parametrize(
    "sql", ["UPDATE registers_codeevent SET said = ''", "DELETE FROM registers_codeevent"]
)
def test_history_cannot_be_changed(register: Register, sql: str) -> None:
    running.issue(register)
    with (
        pytest.raises(IntegrityError, match="cannot be changed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    assert CodeEvent.objects.get().said


def test_a_taken_code_is_refused_with_suggestions(register: Register) -> None:
    running.apply(register)
    with pytest.raises(services.CodeTaken, match=r"GB\*ABC is taken\. Free are GB\*\w{3}") as taken:
        running.apply(register)
    assert taken.value.suggestions
    assert "ABC" not in taken.value.suggestions


def test_a_code_of_one_role_is_blocked_in_the_other(register: Register) -> None:
    running.issue(register, "ABC", "CPO")
    with pytest.raises(services.CodeTaken):
        running.apply(register, "ABC", "EMSP")


def test_roles_are_apart_where_the_rules_say_so() -> None:
    register = running.run(one_holder=False)
    running.issue(register, "ABC", "CPO")
    running.issue(register, "ABC", "EMSP", organisation=ACME_TWO)
    assert {code.organisation.legal_name for code in selectors.shown()} == {
        "Acme Charging Ltd",
        "Bolt Ltd",
    }
    with pytest.raises(services.CodeTaken):
        running.apply(register, "ABC", "EMSP")
    with pytest.raises(services.NotPossible, match="Somebody else"):
        services.add_role(selectors.shown()[0], ["EMSP"], reason="", actor="ada")


def test_codes_that_look_alike_are_refused(register: Register) -> None:
    running.apply(register, "AB0")
    with pytest.raises(services.CodeTaken, match=r"looks like GB\*AB0") as taken:
        running.apply(register, "ABO")
    assert "A80" not in taken.value.suggestions


def test_reserved_codes_are_nobody_s() -> None:
    with pytest.raises(services.CodeTaken, match="reserved"):
        running.apply(running.run(reserved_codes=["TST"]), "TST")


def test_codes_that_another_register_lists_are_refused(register: Register) -> None:
    content = lists.evroam(("Other Ltd", "GB*505", ""))
    observed.read_list(lists.register(), content, source="x", actor="ada")
    with pytest.raises(services.CodeTaken, match="listed by another register"):
        running.apply(register, "505")


def test_any_code_is_chosen_after_the_name(register: Register) -> None:
    application = running.apply(register, "")
    assert (application.party_id, application.any_code) == ("ACM", True)


def test_another_country_s_codes_are_not_issued(register: Register) -> None:
    with pytest.raises(services.NotPossible, match="does not issue codes of IE"):
        running.apply(register, country="IE")


def test_a_register_that_is_closed_takes_nothing() -> None:
    with pytest.raises(services.NotPossible, match="takes no applications"):
        running.apply(running.run(is_open=False))


def test_too_many_from_one_address(register: Register, settings: Settings) -> None:
    settings.REGISTER_APPLICATIONS_PER_HOUR = 2
    for code in ("AA3", "AA4"):
        services.submit(register, running.wish(code), sender="192.0.2.1")
    with pytest.raises(services.TooMany):
        services.submit(register, running.wish("AA6"), sender="192.0.2.1")
    services.submit(register, running.wish("AA6"), sender="192.0.2.2")


def test_refused_and_withdrawn_codes_are_free_again(register: Register) -> None:
    first = running.apply(register)
    services.review(first, note="", actor=running.person("ann"))
    services.refuse(first, reason="No such company.", actor=running.person("bob"))
    second = running.apply(register)
    services.withdraw(second, actor="applicant")
    with pytest.raises(services.NotPossible):
        services.withdraw(second, actor="applicant")
    assert not CodeClaim.objects.exists()
    running.apply(register)


def test_the_secret_of_the_tracking_link_is_not_kept(register: Register) -> None:
    application, secret = services.submit(register, running.wish(), sender="x")
    assert services.find(secret) == application
    assert services.find("wrong") is None
    assert secret.encode() not in bytes(application.tracking_hash)


def test_the_life_of_a_code(register: Register) -> None:
    code = running.issue(register, "ABC", "CPO")
    services.suspend(code, reason="Fee not paid", actor="ada")
    with pytest.raises(services.NotPossible, match="suspended"):
        services.suspend(code, reason="", actor="ada")
    services.reactivate(code, reason="Paid", actor="ada")
    services.add_role(code, ["EMSP"], reason="Asked", actor="ada")
    services.drop_role(code, ["CPO"], reason="Asked", actor="ada")
    with pytest.raises(services.NotPossible, match="has to stay"):
        services.drop_role(code, ["EMSP"], reason="", actor="ada")
    services.rename(code.organisation, "Acme Ltd", "", reason="Register", actor="ada")
    services.correct(code.organisation, {"vat_number": "1"}, reason="Typo", actor="ada")
    services.correct(code.organisation, {"country": "IE"}, reason="Typo", actor="ada")
    bolt = Organisation.objects.create(**ACME_TWO)
    services.transfer(code, bolt, reason="Sold", actor="ada")
    services.renew(code, reason="Asked", actor="ada")
    services.revoke(code, reason="Asked", actor="ada")
    assert kinds(code) == [
        "ASSIGNED", "SUSPENDED", "REACTIVATED", "ROLE_ADDED", "ROLE_REMOVED", "ORGANISATION_RENAMED",
        "CORRECTED", "CORRECTED", "TRANSFERRED", "RENEWED", "REVOKED",
    ]  # fmt: skip
    said = list(code.events.order_by("id").values_list("said", flat=True))
    assert said[5] == "Acme Charging Ltd is now called Acme Ltd."
    assert said[6:8] == ["", "Corrected: country."]
    assert said[8] == "Transferred from Acme Ltd to Bolt Ltd."
    code.refresh_from_db()
    assert (code.state, code.roles, code.organisation) == (CodeState.REVOKED, ["EMSP"], bolt)
    with pytest.raises(services.NotPossible, match="revoked"):
        services.renew(code, reason="", actor="ada")


def test_a_revoked_code_rests_and_is_free_then(register: Register) -> None:
    code = running.issue(register)
    services.revoke(code, reason="", actor="ada")
    with pytest.raises(services.CodeTaken):
        running.apply(register)
    code.claims.update(free_from=timezone.now())
    again = running.issue(register, organisation=ACME_TWO)
    assert list(selectors.shown()) == [again]
    assert list(selectors.of_code(code.party)) == [again, code]


@pytest.mark.parametrize(
    ("kind", "roles", "event"),
    [
        (ApplicationKind.ADD_ROLE, ("EMSP",), CodeEventKind.ROLE_ADDED),
        (ApplicationKind.RENEW, (), CodeEventKind.RENEWED),
        (ApplicationKind.TRANSFER, (), CodeEventKind.TRANSFERRED),
        (ApplicationKind.RENAME, (), CodeEventKind.ORGANISATION_RENAMED),
    ],
)
@pytest.mark.parametrize("one_holder", [True, False])
def test_applications_about_an_issued_code(
    kind: ApplicationKind, roles: tuple[str, ...], event: CodeEventKind, one_holder: bool
) -> None:
    register = running.run(one_holder=one_holder)
    code = running.issue(register, "ABC", "CPO")
    wish = services.Wish(
        country="GB", code="ABC", roles=roles, organisation=ACME_TWO, contact=running.CONTACT, kind=kind
    )  # fmt: skip
    application, _ = services.submit(register, wish, sender="y")
    with pytest.raises(services.NotPossible, match="not decided yet"):
        services.submit(register, wish, sender="z")
    running.grant(application)
    assert kinds(code)[-1] == event
    assert CodeClaim.objects.filter(application__isnull=False).count() == 0


def test_a_role_is_given_up(register: Register) -> None:
    code = running.issue(register)
    wish = running.wish("ABC", "EMSP", kind=ApplicationKind.DROP_ROLE)
    application, _ = services.submit(register, wish, sender="y")
    running.grant(application)
    code.refresh_from_db()
    assert code.roles == ["CPO"]


def test_the_same_organisation_gets_its_second_code(register: Register) -> None:
    first = running.issue(register)
    renamed = {**running.ORGANISATION, "legal_name": "Acme Limited"}
    application = running.apply(register, "XYX", organisation=renamed)
    assert list(selectors.same_organisation(application)) == [first.organisation]
    services.link(application, first.organisation, actor=running.person("ann"))
    assert running.grant(application).organisation == first.organisation
    assert Organisation.objects.count() == OrganisationContact.objects.count() == 1


def test_an_organisation_of_the_same_name_and_number_is_the_same(register: Register) -> None:
    first = running.issue(register)
    second = running.issue(register, "XYX")
    assert second.organisation == first.organisation


def test_terms_are_looked_after(register: Register, settings: Settings) -> None:
    settings.EMAIL_HOST = "mail.example"
    code = running.issue(register)
    assert code.valid_until is not None
    end = code.valid_until
    assert services.look_after_terms(end - timedelta(days=61)) == (0, 0)
    assert services.look_after_terms(end - timedelta(days=60)) == (1, 0)
    assert services.look_after_terms(end - timedelta(days=59)) == (0, 0)
    assert services.look_after_terms(end - timedelta(days=10)) == (1, 0)
    assert [message.to for message in mail.outbox] == [["ann@acme.example"]] * 2
    assert "GB*ABC" in mail.outbox[0].subject
    assert IssuedCode.objects.filter(selectors.to_renew(end)).exists()
    assert services.look_after_terms(end + timedelta(days=29)) == (0, 0)
    assert services.look_after_terms(end + timedelta(days=30)) == (0, 1)
    assert kinds(code) == ["ASSIGNED", "REMINDED", "REMINDED", "EXPIRED"]
    services.renew(code, reason="Late", actor="ada")
    code.refresh_from_db()
    assert (code.state, code.reminded_days) == (CodeState.ACTIVE, None)
    assert not code.claims.exclude(free_from=None).exists()


def test_without_a_mail_server_reminders_are_only_shown(register: Register) -> None:
    code = running.issue(register)
    assert code.valid_until is not None
    services.look_after_terms(code.valid_until - timedelta(days=1))
    assert mail.outbox == []
    code.refresh_from_db()
    assert code.reminded_days == 14
