"""Taking over the holders of a list into a register that is run here."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from registers.models import CodeEvent, IssuedCode, Organisation, Register, TakeOver
from registers.running.services import taking_over
from registers.services import read_list
from tests.registers import lists, running

pytestmark = pytest.mark.django_db

LIST = b"""country_code,party_id,role,organisation,legal_name,website,status,issued_at
GB,AAA,CPO,Alpha,Alpha Ltd,alpha.example,active,2019-03-04
GB,AAA,EMSP,Alpha,Alpha Ltd,alpha.example,active,2019-03-04
GB,AAB,CPO,Alpha,ALPHA  Ltd,not an address,suspended,
GB,ABC,CPO,Somebody,,,active,
GB,TST,CPO,Tester,,,active,
GB,LONG,CPO,Malformed,,,active,
IE,AAA,CPO,Alpha,Alpha Ltd,,active,
GB,TWO,CPO,One,,,active,
GB,TWO,EMSP,Two,,,active,
GB,OLD,CPO,Old,,,inactive,
"""


def prepared(register: Register) -> TakeOver:
    return taking_over.prepare(
        register, content=LIST, list_format="plain", source="old.csv", actor="ada"
    )


def take(take_over: TakeOver) -> None:
    taking_over.run(taking_over.start(take_over, actor="ada"))
    take_over.refresh_from_db()


def test_a_list_is_looked_at_and_taken_over_once() -> None:
    register = running.run(reserved_codes=["TST"])
    running.issue(register, "ABC")
    first = prepared(register)
    plan = taking_over.preview(first)
    assert [one.written for one in plan.new] == ["GB*AAA", "GB*AAB"]
    assert (plan.organisations, plan.in_both_roles) == (1, 1)
    why = {one.written: one.reason for one in plan.conflicts}
    assert set(why) == {"GB*ABC", "GB*TST", "GB*LONG", "IE*AAA", "GB*TWO", "GB*OLD"}
    assert "Acme Charging Ltd" in why["GB*ABC"]
    assert IssuedCode.objects.count() == 1

    take(first)
    code = IssuedCode.objects.get(party_id="AAA")
    assert (code.roles, code.issued_at.year, code.organisation.website) == (
        ["CPO", "EMSP"],
        2019,
        "https://alpha.example",
    )
    assert code.claims.count() == 2
    assert code.events.get().said == (
        "Taken over, of Alpha as operator and provider, issued on 2019-03-04."
    )
    assert IssuedCode.objects.get(party_id="AAB").state == "suspended"
    assert Organisation.objects.filter(legal_name__iexact="alpha ltd").count() == 1
    assert first.job is not None
    assert (first.job.state, first.job.created_count, first.job.rejected_count) == ("done", 2, 7)

    events = CodeEvent.objects.count()
    again = prepared(register)
    assert len(taking_over.preview(again).unchanged) == 2
    take(again)
    assert again.job is not None
    assert (again.job.created_count, again.job.unchanged_count) == (0, 2)
    assert CodeEvent.objects.count() == events


def test_staff_take_over_what_a_public_register_lists(staff_client: Client) -> None:
    register = running.run()
    origin = lists.register()
    read_list(origin, lists.evroam(("Fifty", "GB*505", "GB-505")), source="test")
    address = reverse("admin:registers_takeover_prepare", args=[register.pk])
    page = staff_client.post(address, {"origin": origin.pk}, follow=True)
    assert "GB*505" in page.content.decode()
    made = TakeOver.objects.get()
    staff_client.post(reverse("admin:registers_takeover_start", args=[made.pk]))
    made.refresh_from_db()
    assert made.job is not None
    taking_over.run(made.job)
    assert IssuedCode.objects.get().organisation.legal_name == "Fifty"
    assert "Nothing is left" in staff_client.get(page.redirect_chain[-1][0]).content.decode()
