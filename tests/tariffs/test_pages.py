"""Staff pages of tariffs."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from exchange import imports
from exchange.models import Job
from exchange.registry import Source
from locations import services as locations
from parties.models import Event, Party
from roaming import permissions
from tariffs.models import Tariff
from tests import builders
from tests.builders import LATER
from tests.staff.conftest import LogIn, log_in
from tests.tariffs.support import held, hold

__all__ = ["log_in"]

pytestmark = pytest.mark.django_db
LIST = "admin:tariffs_tariff_changelist"


@pytest.fixture(autouse=True)
def no_cached_figures() -> None:
    cache.clear()


@pytest.fixture
def ours(db: None) -> Party:
    return builders.party("NL*ABC", ours=True)


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in(permissions.OPERATIONS)


def text(client: Client, url: str) -> str:
    answer = client.get(url, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def page_of(tariff: Tariff) -> str:
    return reverse("admin:tariffs_tariff_change", args=[tariff.pk])


def place(*tariff_ids: str, **fields: Any) -> None:
    evse = builders.evse(connectors=[builders.connector(tariff_ids=list(tariff_ids))])
    document = builders.location(evses=[evse], **fields)
    locations.receive(builders.raw(document), Source("test", "2.2.1"))


def listed(client: Client, query: str = "") -> set[str]:
    result = client.get(f"{reverse(LIST)}{query}").context["cl"].result_list
    return {tariff.tariff_id for tariff in result}


def test_the_list_says_what_each_costs_and_who_uses_it(client: Client, ours: Party) -> None:
    hold(builders.tariff("CHEAP"), builders.tariff("EMPTY", elements=[]))
    place("CHEAP")
    shown = text(client, reverse(LIST))
    for words in ("CHEAP", "EUR 0.25 per kWh", "1 connector at 1 location", "Says no price"):
        assert words in shown
    assert "Charging network" in shown


def test_the_list_can_be_narrowed(client: Client, ours: Party) -> None:
    builders.party("NL*FOR")
    hold(
        builders.tariff("A"),
        builders.tariff("B", currency="SEK"),
        builders.tariff("C", elements=[builders.priced(FLAT=0)]),
        builders.tariff("D", elements=[]),
        builders.tariff("E", type="REGULAR", start_date_time="2999-01-01T00:00:00Z"),
        builders.tariff("F", end_date_time="2020-01-01T00:00:00Z"),
        builders.tariff("G"),
    )
    client.post(reverse("admin:tariffs_tariff_withdraw", args=[held(ours, "G").pk]))
    everything = set("ABCDEFG")
    for query, expected in (
        ("", everything),
        ("?whose=ours", everything),
        ("?whose=theirs", set()),
        (f"?owner__id__exact={ours.pk}", everything),
        ("?currency=SEK", {"B"}),
        ("?price=free", {"C"}),
        ("?price=none", {"D"}),
        ("?price=charged", set("ABEFG")),
        ("?type__exact=REGULAR", {"E"}),
        ("?there=later", {"E"}),
        ("?there=over", {"F"}),
        ("?there=deleted", {"G"}),
        ("?there=vanished", set()),
        ("?there=valid", set("ABCD")),
        ("?q=a", {"A"}),
        ("?q=NL*ABC/b", {"B"}),
        ("?q=NL*XYZ/b", set()),
    ):
        assert listed(client, query) == expected, query


def test_the_page_has_everything_about_a_tariff(client: Client, ours: Party) -> None:
    elements = [
        builders.priced({"start_time": "08:00", "end_time": "20:00"}, ENERGY=0.45),
        builders.priced(ENERGY=0.25, PARKING_TIME=3),
        builders.priced(ENERGY=0.99),
    ]
    hold(builders.tariff())
    hold(
        builders.tariff(
            elements=elements,
            max_price={"before_taxes": 40},
            tariff_alt_text=[
                {"language": "en", "text": "By day and by night"},
                {"language": "nl", "text": "Dag en nacht"},
            ],
            last_updated=LATER,
        )
    )
    place("T1")

    shown = text(client, page_of(held(ours)))

    assert "EUR 0.25 to 0.45 per kWh, EUR 3.00 per hour parked" in shown
    for words in (
        "EUR 0.45 per kWh", "08:00\N{EN DASH}20:00", "Never applies", "EUR 40.00", "Dag en nacht",
        "used by 1 connector at 1 location", "Gent Zuid", "What changed then",
        "OCPI 2.1.1 cannot say it without misleading",
        "As partners at OCPI 2.2.1 get it",
    ):  # fmt: skip
        assert words in shown, words


def test_the_log_finds_the_page_by_reference(client: Client, ours: Party) -> None:
    hold(builders.tariff("A/B"))
    address = reverse("admin:tariffs_tariff_named", args=["NL*ABC/A/B"])
    assert client.get(address)["Location"] == page_of(held(ours, "A/B"))
    assert client.get(reverse("admin:tariffs_tariff_named", args=["NL*ABC/C"])).status_code == 404


def test_deleting_one_that_connectors_name_asks_first_and_lists_them(
    client: Client, ours: Party
) -> None:
    """F-005."""
    hold(builders.tariff())
    place("T1")
    url = reverse("admin:tariffs_tariff_withdraw", args=[held(ours).pk])

    question = text(client, url)
    assert "although 1 connector at 1 location still name it" in question
    assert "Gent Zuid" in question
    assert held(ours).deleted_at is None

    client.post(url)
    assert held(ours).deleted_at is not None
    assert Event.objects.get(name="tariff.deleted").subject == "NL*ABC/T1"
    assert "It was deleted" in text(client, page_of(held(ours)))

    client.post(reverse("admin:tariffs_tariff_restore", args=[held(ours).pk]))
    assert held(ours).deleted_at is None


def test_a_partners_tariff_is_only_looked_at(client: Client) -> None:
    owner = builders.party("NL*FOR")
    cpo = builders.partner("CPO", speaks_for=(owner,), version="2.3.0")
    cpo.put("receiver/tariffs/NL/FOR/T1", builders.tariff(owner="NL*FOR"))
    tariff = held(owner)

    shown = text(client, page_of(tariff))
    assert "It is kept up to date by CPO" in shown
    assert "/withdraw/" not in shown
    client.post(reverse("admin:tariffs_tariff_withdraw", args=[tariff.pk]))
    assert held(owner).deleted_at is None


@pytest.mark.parametrize("group", [permissions.VIEWERS, permissions.FINANCE])
def test_who_only_looks_cannot_delete(group: str, ours: Party, log_in: LogIn) -> None:
    hold(builders.tariff())
    client = log_in(group)
    assert "/withdraw/" not in text(client, page_of(held(ours)))
    url = reverse("admin:tariffs_tariff_withdraw", args=[held(ours).pk])
    assert client.post(url).status_code == 403
    assert held(ours).deleted_at is None


def test_one_of_ours_is_replaced_by_a_file(client: Client, ours: Party) -> None:
    hold(builders.tariff())
    file = SimpleUploadedFile(
        "tariff.json", orjson.dumps(builders.tariff(currency="SEK", last_updated=LATER))
    )
    client.post(
        reverse("admin:exchange_job_import"),
        {"module": "tariffs", "file": file, "whose": "", "version": "2.3.0"},
    )
    imports.run(Job.objects.get())
    assert held(ours).currency == "SEK"
    assert held(ours).versions.count() == 1


def test_a_location_names_its_tariffs_and_a_tariff_its_locations(
    client: Client, ours: Party
) -> None:
    hold(builders.tariff())
    place("T1", "T9")
    place(id="LOC2", name="Elsewhere")
    address = reverse("admin:locations_location_named", args=["NL*ABC/LOC1"])
    shown = text(client, address)
    assert page_of(held(ours)) in shown
    assert "EUR 0.25 per kWh" in shown
    assert "no tariff of this id" in shown

    filtered = reverse("admin:locations_location_changelist") + f"?tariff={held(ours).pk}"
    assert filtered.replace("&", "&amp;") in text(client, page_of(held(ours)))
    rows = client.get(filtered).context["cl"].result_list
    assert [row.location_id for row in rows] == ["LOC1"]


def test_an_empty_list_says_what_to_do(client: Client) -> None:
    assert "No tariffs yet. Import a file" in text(client, reverse(LIST))
