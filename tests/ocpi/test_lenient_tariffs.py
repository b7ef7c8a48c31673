from __future__ import annotations

from typing import Any

import orjson
import pytest

from ocpi import lenient
from ocpi.dialect import Dialect
from ocpi.ids import PartyId
from ocpi.lenient import Accepted
from ocpi.versioned import validate_tariff
from tests.ocpi.samples import element, energy, tariff, without


def accept(document: Any, version: str | None = "2.3.0", **known: Any) -> Accepted:
    return lenient.accept("tariff", orjson.dumps(document), version=version, **known)


def told(accepted: Accepted) -> list[tuple[str, str]]:
    """What was told, but for what holds for all samples without VAT."""
    told = [(problem.code, problem.path) for problem in accepted.warnings]
    return [(code, path) for code, path in told if code != "vat_unknown"]


def restricted(**restrictions: Any) -> dict[str, Any]:
    return tariff(elements=[element(energy(0.3, vat=21), **restrictions)])


def test_a_good_tariff_passes_untouched() -> None:
    sent = tariff(foo={"kept": None}, elements=[element(energy(0.4583, vat=21))])
    assert accept(sent) == Accepted(sent, [], [])


@pytest.mark.parametrize("version", ["2.1.1", "2.2", "2.2.1"])
def test_prices_of_earlier_versions_are_without_tax(version: str) -> None:
    sent = without(tariff(max_price={"excl_vat": 20, "incl_vat": 24.2}), "tax_included")
    accepted = accept(sent, version)
    assert told(accepted) == []
    assert accepted.document["tax_included"] == "NO"
    assert accepted.document["max_price"] == {"before_taxes": 20, "after_taxes": 24.2}
    validate_tariff("2.3.0", accepted.document)


def test_where_no_version_is_named_it_is_told_what_was_assumed() -> None:
    accepted = accept(without(tariff(), "tax_included"), None)
    assert accepted.document["tax_included"] == "NO"
    assert told(accepted) == [("tax_included_assumed", "tax_included")]


def test_a_tariff_of_2_1_1_gets_its_owner_from_outside() -> None:
    sent = without(tariff(), "tax_included", "country_code", "party_id")
    accepted = accept(sent, "2.1.1", owner=PartyId("NL", "ABC"))
    assert told(accepted) == []
    assert (accepted.document["country_code"], accepted.document["party_id"]) == ("NL", "ABC")


@pytest.mark.parametrize(
    ("fields", "field", "kept", "code"),
    [
        ({"currency": "eur"}, "currency", "EUR", "currency_spelling"),
        ({"currency": "€"}, "currency", "EUR", "currency_spelling"),
        ({"currency": "money"}, "currency", None, "value_unusable"),
        ({"type": "regular"}, "type", "REGULAR", "choice_spelling"),
        ({"tax_included": "yes"}, "tax_included", "YES", "choice_spelling"),
        ({"tax_included": False}, "tax_included", "NO", "choice_spelling"),
        ({"tax_included": "n/a"}, "tax_included", "N/A", "choice_spelling"),
        ({"min_price": 0}, "min_price", {"before_taxes": 0}, "price_limit_spelling"),
        ({"tariff_alt_text": ["Kaffee"], "country_code": "DE"}, "tariff_alt_text",
         [{"language": "de", "text": "Kaffee"}], "language_assumed"),
        ({"tariff_alt_text": "Coffee", "country_code": "GB"}, "tariff_alt_text",
         [{"language": "en", "text": "Coffee"}], "language_assumed"),
    ],
)  # fmt: skip
def test_repairs_of_a_tariff(fields: dict[str, Any], field: str, kept: Any, code: str) -> None:
    accepted = accept(tariff(**fields))
    assert accepted.fatal == []
    assert code in {problem.code for problem in accepted.warnings}
    assert accepted.document.get(field) == kept


@pytest.mark.parametrize(
    ("fields", "field", "kept", "code"),
    [
        ({"price": "0.4583"}, "price", 0.4583, "number_spelling"),
        ({"vat": "20.0000"}, "vat", 20.0, "number_spelling"),
        ({"type": "energy"}, "type", "ENERGY", "choice_spelling"),
        ({"step_size": None}, "step_size", 1, "step_size_assumed"),
        ({"step_size": "1"}, "step_size", 1, "number_spelling"),
        ({"step_size": 0}, "step_size", 0, "step_size_zero"),
        ({"step_size": -1}, "step_size", -1, "step_size_implausible"),
        ({"vat": 0.21}, "vat", 0.21, "vat_implausible"),
        ({"vat": 121}, "vat", 121, "vat_implausible"),
    ],
)
def test_repairs_of_a_component(fields: dict[str, Any], field: str, kept: Any, code: str) -> None:
    accepted = accept(tariff(elements=[element(energy(0.3) | fields)]))
    path = f"elements.0.price_components.0.{field}"
    assert told(accepted)[0] == (code, path)
    assert fields[field] in [problem.value for problem in accepted.warnings]
    assert accepted.document["elements"][0]["price_components"][0][field] == kept
    validate_tariff("2.3.0", accepted.document)


def test_a_fraction_is_a_percentage_where_the_dialect_says_so() -> None:
    sent = tariff(elements=[element(energy(0.3, vat=0.21))])
    accepted = accept(sent, dialect=Dialect(vat_as_fraction=True))
    assert told(accepted) == [("vat_fraction", "elements.0.price_components.0.vat")]
    assert accepted.document["elements"][0]["price_components"][0]["vat"] == 21.0


@pytest.mark.parametrize(
    ("field", "sent", "kept"),
    [
        ("start_time", "08:00:00", "08:00"),
        ("start_time", "8:00", "08:00"),
        ("end_time", "19:59:59", "20:00"),
        ("end_time", "23:59:59", "00:00"),
        ("end_time", "24:00", "00:00"),
        ("start_date", "2026-06-07T00:00:00+02:00", "2026-06-07"),
        ("end_date", "2026/06/07", "2026-06-07"),
        ("min_kwh", "5", 5),
        ("day_of_week", ["Mon", "saturday", 7], ["MONDAY", "SATURDAY", "SUNDAY"]),
        ("day_of_week", ["MONDAY", "Feestdag"], ["MONDAY"]),
        ("reservation", "reservation", "RESERVATION"),
    ],
)
def test_repairs_of_restrictions(field: str, sent: Any, kept: Any) -> None:
    accepted = accept(restricted(**{field: sent}))
    assert accepted.warnings
    assert accepted.document["elements"][0]["restrictions"] == {field: kept}
    validate_tariff("2.3.0", accepted.document)


@pytest.mark.parametrize(
    "restrictions",
    [{"start_time": "evening"}, {"reservation": "MAYBE"}, {"day_of_week": ["Feestdag"]}, "none"],
)
def test_prices_whose_restriction_is_not_understood_never_count_always(restrictions: Any) -> None:
    lost = {"price_components": [energy(9)], "restrictions": restrictions}
    accepted = accept(tariff(elements=[lost, element(energy(0.3))]))
    assert ("restriction_unusable", "elements.0") in told(accepted)
    assert accepted.document["elements"] == [element(energy(0.3))]


@pytest.mark.parametrize("empty", [None, [], [None]])
def test_no_restrictions(empty: Any) -> None:
    sent = {"price_components": [energy(0.3)], "restrictions": empty}
    accepted = accept(tariff(elements=[sent]))
    if empty != [None]:
        assert accepted.document == tariff(elements=[element(energy(0.3))])
        assert told(accepted) == []


def test_restrictions_as_a_list() -> None:
    day, night = {"start_time": "08:00", "end_time": "20:00"}, {"start_time": "20:00"}
    sent = {"price_components": [energy(0.3)]}
    both = accept(tariff(elements=[sent | {"restrictions": [day, {"min_kwh": 1}]}]))
    assert both.document["elements"] == [sent | {"restrictions": day | {"min_kwh": 1}}]
    either = accept(tariff(elements=[sent | {"restrictions": [day, night]}]))
    assert either.document["elements"] == [
        sent | {"restrictions": day},
        sent | {"restrictions": night},
    ]
    for accepted in (both, either):
        assert ("restrictions_listed", "elements.0.restrictions") in told(accepted)


def test_a_component_without_price_is_left_out() -> None:
    accepted = accept(tariff(elements=[element(energy(None), energy(0.3))]))
    assert told(accepted) == [("component_without_price", "elements.0.price_components.0")]
    assert accepted.warnings[0].value == energy(None)
    assert accepted.document["elements"] == [element(energy(0.3))]


def test_a_tariff_that_loses_all_prices_is_kept() -> None:
    text = [{"language": "en", "text": "On request"}]
    accepted = accept(tariff(tariff_alt_text=text, elements=[element(energy(None))]))
    assert accepted.fatal == []
    assert {code for code, _ in told(accepted)} == {
        "component_without_price",
        "element_without_prices",
        "tariff_without_prices",
    }
    assert accepted.document == without(tariff(tariff_alt_text=text), "elements")


def test_ids_of_the_address_fill_in_where_the_dialect_says_so() -> None:
    ids = {"country_code": "NL", "party_id": "ABC", "id": "12"}
    sent = without(tariff(), "id", "country_code", "party_id")
    accepted = accept(sent, ids=ids, dialect=Dialect(ids_from_url=True))
    assert accepted.fatal == []
    assert {name: accepted.document[name] for name in ids} == ids
    assert {code for code, _ in told(accepted)} == {"id_from_address"}
    assert accept(sent, ids=ids).fatal


@pytest.mark.parametrize("missing", ["id", "country_code", "party_id"])
def test_what_has_no_identity_is_refused(missing: str) -> None:
    assert accept(without(tariff(), missing)).fatal
