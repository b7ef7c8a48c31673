"""Agreements, "see as a partner", "why not" and comparisons, through the browser's requests."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from exchange import copies
from exchange.announce import again
from exchange.choices import Found
from exchange.models import Comparison, ComparisonDifference, Delivery, Exchange, Job, LossCount
from exchange.registry import Source
from locations import services
from locations.models import Location
from parties.choices import PrivateLocations, Sharing
from parties.models import Agreement, Connection, Event, Party
from parties.services import agreements
from parties.services.agreements import Share, Terms
from roaming import permissions
from tests import builders
from tests.staff.conftest import LogIn

pytestmark = pytest.mark.django_db
ADD = "/admin/parties/agreement/add/"
WHY, AS_PARTNER = "/admin/exchange/delivery/why/", "/admin/exchange/delivery/as-partner/"


@pytest.fixture
def ours(db: None) -> Party:
    return builders.party("NL*ABC", ours=True)


@pytest.fixture
def partner(connection: Connection, ours: Party) -> Connection:
    connection.push_modules = ["locations"]
    connection.save()
    documents = [builders.location(name) for name in ("LOC1", "LOC2", "LOC3")]
    services.receive(builders.raw(*documents), Source("file", version="2.2.1"))
    Delivery.objects.update(sent_version=1, last_exchange_id=1)
    return connection


@pytest.fixture
def theirs(partner: Connection) -> Party:
    return partner.parties.get()


def given(ours: Party, theirs: Party, **more: Any) -> dict[str, Any]:
    return {
        "ours": ours.pk,
        "theirs": theirs.pk,
        "locations:sharing": "public",
        "tariffs:sharing": "public",
        "private_locations": "never",
        **more,
    }


def hidden_fields(content: str) -> str:
    return content.partition('name="seen" value="')[2].partition('"')[0]


# --- Agreements ---------------------------------------------------------------------------------------


def test_an_agreement_is_looked_at_before_it_is_saved(
    log_in: LogIn, ours: Party, theirs: Party
) -> None:
    """The selection comes pasted and from a file; the preview says what is withdrawn, and changes nothing."""
    client = log_in(permissions.OPERATIONS)
    form = given(
        ours, theirs, **{"locations:sharing": "selected", "locations:selection": "NL*ABC/loc1"}
    )
    file = SimpleUploadedFile("ids.csv", b"id\nLOC2\n")
    shown = client.post(ADD, {**form, "locations:file": file, "preview": "1"}).content.decode()
    assert not Agreement.objects.exists()
    assert "This is what saving does" in shown
    assert "LOC2" in shown

    form |= {"locations:selection": "NL*ABC/loc1\nLOC2", "seen": hidden_fields(shown)}
    answer = client.post(ADD, {**form, "save": "1"})
    agreement = Agreement.objects.get()
    assert answer.headers["Location"] == reverse(
        "admin:parties_agreement_change", args=[agreement.pk]
    )
    share = agreements.terms_of(agreement).shares["locations"]
    assert share == Share(Sharing.SELECTED, (), ("LOC1", "LOC2"))
    assert [d.object_reference for d in Delivery.objects.pending()] == ["NL*ABC/LOC3"]
    page = client.get(answer.headers["Location"]).content.decode()
    assert "Only what is selected (2)" in page
    assert "1 invisible" in page
    assert Event.objects.filter(name="agreement.made").get().actor == "operations-member"


def test_what_was_not_looked_at_is_not_saved(log_in: LogIn, ours: Party, theirs: Party) -> None:
    client = log_in(permissions.OPERATIONS)
    shown = client.post(ADD, {**given(ours, theirs), "preview": "1"}).content.decode()
    changed = given(ours, theirs, **{"locations:sharing": "nothing", "seen": hidden_fields(shown)})
    again_shown = client.post(ADD, {**changed, "save": "1"}).content.decode()
    assert "This is what saving does" in again_shown
    assert not Agreement.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("locations:countries", "Holland", "has not three capital letters"),
        ("locations:selection", "caf\u00e9", "not printable ASCII"),
        ("tokens", "card, X", "none of uid"),
        ("tokens", "uid, X", "type of the token"),
    ],
)
def test_what_makes_no_sense_is_said_at_its_field(
    log_in: LogIn, ours: Party, theirs: Party, field: str, value: str, said: str
) -> None:
    answer = log_in(permissions.OPERATIONS).post(ADD, given(ours, theirs, **{field: value}))
    assert said in answer.content.decode()
    assert not Agreement.objects.exists()


def test_tokens_of_private_locations_are_pasted_and_uploaded(
    log_in: LogIn, ours: Party, theirs: Party
) -> None:
    client = log_in(permissions.OPERATIONS)
    form = given(
        ours, theirs, private_locations="entitled", tokens="uid, card1, RFID\ngroup_id, G1"
    )
    file = SimpleUploadedFile("t.csv", b"kind;value;issuer\nvisual_number;V1;Acme\n")
    shown = client.post(ADD, {**form, "tokens_file": file}).content.decode()
    form |= {
        "tokens": "uid, card1, RFID\ngroup_id, G1\nvisual_number, V1, Acme",
        "seen": hidden_fields(shown),
    }
    client.post(ADD, {**form, "save": "1"})
    kept = agreements.terms_of(Agreement.objects.get())
    assert kept.private_locations == PrivateLocations.ENTITLED
    assert {token.kind for token in kept.tokens} == {"uid", "group_id", "visual_number"}


def test_ending_says_what_is_withdrawn_and_asks_first(
    log_in: LogIn, ours: Party, theirs: Party
) -> None:
    services.receive(
        builders.raw(builders.location("PRIVATE", publish=False)), Source("file", version="2.2.1")
    )
    agreement = agreements.save(ours, theirs, Terms(private_locations=PrivateLocations.ALWAYS))
    again("locations", [Location.objects.get(location_id="PRIVATE").pk], Connection.objects.get())
    Delivery.objects.update(last_exchange_id=1)
    client = log_in(permissions.OPERATIONS)
    address = reverse("admin:parties_agreement_end", args=[agreement.pk])
    question = client.get(address).content.decode()
    assert "1 become invisible; 1 of them will be withdrawn from 1 connection." in question
    agreement.refresh_from_db()
    assert agreement.ended_at is None
    client.post(address)
    agreement.refresh_from_db()
    assert agreement.ended_at is not None
    listed = client.get("/admin/parties/agreement/?force=ended").content.decode()
    assert "NL*ABC CPO with DE*XYZ EMSP" in listed


def test_large_changes_are_a_job(
    log_in: LogIn, ours: Party, theirs: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    from exchange import agreeing

    monkeypatch.setattr(agreeing, "AT_ONCE", 0)
    done = agreeing.save(ours, theirs, Terms(shares={"locations": Share(Sharing.NOTHING)}))
    assert isinstance(done, Job)
    assert not Agreement.objects.exists()
    agreeing.run(done)
    done.refresh_from_db()
    assert done.message == "0 became visible, 3 invisible, of which 3 are withdrawn."
    page = log_in(permissions.VIEWERS).get(f"/admin/exchange/job/{done.pk}/change/")
    assert "The agreement" in page.content.decode()


def test_viewers_look_and_change_nothing(log_in: LogIn, ours: Party, theirs: Party) -> None:
    agreement = agreements.save(
        ours, theirs, Terms(shares={"locations": Share(Sharing.EXCEPT, (), ("LOC1",))})
    )
    client = log_in(permissions.VIEWERS)
    page = client.get(reverse("admin:parties_agreement_change", args=[agreement.pk]))
    assert "All but what is selected (1)" in page.content.decode()
    csv = client.get(reverse("admin:parties_agreement_selection", args=[agreement.pk, "locations"]))
    assert b"".join(csv.streaming_content).split() == [b"id", b"LOC1"]  # type: ignore[attr-defined]
    for address in (
        ADD,
        reverse("admin:parties_agreement_edit", args=[agreement.pk]),
        reverse("admin:parties_agreement_end", args=[agreement.pk]),
    ):
        assert client.get(address).status_code == 403


# --- See as, and why not ------------------------------------------------------------------------------


def test_seeing_as_a_partner_gives_the_very_bytes(
    log_in: LogIn, partner: Connection, ours: Party
) -> None:
    """The same bytes as over OCPI; nothing is logged and nothing counted."""
    services.save_location(ours, builders.location("PHONE", help_phone="+31201234567"))
    LossCount.objects.all().delete()
    asked: dict[str, Any] = {
        "connection": partner.pk,
        "module": "locations",
        "object": "NL*ABC/PHONE",
    }
    client = log_in(permissions.VIEWERS)
    page = client.get(AS_PARTNER, asked).content.decode()
    raw = client.get(AS_PARTNER, {**asked, "raw": "1"}).content

    assert "help_phone" in page
    assert "What OCPI 2.2.1 cannot say" in page
    assert not Exchange.objects.exists()
    assert not LossCount.objects.exists()
    told = json.loads(raw)
    assert told["data"]["id"] == "PHONE"
    assert "help_phone" not in told["data"]


def test_seeing_a_list_as_a_partner_page_by_page(log_in: LogIn, partner: Connection) -> None:
    asked: dict[str, Any] = {"connection": partner.pk, "module": "locations"}
    page = log_in(permissions.VIEWERS).get(AS_PARTNER, asked)
    assert page.context["seen"].headers["X-Total-Count"] == "3"
    assert [d["id"] for d in json.loads(page.context["seen"].body)["data"]] == [
        "LOC1",
        "LOC2",
        "LOC3",
    ]


def test_what_a_partner_may_not_see_is_refused_there_too(
    log_in: LogIn, partner: Connection, ours: Party, theirs: Party
) -> None:
    agreements.save(ours, theirs, Terms(shares={"locations": Share(Sharing.NOTHING)}))
    asked: dict[str, Any] = {"connection": partner.pk, "module": "locations", "object": "LOC1"}
    page = log_in(permissions.VIEWERS).get(AS_PARTNER, asked)
    assert page.context["seen"].http_status == 404
    assert "does not get it" in page.content.decode()


def test_why_names_the_condition_and_where_to_change_it(
    log_in: LogIn, partner: Connection, ours: Party, theirs: Party
) -> None:
    asked: dict[str, Any] = {
        "connection": partner.pk,
        "module": "locations",
        "object": "NL*ABC/LOC1",
    }
    client = log_in(permissions.VIEWERS)
    assert "Nothing stands between" in client.get(WHY, asked).content.decode()
    agreement = agreements.save(ours, theirs, Terms(shares={"locations": Share(Sharing.NOTHING)}))
    page = client.get(WHY, asked)
    assert page.context["verdict"].question == "Is it part of what was agreed?"
    assert reverse("admin:parties_agreement_change", args=[agreement.pk]) in page.content.decode()


def test_why_says_what_a_version_cannot_say(log_in: LogIn, partner: Connection) -> None:
    """PF-35: a private location is no matter for OCPI 2.1.1."""
    services.receive(
        builders.raw(builders.location("PRIVATE", publish=False)), Source("file", version="2.2.1")
    )
    Connection.objects.filter(pk=partner.pk).update(version="2.1.1")
    asked: dict[str, Any] = {"connection": partner.pk, "module": "locations", "object": "PRIVATE"}
    steps = log_in(permissions.VIEWERS).get(WHY, asked).context["steps"]
    refused = [line["step"].question for line in steps if line["step"].answer == "no"]
    assert refused[0] == "Is it published, or open to this partner?"
    assert "Can the partner's version of OCPI say it?" in refused


def test_an_object_that_is_not_here_is_said(log_in: LogIn, partner: Connection) -> None:
    asked: dict[str, Any] = {"connection": partner.pk, "module": "locations", "object": "NOPE"}
    assert (
        "There is no location NOPE here."
        in log_in(permissions.VIEWERS).get(WHY, asked).content.decode()
    )


# --- Comparisons --------------------------------------------------------------------------------------


@pytest.fixture
def comparison(partner: Connection) -> Comparison:
    made = Comparison.objects.create(
        connection=partner, module="locations", compared=3, equal=1, different=1, missing=1
    )
    one, two = Location.objects.order_by("id")[:2]
    for location, found, path in ((one, Found.DIFFERENT, "name"), (two, Found.MISSING, "")):
        ComparisonDifference.objects.create(
            comparison=made,
            object_id=location.pk,
            object_reference=location.reference,
            found=found,
            path=path,
            ours="Gent Zuid",
            theirs="Other",
        )
    return made


def page_of(comparison: Comparison) -> str:
    return reverse("admin:exchange_comparison_change", args=[comparison.pk])


def test_differences_are_shown_filtered_and_exported(log_in: LogIn, comparison: Comparison) -> None:
    client = log_in(permissions.VIEWERS)
    page = client.get(page_of(comparison)).content.decode()
    assert "1 of 3 are equal, 1 differ, 1 are missing there." in page
    assert "Push" not in page
    only = client.get(page_of(comparison), {"found": "missing"}).context["objects"]
    assert [entry["rows"][0].object_reference for entry in only] == ["NL*ABC/LOC2"]
    csv = client.get(reverse("admin:exchange_comparison_csv", args=[comparison.pk]))
    lines = b"".join(csv.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert lines[1] == "NL*ABC/LOC1,Different,name,Gent Zuid,Other,"


def test_one_is_pushed_at_once_and_many_after_a_question(
    log_in: LogIn, comparison: Comparison
) -> None:
    client: Client = log_in(permissions.OPERATIONS)
    push = reverse("admin:exchange_comparison_push", args=[comparison.pk])
    one, two = copies.differing(comparison)
    client.post(push, {"object": str(one)})
    assert [d.object_id for d in Delivery.objects.pending()] == [one]
    question = client.post(push, {"all": "1"}).content.decode()
    assert "objects to Example Mobility again?" in question
    assert Delivery.objects.pending().count() == 1
    client.post(push, {"all": "1", "confirmed": "1"})
    assert {d.object_id for d in Delivery.objects.pending()} == {one, two}
    assert log_in(permissions.VIEWERS).post(push, {"all": "1"}).status_code == 403


def test_comparing_starts_from_the_connection(log_in: LogIn, partner: Connection) -> None:
    client = log_in(permissions.OPERATIONS)
    address = reverse("admin:parties_connection_compare", args=[partner.pk])
    assert "Compare with what" in client.get(address).content.decode()
    client.post(address, {"module": "locations"})
    assert Job.objects.get().kind == "comparison"
