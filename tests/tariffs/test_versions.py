"""What a tariff said before is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from parties.models import Connection, Party
from tariffs import history, selectors, services
from tariffs.models import TariffVersion
from tests import builders
from tests.builders import EARLIER, LATER, LATEST
from tests.tariffs.support import held, hold

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(db: None) -> Party:
    return builders.party("NL*ABC", ours=True)


@pytest.fixture
def cpo(owner: Party) -> Connection:
    return builders.connection("CPO")


def put(owner: Party, price: float, at: str, source: Connection | None = None) -> None:
    elements = [builders.priced(ENERGY=price)]
    services.put_tariff(owner, builders.tariff(elements=elements, last_updated=at), source=source)


def price(document: dict[str, Any]) -> float:
    return float(document["elements"][0]["price_components"][0]["price"])


def test_every_change_of_the_document_keeps_the_former_one(owner: Party, cpo: Connection) -> None:
    put(owner, 0.25, EARLIER, cpo)
    put(owner, 0.30, LATER)
    put(owner, 0.35, LATEST)

    tariff = held(owner)
    newest, oldest = tariff.versions.all()
    assert [price(row.document) for row in (oldest, newest)] == [0.25, 0.30]
    assert oldest.received_from == cpo
    assert "last_updated" not in oldest.document
    assert oldest.since < oldest.replaced_at == newest.since < newest.replaced_at == tariff.since


def test_equal_documents_make_no_version(owner: Party) -> None:
    put(owner, 0.25, EARLIER)
    put(owner, 0.25, EARLIER)
    put(owner, 0.25, LATER)
    assert held(owner).version == 2
    assert not TariffVersion.objects.exists()


def test_what_it_said_at_a_moment(owner: Party) -> None:
    put(owner, 0.25, EARLIER)
    first = timezone.now()
    put(owner, 0.30, LATER)
    second = timezone.now()

    def asked(at: Any) -> float | None:
        found = selectors.tariff_at(owner, "t1", at)
        return price(found.document) if found else None

    assert (asked(first), asked(second)) == (0.25, 0.30)
    # Before anything had come in, its owner's word on the last change counts.
    assert asked(held(owner).versions.get().last_updated) == 0.25
    assert asked(held(owner).versions.get().last_updated - timedelta(seconds=1)) is None
    assert selectors.tariff_at(owner, "T2", second) is None


def test_a_deleted_tariff_said_nothing_until_it_came_back(owner: Party) -> None:
    put(owner, 0.25, EARLIER)
    before = timezone.now()
    services.delete_tariff(owner, "T1", source=None)
    between = timezone.now()
    assert selectors.tariff_at(owner, "T1", between) is None
    put(owner, 0.25, LATER)

    assert selectors.tariff_at(owner, "T1", before) is not None
    assert selectors.tariff_at(owner, "T1", between) is None
    assert selectors.tariff_at(owner, "T1", timezone.now()) is not None
    (said,) = history.changes(held(owner), 10)
    assert said.is_gap
    assert not said.changes


def test_the_difference_of_two_versions_is_readable(owner: Party) -> None:
    put(owner, 0.25, EARLIER)
    put(owner, 0.30, LATER)
    (said,) = history.changes(held(owner), 10)
    assert said.price == "EUR 0.25 per kWh"
    assert said.changes == [
        history.Change(
            "Energy, always",
            "EUR 0.25 per kWh, tax not stated, billed per Wh",
            "EUR 0.30 per kWh, tax not stated, billed per Wh",
        )
    ]


def test_every_difference_is_named() -> None:
    before = builders.tariff(
        elements=[builders.priced(ENERGY=0.25), builders.priced(FLAT=1)],
        tariff_alt_text=[{"language": "en", "text": "Cheap"}],
    )
    after = builders.tariff(
        elements=[builders.priced({"start_time": "08:00"}, ENERGY=0.25)],
        type="REGULAR",
        min_price={"before_taxes": 1},
        tariff_alt_text=[{"language": "en", "text": "Dear"}, {"language": "nl", "text": "Duur"}],
        energy_mix={"is_green_energy": True},
        brand="x",
    )
    found = {
        change.what: (change.before, change.after) for change in history.compared(before, after)
    }
    assert found == {
        "Energy, from 08:00": ("", "EUR 0.25 per kWh, tax not stated, billed per Wh"),
        "Energy, always": ("EUR 0.25 per kWh, tax not stated, billed per Wh", ""),
        "Flat fee, always": ("EUR 1.00 per session, tax not stated", ""),
        "For": ("Every session", "Regular sessions, without charging preference"),
        "A session costs at least": ("", "EUR 1.00 before tax"),
        "Text (en)": ("Cheap", "Dear"),
        "Text (nl)": ("", "Duur"),
        "energy_mix": ("", "is_green_energy: True"),
        "brand": ("", "x"),
    }
    swapped = {**before, "elements": before["elements"][::-1]}
    assert [change.what for change in history.compared(before, swapped)] == ["Prices"]


def test_a_batch_keeps_versions_as_well(owner: Party) -> None:
    hold(builders.tariff("A"), builders.tariff("B"))
    hold(
        builders.tariff("A", currency="SEK", last_updated=LATER),
        builders.tariff("B", last_updated=LATER),
    )
    assert [row.tariff.tariff_id for row in TariffVersion.objects.all()] == ["A"]
