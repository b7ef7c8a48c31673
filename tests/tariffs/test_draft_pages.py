"""The pages on which tariffs are written, as a browser without scripts sends them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from exchange.models import Delivery
from parties.models import Event, Party
from roaming import permissions
from tariffs import selectors, services
from tariffs.models import Tariff, TariffDraft
from tests import builders
from tests.builders import LATER
from tests.staff.conftest import LogIn, log_in
from tests.tariffs.filling import shown, typed
from tests.tariffs.support import held, hold

__all__ = ["log_in"]

pytestmark = pytest.mark.django_db
ADD = "admin:tariffs_tariffdraft_add"
LIST = "admin:tariffs_tariffdraft_changelist"


@pytest.fixture(autouse=True)
def no_cached_figures() -> None:
    cache.clear()


@pytest.fixture
def ours(db: None) -> Party:
    return builders.party("NL*ABC", ours=True)


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in(permissions.FINANCE)


def text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


def page(draft: TariffDraft, name: str = "change") -> str:
    return reverse(f"admin:tariffs_tariffdraft_{name}", args=[draft.pk])


def edit_url(tariff: Tariff) -> str:
    return f"{reverse(ADD)}?tariff={tariff.pk}"


def press(client: Client, url: str, button: str = "save", value: str = "1", **fields: Any) -> Any:
    """Open the page, fill in the fields, press the button."""
    return client.post(url, typed(text(client, url), button, value, **fields))


def prices(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {one["type"]: float(one["price"]) for one in element["price_components"]}
        for element in document["elements"]
    ]


def test_a_new_tariff_with_two_lines_is_written_and_published(client: Client, ours: Party) -> None:
    builders.connection(
        "Taker", speaks_for=(builders.party("DE*EMP", "EMSP"),), pushes=("tariffs",)
    )
    url = reverse(ADD)
    first = press(
        client, url, "add", "element",
        tariff_id="DAY-NIGHT", element_0_energy_price="0,59", element_0_energy_vat="21",
        element_0_start_time="7", element_0_end_time="20", element_0_day_of_week=["MONDAY", "TUESDAY"],
    ).content.decode()  # fmt: skip
    assert "Line 2" in first
    assert "It was not saved" not in first
    sent = typed(first, "save", element_1_energy_price="0.45", element_1_flat_price="0.35")
    draft = TariffDraft.objects.get() if client.post(url, sent).status_code == 302 else None
    assert draft is not None
    assert not Tariff.objects.exists()

    shown_draft = text(client, page(draft))
    for words in ("a new tariff", "EUR 0.45 to 0.59 per kWh", "Mon, Tue 07:00", "OCPI 2.1.1"):
        assert words in shown_draft, words
    answer = client.post(page(draft, "publish"))
    tariff = held(ours, "DAY-NIGHT")
    assert answer["Location"] == reverse("admin:tariffs_tariff_change", args=[tariff.pk])
    assert prices(tariff.document) == [{"ENERGY": 0.59}, {"ENERGY": 0.45, "FLAT": 0.35}]
    assert Delivery.objects.filter(object_id=tariff.pk).exists()
    assert Event.objects.get(name="tariff.published").actor == "finance-member"


def test_a_tariff_is_edited_through_a_draft_that_shows_what_changes(
    client: Client, ours: Party
) -> None:
    hold(builders.tariff(x_mine={"kept": True}))
    tariff = held(ours)
    assert edit_url(tariff) in text(
        client, reverse("admin:tariffs_tariff_change", args=[tariff.pk])
    )
    press(client, edit_url(tariff), element_0_energy_price="0.30", note="Dearer energy")
    draft = TariffDraft.objects.get()
    assert (draft.replaces, draft.based_on, draft.note) == (tariff, tariff.version, "Dearer energy")

    shown_draft = text(client, page(draft))
    for words in ("Energy, always", "EUR 0.25 per kWh", "EUR 0.30 per kWh", "Dearer energy"):
        assert words in shown_draft, words
    assert "A draft of its next version" in text(
        client, reverse("admin:tariffs_tariff_change", args=[tariff.pk])
    )
    press(client, page(draft, "edit"), element_0_energy_price="0.31")
    client.post(page(draft, "publish"))
    published = selectors.document_of(tariff.pk)
    assert prices(published) == [{"ENERGY": 0.31}]
    assert published["x_mine"] == {"kept": True}
    assert "What changed then" in text(
        client, reverse("admin:tariffs_tariff_change", args=[tariff.pk])
    )


def test_a_partners_tariff_is_copied_not_edited(client: Client, ours: Party) -> None:
    theirs = builders.party("DE*ION")
    services.put_tariff(theirs, builders.tariff("HPC", owner="DE*ION"), source=None)
    tariff = held(theirs, "HPC")
    tariff_page = text(client, reverse("admin:tariffs_tariff_change", args=[tariff.pk]))
    assert edit_url(tariff) not in tariff_page
    assert client.get(edit_url(tariff)).status_code == 302

    press(client, f"{reverse(ADD)}?copy={tariff.pk}")
    draft = TariffDraft.objects.get()
    assert (draft.owner, draft.tariff_id, draft.replaces) == (ours, "HPC-COPY", None)
    assert draft.document["country_code"] == "NL"
    assert draft.note == "Copied from DE*ION/HPC"


def test_lines_are_rearranged_without_losing_what_was_typed(client: Client, ours: Party) -> None:
    hold(builders.tariff(elements=[builders.priced(ENERGY=price) for price in (1, 2)]))
    url = edit_url(held(ours))
    moved = press(client, url, "move", "up:1", element_0_energy_price="1.5x").content.decode()
    sent = shown(moved)
    assert (sent["element-0-energy_price"], sent["element-1-energy_price"]) == (["2"], ["1.5x"])
    assert "like 0.39" in moved  # beside the form, instead of the table
    assert "cell-error" not in moved
    removed = client.post(url, {**sent, "remove": ["element:1"]}).content.decode()
    assert "Line 2" not in removed
    assert "EUR 2.00 per kWh" in removed
    assert not TariffDraft.objects.exists()


def test_mistakes_are_named_and_nothing_is_saved(client: Client, ours: Party) -> None:
    answer = press(client, reverse(ADD), tariff_id="T 1\N{EURO SIGN}", element_0_energy_price="x")
    said = answer.content.decode()
    for words in (
        "It was not saved",
        "Tariff ID",
        "Line 1, Energy: price",
        'href="#id_element-0-energy_price"',
    ):
        assert words in said, words
    assert not TariffDraft.objects.exists()


def test_an_id_that_is_taken_is_refused_with_the_entries_kept(client: Client, ours: Party) -> None:
    hold(builders.tariff())
    answer = press(client, reverse(ADD), tariff_id="t1", element_0_energy_price="0.77")
    assert "has a tariff T1 already" in answer.content.decode()
    assert shown(answer.content.decode())["element-0-energy_price"] == ["0.77"]


def test_a_change_while_editing_shows_on_the_draft(client: Client, ours: Party) -> None:
    hold(builders.tariff())
    url = edit_url(held(ours))
    sent = typed(text(client, url), "save", element_0_energy_price="0.5")
    hold(builders.tariff(currency="SEK", last_updated=LATER))
    client.post(url, sent)
    draft = TariffDraft.objects.get()
    shown_draft = text(client, page(draft))
    for words in ("It cannot be published now", "after this draft was", "Currency", "SEK"):
        assert words in shown_draft, words
    assert page(draft, "publish") not in shown_draft
    client.post(page(draft, "publish"))
    assert prices(held(ours).document) == [{"ENERGY": 0.25}]

    client.post(page(draft, "base_anew"))
    client.post(page(draft, "publish"))
    assert prices(held(ours).document) == [{"ENERGY": 0.5}]


def test_a_colleagues_change_of_the_draft_is_not_overwritten_unseen(
    client: Client, ours: Party
) -> None:
    press(client, reverse(ADD), tariff_id="T1", element_0_energy_price="0.5")
    draft = TariffDraft.objects.get()
    sent = typed(text(client, page(draft, "edit")), "save", element_0_energy_price="0.7")
    press(client, page(draft, "edit"), element_0_energy_price="0.6")
    refused = client.post(page(draft, "edit"), sent).content.decode()
    assert "changed this draft while you were editing" in refused
    assert prices(selectors.draft_document(draft.pk)) == [{"ENERGY": 0.6}]
    client.post(page(draft, "edit"), {**shown(refused), "save": ["1"]})
    assert prices(selectors.draft_document(draft.pk)) == [{"ENERGY": 0.7}]


def test_a_draft_is_scheduled_taken_back_and_discarded(client: Client, ours: Party) -> None:
    press(client, reverse(ADD), tariff_id="T1", element_0_energy_price="0.5")
    draft = TariffDraft.objects.get()
    client.cookies["time_zone"] = "Asia/Tokyo"
    client.post(page(draft, "schedule"), {"publish_at": "2099-01-01T09:00"})
    draft.refresh_from_db()
    assert draft.publish_at is not None
    assert draft.publish_at.isoformat() == "2099-01-01T00:00:00+00:00"
    assert "to be published on" in text(client, page(draft))
    client.post(page(draft, "unschedule"))
    client.post(page(draft, "discard"))
    assert TariffDraft.objects.filter(state="discarded", publish_at=None).exists()
    assert client.get(page(draft, "edit")).status_code == 302
    assert "Discarded by finance-member" in text(client, page(draft))


def test_a_draft_that_was_refused_says_so(client: Client, ours: Party) -> None:
    press(client, reverse(ADD), tariff_id="T1", element_0_energy_price="0.5")
    draft = TariffDraft.objects.get()
    services.schedule(draft, timezone.now() + timedelta(hours=1))
    TariffDraft.objects.update(publish_at=timezone.now() - timedelta(seconds=1))
    hold(builders.tariff())
    services.publish_due()
    assert "It was not published when its time came" in text(client, page(draft))
    rows = client.get(f"{reverse(LIST)}?is=refused").context["cl"].result_list
    assert [row.pk for row in rows] == [draft.pk]


def test_drafts_are_listed_and_found(client: Client, ours: Party) -> None:
    assert "No drafts yet" in text(client, reverse(LIST))
    for identifier in ("DAY", "NIGHT"):
        press(client, reverse(ADD), tariff_id=identifier, element_0_energy_price="0.5")
    services.discard(TariffDraft.objects.get(tariff_key="NIGHT"))
    for query, expected in (
        ("", {"DAY", "NIGHT"}),
        ("?is=draft", {"DAY"}),
        ("?is=discarded", {"NIGHT"}),
        ("?q=nig", {"NIGHT"}),
    ):
        rows = client.get(f"{reverse(LIST)}{query}").context["cl"].result_list
        assert {row.tariff_id for row in rows} == expected, query


def test_a_tariff_for_every_hour_of_the_week_can_be_edited(client: Client, ours: Party) -> None:
    """A form of thousands of fields, which Django would refuse by itself."""
    elements = [
        builders.priced(
            {"day_of_week": [day], "start_time": f"{hour:02}:00", "end_time": f"{hour + 1:02}:00"},
            ENERGY=hour / 100,
        )
        for day in ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY")
        for hour in range(23)
    ]
    hold(builders.tariff(elements=elements))
    press(client, edit_url(held(ours)), element_114_energy_price="9")
    assert prices(TariffDraft.objects.get().document)[114] == {"ENERGY": 9}


def test_a_tariff_that_our_back_office_tells_is_marked(client: Client, ours: Party) -> None:
    office = builders.connection("Our back office")
    services.put_tariff(ours, builders.tariff(), source=office)
    assert "holds until it sends the tariff again" in text(client, edit_url(held(ours)))


@pytest.mark.parametrize("group", [permissions.OPERATIONS, permissions.ADMINISTRATION])
def test_operations_write_tariffs_too(group: str, log_in: LogIn, ours: Party) -> None:
    client = log_in(group)
    press(client, reverse(ADD), tariff_id="T1", element_0_energy_price="0.5")
    client.post(page(TariffDraft.objects.get(), "publish"))
    assert Tariff.objects.exists()


def test_viewers_look_and_change_nothing(log_in: LogIn, ours: Party) -> None:
    hold(builders.tariff())
    draft = services.start_draft(ours, {**builders.tariff("T2")}, actor="fiona")
    client = log_in(permissions.VIEWERS)
    assert "a new tariff" in text(client, page(draft))
    assert "data-confirm" not in text(client, page(draft))
    for url in (
        reverse(ADD), edit_url(held(ours)),
        *(page(draft, name) for name in ("edit", "publish", "schedule", "unschedule", "discard", "base_anew")),
    ):  # fmt: skip
        assert client.get(url).status_code == 403, url
        assert client.post(url, {"save": "1"}).status_code == 403, url
    draft.refresh_from_db()
    assert (draft.state, draft.revision) == ("draft", 1)


def test_without_a_cpo_of_ours_the_page_says_what_to_do(client: Client) -> None:
    answer = client.get(reverse(ADD), follow=True)
    assert "as CPO first" in answer.content.decode()


@pytest.mark.parametrize("query", ["?tariff=999", "?copy=x", "?tariff=%C2%B2"])
def test_what_is_not_there_cannot_be_edited(client: Client, ours: Party, query: str) -> None:
    assert client.get(f"{reverse(ADD)}{query}").status_code == 404
