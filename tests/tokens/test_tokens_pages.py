"""Staff pages of tokens."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from exchange import imports, resync
from exchange.admin import insight
from exchange.choices import JobState
from exchange.models import Delivery, Exchange, Job
from exchange.registry import Source
from parties.models import Connection, Event, Party
from roaming import permissions
from tests import builders
from tests.builders import LATER
from tests.staff.conftest import LogIn, log_in
from tests.tokens.support import UID, agree, held, hold
from tokens import services
from tokens.admin.forms import TokenForm
from tokens.models import Token
from tokens.quality import findings

__all__ = ["log_in"]

pytestmark = pytest.mark.django_db
LIST = "admin:tokens_token_changelist"


@pytest.fixture
def ours(db: None) -> Party:
    return builders.party("NL*MSP", "EMSP", ours=True)


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in(permissions.OPERATIONS)


def text(client: Client, url: str) -> str:
    answer = client.get(url, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def page_of(token: Token) -> str:
    return reverse("admin:tokens_token_change", args=[token.pk])


def listed(client: Client, query: str) -> set[str]:
    """Uid and type of what the list shows."""
    answer = client.get(f"{reverse(LIST)}?{query}")
    assert answer.status_code == 200
    return {f"{row.uid}:{row.type}" for row in answer.context["cl"].result_list}


def theirs(**fields: Any) -> Token:
    """A token of a partner's eMSP."""
    msp = builders.party("DE*EMP", "EMSP")
    services.put_token(msp, builders.token(owner="DE*EMP", **fields), source=None)
    return held(msp)


def test_tokens_are_found_as_people_name_them(ours: Party, client: Client) -> None:
    hold(
        builders.token("CARD1", visual_number="NL-0042", contract_id="NLMSPC000000017"),
        builders.token("CARD1", type="OTHER", contract_id="NL-MSP-C00000002-9"),
    )
    card, other = "CARD1:RFID", "CARD1:OTHER"
    for query, found in (
        ("", {card, other}),
        ("q=card", {card, other}),
        ("q=NL-004", {card}),
        ("q=nl-msp-c00000001", {card}),
        ("q=NLMSPC00000002", {other}),
        ("q=NL*MSP/card1", {card, other}),
        ("q=NL*MSP/CARD1%3Ftype%3DOTHER", {other}),
        ("q=DE*EMP/CARD1", set()),
        ("q=%C3%9C", set()),
    ):
        assert listed(client, query) == found, query


def test_tokens_are_narrowed_down(ours: Party, client: Client) -> None:
    """K-024: a group id that OCPP 1.6 cannot take is a matter of data quality."""
    hold(
        builders.token("A", group_id="G" * 21),
        builders.token("B", type="APP_USER", whitelist="NEVER", valid=False),
        builders.token("C", group_id="G" * 20),
    )
    theirs()
    mine = {"A:RFID", "B:APP_USER", "C:RFID"}
    for query, found in (
        ("whose=ours", mine),
        ("whose=theirs", {f"{UID}:RFID"}),
        ("type=APP_USER", {"B:APP_USER"}),
        ("valid=no", {"B:APP_USER"}),
        ("whitelist__exact=NEVER", {"B:APP_USER"}),
        ("look=group", {"A:RFID"}),
        ("look=incomplete", set()),
        (f"owner__id__exact={ours.pk}", mine),
    ):
        assert listed(client, query) == found, query
    (finding,) = findings(None)
    assert (finding.code, finding.number) == ("group_id_long", 1)
    assert finding.examples == ((f"{'G' * 21}: 21 characters", "NL*MSP/A"),)
    assert "Longer than 20 characters" in text(client, page_of(held(ours, "A")))


def test_a_page_says_what_it_means_and_what_belongs_to_it(ours: Party, client: Client) -> None:
    """K-005, K-019: the truth table with the token's own row."""
    hold(
        builders.token(
            contract_id="NL-MSP-C12345678-2", group_id="G1", whitelist="ALLOWED_OFFLINE"
        ),
        builders.token("FOB", group_id="g1"),
    )
    theirs()
    page = text(client, page_of(held(ours)))
    for words in (
        "it should be NL-MSP-C12345678-5",
        "Allowed offline: ask, allow when nobody answers",
        "The same UID elsewhere",
        "DE*EMP",
        "The others of its group",
        ">FOB</a>",
        "Who is told about it",
        "As partners at OCPI 2.1.1 get it: with losses",
        "What whitelist and validity mean together",
        "(this card)",
        ">Edit</a>",
        "Block",
    ):
        assert words in page, words
    assert page.count('<tr class="current"') == 1
    foreign = text(client, page_of(held(Party.objects.get(party_id="EMP"))))
    assert ">Edit</a>" not in foreign
    assert "so it can only be looked at here" in foreign


def test_staff_of_an_emsp_create_edit_and_block_tokens(ours: Party, client: Client) -> None:
    taker(ours)
    new = {
        "owner": ours.pk,
        "uid": "CARD9",
        "type": "RFID",
        "contract_id": "NLMSPC12345678",
        "issuer": "MSP",
        "whitelist": "ALLOWED",
        "valid": "on",
    }
    client.post(reverse("admin:tokens_token_add"), new)
    token = held(ours, "CARD9")
    assert Delivery.objects.filter(object_id=token.pk).exists()
    assert (
        "already has a token"
        in client.post(reverse("admin:tokens_token_add"), new).content.decode()
    )

    edit = reverse("admin:tokens_token_edit", args=[token.pk])
    changed = {**new, "language": "12", "version": token.version}
    assert "two letters" in client.post(edit, changed).content.decode()
    changed |= {"language": "nl", "group_id": "G1"}
    assert client.post(edit, {**changed, "version": 99}).status_code == 200
    client.post(edit, changed)
    token.refresh_from_db()
    assert (token.group_id, token.document["language"]) == ("G1", "nl")

    block = reverse("admin:tokens_token_block", args=[token.pk])
    assert "Partners are told at once" in text(client, block)
    client.post(block)
    token.refresh_from_db()
    assert token.valid is False
    client.post(reverse("admin:tokens_token_unblock", args=[token.pk]))
    token.refresh_from_db()
    assert token.valid is True
    assert list(
        Event.objects.filter(subject="NL*MSP/CARD9").order_by("id").values_list("name")
    ) == [
        ("token.created",),
        ("token.edited",),
        ("token.blocked",),
        ("token.unblocked",),
    ]


def test_only_those_who_may_change_tokens_of_ours(ours: Party, log_in: LogIn) -> None:
    hold(builders.token())
    foreign = theirs()
    viewer, worker = log_in(permissions.VIEWERS), log_in(permissions.OPERATIONS)
    for who, token in ((viewer, held(ours)), (worker, foreign)):
        assert who.get(reverse("admin:tokens_token_edit", args=[token.pk])).status_code == 403
        who.post(reverse("admin:tokens_token_block", args=[token.pk]))
        token.refresh_from_db()
        assert token.valid is True
    assert viewer.get(reverse("admin:tokens_token_add")).status_code == 403
    assert viewer.get(reverse("admin:tokens_token_resync")).status_code == 403
    assert "Edit" not in text(viewer, page_of(held(ours)))


def taker(ours: Party) -> Connection:
    cpo = builders.party("DE*CPO")
    agree(ours, cpo)
    return builders.connection("Taker", speaks_for=(cpo,), pushes=("tokens",))


def test_all_tokens_are_sent_to_one_partner_again(
    ours: Party, client: Client, settings: Any
) -> None:
    """K-022: all but EMAIDs."""
    settings.WAKE_WORKERS = False
    partner, other = taker(ours), builders.connection("Other", pushes=("tokens",))
    hold(builders.token("A"), builders.token("B"), builders.token("E", type="EMAID"))
    Delivery.objects.all().delete()
    url = reverse("admin:tokens_token_resync")
    assert "Taker" in text(client, url)

    answer = client.post(url, {"partner": partner.pk})

    job = Job.objects.get()
    assert answer.headers["Location"] == reverse("admin:exchange_job_change", args=[job.pk])
    resync.run(job)
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == (JobState.DONE, 2, 2)
    assert set(Delivery.objects.values_list("connection", "object_reference")) == {
        (partner.pk, "NL*MSP/A"),
        (partner.pk, "NL*MSP/B"),
    }
    assert "2 are to be sent" in text(client, answer.headers["Location"])
    Connection.objects.filter(pk=other.pk).update(push_modules=[])
    assert client.post(url, {"partner": other.pk}).status_code == 200
    assert Job.objects.count() == 1


def test_a_table_is_uploaded_and_its_mistakes_are_shown(ours: Party, client: Client) -> None:
    def upload(content: str, whose: str = "NL*MSP") -> Any:
        file = SimpleUploadedFile("cards.csv", content.encode())
        given = {"module": "tokens", "version": "2.2.1", "file": file, "whose": whose}
        return client.post(reverse("admin:exchange_job_import"), given)

    good = "uid,contract_id,issuer\nA,C1,MSP\n"
    assert "choose the party" in upload(good, whose="").content.decode()
    assert (
        "Line 2, issuer: it must not be empty"
        in upload("uid,contract_id,issuer\nA,C1,\n").content.decode()
    )
    assert not Job.objects.exists()

    late = good + "".join(f"A{n},C1,MSP\n" for n in range(imports.LINES_CHECKED)) + "Z,,MSP\n"
    answer = upload(late)
    imports.run(Job.objects.get())
    page = text(client, answer.headers["Location"])
    assert "What is wrong in the file" in page
    assert "<td>2003</td><td>contract_id</td><td>it must not be empty</td>" in page
    assert not Token.objects.exists()

    upload(good)
    imports.run(Job.objects.first() or Job())
    assert held(ours, "A").contract_id == "C1"


def test_the_log_and_search_lead_to_the_token(ours: Party, client: Client) -> None:
    hold(builders.token("CARD1"), builders.token("CARD1", type="APP_USER"))
    app = held(ours, "CARD1", "APP_USER")
    named = reverse("admin:tokens_token_named", args=[app.reference])
    assert client.get(named).headers["Location"] == page_of(app)
    found = text(client, f"{reverse('admin:search')}?s=CARD1&extended=1")
    assert page_of(app) in found
    assert page_of(held(ours, "CARD1")) in found


def test_what_a_token_said_is_looked_at_as_a_partner_gets_it(ours: Party, client: Client) -> None:
    partner = taker(ours)
    hold(builders.token("CARD1", type="APP_USER", whitelist="ALLOWED"))
    services.receive(
        builders.raw(builders.token("CARD1", last_updated=LATER)), Source("test", "2.3.0")
    )
    url = insight.url("as_partner", partner, "tokens", "NL*MSP/CARD1?type=APP_USER")
    page = text(client, url)
    assert "APP_USER" in page
    assert "NEVER" in page
    assert not Exchange.objects.exists()


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("NL-MSP-C12345678-2", "the check character is 2, and must be"),
        ("NL-MSP-C123", "the instance needs 9 letters or digits"),
        ("nlmspc12345678", ""),
    ],
)
def test_a_typed_contract_is_checked(typed: str, why: str) -> None:
    form = TokenForm({"contract_id": typed, "issuer": "MSP", "whitelist": "ALLOWED"})
    form.is_valid()
    assert why in str(form.errors.get("contract_id", "")), form.errors
    assert ("contract_id" in form.errors) == bool(why)
