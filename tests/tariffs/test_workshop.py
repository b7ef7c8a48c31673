"""The tariff editor: from a document to what people see, and back."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict
from django.utils import timezone
from hypothesis import given, settings

from ocpi import json
from ocpi.regions import BOUNDS
from parties.models import Party
from tariffs.workshop.editor import Editor
from tariffs.workshop.element import ElementForm, one_price_each
from tariffs.workshop.rearranging import rearranged
from tests import builders
from tests.ocpi import strategies

OWNER = Party(country_code="NL", party_id="ABC", role="CPO", is_ours=True)
Document = dict[str, Any]


def sent(editor: Editor, **typed: Any) -> QueryDict:
    """What a browser sends of an editor, with ``typed`` over it by the names of the fields."""
    data = QueryDict(mutable=True)
    for form in (editor.head, *editor.elements, *editor.texts):
        for field in form:
            value = field.value()
            data.setlist(field.html_name, value if isinstance(value, list) else [value or ""])
    for name, value in typed.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data


def edited(document: Document, **typed: Any) -> Document:
    """The document after somebody changed fields of its editor."""
    editor = Editor.sent(sent(Editor.of(document, is_new=False), **typed), is_new=False)
    assert editor.is_valid(), editor.mistakes
    written = editor.document(OWNER, document["id"])
    assert written is not None, editor.mistakes
    return written


def mistakes(document: Document, **typed: Any) -> list[tuple[str, str]]:
    editor = Editor.sent(sent(Editor.of(document, is_new=False), **typed), is_new=False)
    if editor.is_valid():
        assert editor.document(OWNER, document["id"]) is None
    return [(mistake.where, mistake.what) for mistake in editor.mistakes]


def tariff(**fields: Any) -> Document:
    made = builders.tariff(**fields)
    del made["last_updated"]
    return made


def prices(element: Document) -> dict[str, Any]:
    return {one["type"]: one["price"] for one in element["price_components"]}


def _sensible(document: Document) -> Document:
    """Without what the form refuses: limits without room, days that end before they begin, and the like."""
    document = {**document, "country_code": "NL", "party_id": "ABC"}
    del document["last_updated"]
    for name in ("end_date_time", "max_price", "tariff_alt_text"):
        document.pop(name, None)
    document.get("min_price", {}).pop("after_taxes", None)
    for element in document["elements"]:
        for component in element["price_components"]:
            component["step_size"] = max(component["step_size"], 1)
            if document["tax_included"] == "N/A":
                component.pop("vat", None)
        given = element.get("restrictions", {})
        for least, most in (*BOUNDS, ("start_date", "end_date")):
            if least in given and most in given and given[least] >= given[most]:
                del given[most]
        if "start_time" in given and given["start_time"] == given.get("end_time"):
            del given["end_time"]
        if not given:
            element.pop("restrictions", None)
    return document


@settings(max_examples=60)
@given(strategies.tariff())
def test_whatever_is_saved_unchanged_stays_as_it_was(made_up: Document) -> None:
    """Every field of OCPI 2.3.0, mod_tariffs, also those the form does not show."""
    document = json.loads(json.dumps(_sensible(made_up)))
    expected = {**document, "elements": one_price_each(document["elements"])}
    assert edited(document) == expected


@pytest.mark.parametrize("zone", ["UTC", "Europe/Amsterdam", "Asia/Kathmandu"])
@pytest.mark.parametrize(
    "at", ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00.5Z", "2026-03-29T01:00:00Z"]
)
def test_times_survive_a_change_of_clocks(at: str, zone: str) -> None:
    with timezone.override(zone):
        assert edited(tariff(start_date_time=at))["start_date_time"] == at


def test_times_are_typed_in_the_readers_zone() -> None:
    with timezone.override("Europe/Amsterdam"):
        written = edited(tariff(), start_date_time="2027-07-01T00:00")
    assert written["start_date_time"] == "2027-06-30T22:00:00Z"


def test_unknown_fields_survive_a_change_beside_them() -> None:
    component = {"type": "ENERGY", "price": 0.25, "step_size": 1, "x_margin": 3}
    element = {
        "price_components": [component],
        "restrictions": {"start_time": "08:00", "x_weather": "sun"},
        "x_name": "day",
    }
    document = tariff(
        elements=[element], x_internal={"a": [1]}, energy_mix={"is_green_energy": True}
    )
    written = edited(document, **{"element-0-energy_price": "0.30", "element-0-end_time": "20"})
    assert written["x_internal"] == {"a": [1]}
    assert written["energy_mix"] == {"is_green_energy": True}
    (line,) = written["elements"]
    assert line["x_name"] == "day"
    assert line["restrictions"] == {"start_time": "08:00", "x_weather": "sun", "end_time": "20:00"}
    assert line["price_components"][0]["x_margin"] == 3


@pytest.mark.parametrize(
    ("field", "text", "component"),
    [
        ("energy_price", "0,395", {"price": 0.395}),
        ("energy_price", "1 234.5", {"price": 1234.5}),
        ("energy_vat", "21", {"vat": 21}),
        ("energy_step", "1", {"step_size": 1000}),
        ("energy_step", "0,5 kWh", {"step_size": 500}),
        ("energy_step", "100 Wh", {"step_size": 100}),
        ("energy_step", "", {"step_size": 1}),
    ],
)
def test_prices_and_steps_are_typed_as_people_write_them(
    field: str, text: str, component: Document
) -> None:
    written = edited(tariff(), **{f"element-0-{field}": text})
    found = json.loads(json.dumps(written["elements"][0]["price_components"][0]))
    assert {name: float(found[name]) for name in component} == component


@pytest.mark.parametrize(
    ("text", "seconds"), [("15", 900), ("0,5", 30), ("90 s", 90), ("1 h", 3600), ("100 s", 100)]
)
def test_time_is_billed_per_minutes_or_seconds(text: str, seconds: int) -> None:
    typed = {"element-0-time_price": "3", "element-0-time_step": text}
    component = edited(tariff(), **typed)["elements"][0]["price_components"][1]
    assert component["step_size"] == seconds


def test_restrictions_are_said_in_words_and_kept_as_ocpi_counts() -> None:
    """The end date of OCPI is exclusive; minutes are seconds there."""
    typed: dict[str, Any] = {
        "start_time": "8",
        "end_time": "24:00",
        "start_date": "2026-07-01",
        "end_date": "2026-08-31",
        "day_of_week": ["SATURDAY", "SUNDAY"],
        "min_kwh": "10",
        "max_power": "50",
        "min_current": "16",
        "max_duration": "30",
        "phase": "reservation:RESERVATION",
    }
    written = edited(tariff(), **{f"element-0-{name}": value for name, value in typed.items()})
    assert written["elements"][0]["restrictions"] == {
        "start_time": "08:00",
        "end_time": "00:00",
        "start_date": "2026-07-01",
        "end_date": "2026-09-01",
        "day_of_week": ["SATURDAY", "SUNDAY"],
        "min_kwh": 10,
        "max_power": 50,
        "min_current": 16,
        "max_duration": 1800,
        "reservation": "RESERVATION",
    }


def test_an_emptied_restriction_is_gone() -> None:
    element = builders.priced({"min_kwh": 5, "day_of_week": ["MONDAY"]}, ENERGY=0.25)
    written = edited(
        tariff(elements=[element]), **{"element-0-min_kwh": "", "element-0-day_of_week": []}
    )
    assert "restrictions" not in written["elements"][0]


def test_limits_texts_and_facts_are_written() -> None:
    written = edited(
        tariff(tariff_alt_text=[{"language": "en", "text": "Cheap"}]),
        currency="SEK",
        tax_included="YES",
        type="REGULAR",
        min_price_before_taxes="1",
        min_price_after_taxes="1,25",
        max_price_before_taxes="40",
        preauthorize_amount="60",
        tariff_alt_url="https://example.com/t",
        **{"text-0-language": "sv", "text-0-text": "Billigt"},
    )
    assert {name: written[name] for name in ("currency", "tax_included", "type")} == {
        "currency": "SEK",
        "tax_included": "YES",
        "type": "REGULAR",
    }
    assert json.dumps(written["min_price"]) == b'{"before_taxes":1,"after_taxes":1.25}'
    assert written["max_price"] == {"before_taxes": 40}
    assert written["preauthorize_amount"] == 60
    assert written["tariff_alt_text"] == [{"language": "sv", "text": "Billigt"}]


@pytest.mark.parametrize(
    ("typed", "where", "what"),
    [
        ({"element-0-energy_price": "cheap"}, "Line 1, Energy: price", "like 0.39"),
        ({"element-0-energy_price": "1,000"}, "Line 1, Energy: price", "two ways: write 1000 or"),
        ({"element-0-energy_price": ""}, "Line 1", "no price"),
        ({"element-0-flat_vat": "21"}, "Line 1, Flat fee: price", "Say the price as well"),
        ({"element-0-energy_step": "0.0005"}, "Line 1, Energy: billed per", "whole number of Wh"),
        ({"element-0-energy_step": "0"}, "Line 1, Energy: billed per", "at least 1 Wh"),
        ({"element-0-energy_step": "5 V"}, "Line 1, Energy: billed per", "Write it like 1"),
        ({"element-0-end_time": "25"}, "Line 1, until this time of day", "like 08:00"),
        ({"element-0-start_time": "8", "element-0-end_time": "08:00"}, "Line 1, until", "same time"),
        ({"element-0-min_kwh": "5", "element-0-max_kwh": "5"}, "Line 1, up to kWh", "more than"),
        ({"element-0-min_power": "-1"}, "Line 1, From kW", "less than 0"),
        (
            {"element-0-start_date": "2026-02-01", "element-0-end_date": "2026-01-31"},
            "Line 1, to this day, included",
            "ends before it begins",
        ),
        ({"element-0-kept": "no JSON"}, "Line 1", "damaged"),
        ({"min_price_after_taxes": "2"}, "A charge costs at least, before tax", "before tax as well"),
        (
            {"min_price_before_taxes": "5", "max_price_before_taxes": "4"},
            "A charge costs at most, before tax",
            "less than",
        ),
        (
            {"start_date_time": "2027-01-01T00:00", "end_date_time": "2026-01-01T00:00"},
            "Valid until",
            "ends before it begins",
        ),
        ({"tariff_alt_url": "example.com"}, "Page that explains", "http"),
        ({"text-0-text": "Cheap"}, "Text 1, Language", "which language"),
        ({"text-0-text": "<b>", "text-0-language": "en"}, "Text 1, Text", "Markup"),
        ({"tax_included": "N/A", "element-0-energy_vat": "21"}, "Line 1, Energy: VAT", "No tax"),
    ],
)  # fmt: skip
def test_every_mistake_names_its_field_and_the_reason(
    typed: dict[str, Any], where: str, what: str
) -> None:
    found = mistakes(tariff(), **typed)
    assert any(w.startswith(where) and what in t for w, t in found), found


def test_a_price_said_twice_gets_a_line_of_its_own() -> None:
    components = [
        {"type": kind, "price": price, "step_size": 1}
        for kind, price in (("ENERGY", 1), ("FLAT", 2), ("ENERGY", 3))
    ]
    restrictions = {"start_time": "08:00"}
    split = one_price_each([{"price_components": components, "restrictions": restrictions}])
    assert [prices(element) for element in split] == [{"ENERGY": 1, "FLAT": 2}, {"ENERGY": 3}]
    assert all(element["restrictions"] == restrictions for element in split)


def test_a_form_says_its_conditions_in_words() -> None:
    weekend = builders.priced({"day_of_week": ["SATURDAY", "SUNDAY"]}, ENERGY=1)
    assert ElementForm(element=weekend, prefix="element-0").summary == "Sat, Sun"
    assert ElementForm(element=builders.priced(ENERGY=1), prefix="element-0").summary == "always"


@pytest.mark.parametrize(
    ("button", "value", "left"),
    [
        ("add", "element", ["1", "2", "3", ""]),
        ("add", "copy:0", ["1", "1", "2", "3"]),
        ("remove", "element:1", ["1", "3"]),
        ("move", "up:2", ["1", "3", "2"]),
        ("move", "down:0", ["2", "1", "3"]),
        ("move", "up:0", ["1", "2", "3"]),
        ("move", "down:2", ["1", "2", "3"]),
        ("remove", "element:9", ["1", "2", "3"]),
        ("remove", "nonsense", ["1", "2", "3"]),
        ("move", "up:-1", ["1", "2", "3"]),
    ],
)
def test_lines_are_added_removed_and_moved(button: str, value: str, left: list[str]) -> None:
    elements = [builders.priced(ENERGY=price) for price in (1, 2, 3)]
    data = sent(Editor.of(tariff(elements=elements), is_new=False))
    data[button] = value
    editor = Editor.sent(data, is_new=False)
    assert [element["energy_price"].value() or "" for element in editor.elements] == left
    assert editor.quiet


def test_lines_that_were_sent_with_gaps_are_numbered_anew() -> None:
    data = QueryDict("element-7-energy_price=7&element-2-energy_price=2&currency=EUR&add=text")
    found = rearranged(data)
    assert found["element-0-energy_price"] == "2"
    assert found["element-1-energy_price"] == "7"
    assert found["text-0-kept"] == "{}"
    assert "add" not in found
