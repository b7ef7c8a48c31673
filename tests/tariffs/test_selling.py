"""How charges are sold that we bought: the calculation, which rule counts, and the page."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as some

from parties.models import Event, Party
from roaming import permissions
from tariffs import services
from tariffs.models import SellingRule
from tariffs.selectors import load_selling_rules, selling_rules_for
from tariffs.selling import Rule, in_words, sell
from tests import builders
from tests.staff.conftest import LogIn, log_in

__all__ = ["log_in"]

D = Decimal
AT = datetime(2026, 5, 3, 14, 3, tzinfo=UTC)
ADD = "admin:tariffs_sellingrule_add"


def rule(**terms: Any) -> Rule:
    return Rule("EUR", **{name: D(str(value)) for name, value in terms.items()})


@pytest.mark.parametrize(
    ("bought", "energy", "terms", "sold"),
    [
        ("10", "20", {}, "10"),
        ("10", "20", {"markup_percent": 12}, "11.2"),
        ("10", "20", {"markup_percent": -100}, "0"),
        ("10", "20", {"markup_percent": 12, "price_per_kwh": "0.05", "fee": "0.35"}, "12.55"),
        ("10", "20", {"markup_percent": 12, "cap": "11"}, "11"),
        ("1", "2", {"fee": "0.35", "floor": "2.5"}, "2.5"),
        ("0", "0", {"fee": "0.35"}, "0.35"),
        ("0.00000001", "0", {"markup_percent": "0.0001"}, "0.00000001000001"),
    ],
)
def test_a_charge_is_sold_for_exactly_what_the_rule_says(
    bought: str, energy: str, terms: dict[str, Any], sold: str
) -> None:
    found = sell(D(bought), D(energy), rule(**terms))
    assert found.before_taxes == D(sold)
    assert found.steps[-1].total == found.before_taxes
    assert sum(step.added for step in found.steps) == found.before_taxes


def test_the_steps_explain_themselves() -> None:
    steps = sell(D(10), D(20), rule(markup_percent=12, price_per_kwh="0.05", cap=12)).steps
    assert [step.words for step in steps] == [
        "Bought for",
        "Mark-up of 12 %",
        "20 kWh at EUR 0.05",
        "At most EUR 12.00 per charge",
    ]
    assert [str(step.total) for step in steps] == ["10", "11.2", "12.20", "12"]


amounts = some.decimals(0, 100_000, places=8)


@given(amounts, amounts, amounts, amounts)
def test_a_credit_gives_back_what_the_charge_was_sold_for(
    bought: Decimal, energy: Decimal, fee: Decimal, floor: Decimal
) -> None:
    terms = rule(markup_percent=15, price_per_kwh="0.07", fee=fee, floor=floor)
    charge, credit = sell(bought, energy, terms), sell(-bought, -energy, terms)
    # A charge of nothing and its credit cannot be told apart.
    if bought or energy:
        assert credit.before_taxes == -charge.before_taxes


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({}, "sold for what it was bought for"),
        ({"markup_percent": 12, "price_per_kwh": "0.05"}, "+ 12 %, + EUR 0.05 per kWh"),
        ({"markup_percent": -5, "floor": 1}, "\N{MINUS SIGN} 5 %, at least EUR 1.00 per charge"),
    ],
)
def test_a_rule_reads_as_a_sentence(terms: dict[str, Any], words: str) -> None:
    assert in_words(rule(**terms)) == words


@pytest.fixture
def seller(db: None) -> Party:
    return builders.party("NL*ABC", "EMSP", ours=True)


@pytest.fixture
def partner(db: None) -> Party:
    return builders.party("DE*ION")


def kept(seller: Party, **fields: Any) -> SellingRule:
    return services.save_rule(SellingRule(seller=seller, **{"currency": "EUR", **fields}))


def test_the_most_specific_rule_counts(seller: Party, partner: Party) -> None:
    other = builders.party("DE*OTH")
    everyone = kept(seller)
    german = kept(seller, country="DEU")
    ion = kept(seller, partner=partner)
    german_ion = kept(seller, partner=partner, country="DEU")
    kept(seller, partner=partner, currency="CHF")
    kept(builders.party("NL*XXX", "EMSP", ours=True))

    rules = load_selling_rules([seller.pk])
    for cpo, country, expected in (
        (partner, "DEU", [german_ion, ion, german, everyone]),
        (partner, "NLD", [ion, everyone]),
        (other, "DEU", [german, everyone]),
        (other, "NLD", [everyone]),
        (other, "", [everyone]),
    ):
        assert selling_rules_for(seller, cpo, country, AT, "EUR") == expected
        assert rules.rule_for(seller.pk, cpo.pk, country, AT, "EUR") == expected[0]
    assert rules.rule_for(seller.pk, other.pk, "NLD", AT, "SEK") is None


def test_a_rule_holds_from_its_beginning_until_before_its_end(
    seller: Party, partner: Party
) -> None:
    year = kept(
        seller, valid_from=datetime(2026, 1, 1, tzinfo=UTC), valid_until=datetime(2027, 1, 1, tzinfo=UTC)
    )  # fmt: skip
    kept(seller, is_enabled=False)
    for at, expected in (
        (datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC), []),
        (datetime(2026, 1, 1, tzinfo=UTC), [year]),
        (datetime(2027, 1, 1, tzinfo=UTC), []),
    ):
        assert selling_rules_for(seller, partner, "NLD", at) == expected


def test_many_charges_cost_one_query(
    seller: Party, partner: Party, django_assert_num_queries: Any
) -> None:
    kept(seller)
    with django_assert_num_queries(1):
        rules = load_selling_rules([seller.pk])
        for _ in range(100):
            assert rules.rule_for(seller.pk, partner.pk, "NLD", AT, "EUR")


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "same charges"),
        ({"valid_until": AT}, "same charges"),
        ({"country": "XXX"}, "three letters"),
        ({"country": "NLD", "currency": "XXX"}, "no currency"),
        ({"country": "NLD", "markup_percent": D(-101)}, "at most all of it"),
        ({"country": "NLD", "floor": D(2), "cap": D(1)}, "less than"),
        ({"country": "NLD", "valid_from": AT, "valid_until": AT}, "before it begins"),
    ],
)
def test_what_makes_no_sense_is_refused(seller: Party, fields: dict[str, Any], reason: str) -> None:
    kept(seller, valid_from=datetime(2026, 1, 1, tzinfo=UTC))
    with pytest.raises(services.SellingRefused, match=reason):
        kept(seller, **fields)
    assert SellingRule.objects.count() == 1


def test_only_our_emsps_sell_and_only_cpos_are_bought_from(seller: Party, partner: Party) -> None:
    with pytest.raises(services.SellingRefused, match="eMSP of ours"):
        kept(builders.party("DE*XYZ", "EMSP"))
    with pytest.raises(services.SellingRefused, match="from a CPO"):
        kept(seller, partner=seller)


@pytest.fixture
def finance(log_in: LogIn) -> Client:
    return log_in(permissions.FINANCE)


def filled(seller: Party, **fields: Any) -> dict[str, Any]:
    return {"seller": seller.pk, "currency": "EUR", "is_enabled": "on", **fields}


def test_the_page_works_out_an_example_before_anything_is_saved(
    finance: Client, seller: Party
) -> None:
    sent = filled(seller, markup_percent="12", price_per_kwh="0,05", bought="10", energy="20")
    shown = finance.post(reverse(ADD), {**sent, "look": "1"}).content.decode()
    assert "A charge bought at EUR 10.00 with 20 kWh is sold at EUR 12.20" in shown
    assert "Mark-up of 12 %" in shown
    assert not SellingRule.objects.exists()


def test_a_rule_is_saved_changed_and_listed(finance: Client, seller: Party, partner: Party) -> None:
    sent = filled(seller, partner=partner.pk, country="deu", markup_percent="8.5", floor="1")
    finance.post(reverse(ADD), {**sent, "save": "1"})
    saved = SellingRule.objects.get()
    assert (saved.country, saved.rule) == ("DEU", rule(markup_percent="8.5", floor="1"))

    page = reverse("admin:tariffs_sellingrule_change", args=[saved.pk])
    finance.post(page, {**sent, "markup_percent": "9", "save": "1"})
    saved.refresh_from_db()
    assert saved.markup_percent == 9
    listed = finance.get(reverse("admin:tariffs_sellingrule_changelist")).content.decode()
    assert "+ 9 %, at least EUR 1.00 per charge" in listed
    assert list(Event.objects.values_list("name", "actor")[:2]) == [
        ("selling.changed", "finance-member"),
        ("selling.added", "finance-member"),
    ]


def test_mistakes_are_at_their_fields(finance: Client, seller: Party) -> None:
    sent = filled(seller, country="Holland", markup_percent="a lot", fee="0.1234567", floor="-1")
    form = finance.post(reverse(ADD), {**sent, "save": "1"}).context["form"]
    assert set(form.errors) == {"country", "markup_percent", "fee", "floor"}
    kept(seller)
    answer = finance.post(reverse(ADD), {**filled(seller), "save": "1"})
    assert "Another rule in use is for the same charges" in answer.content.decode()


def test_viewers_look_and_change_nothing(log_in: LogIn, seller: Party) -> None:
    client, saved = log_in(permissions.VIEWERS), kept(seller)
    page = reverse("admin:tariffs_sellingrule_change", args=[saved.pk])
    assert "is sold at EUR 10.00" in client.get(page).content.decode()
    assert client.post(page, filled(seller, markup_percent="5", save="1")).status_code == 403
    assert client.get(reverse(ADD)).status_code == 403
    saved.refresh_from_db()
    assert saved.markup_percent == 0


def test_an_empty_list_says_what_to_do(finance: Client) -> None:
    listed = finance.get(reverse("admin:tariffs_sellingrule_changelist")).content.decode()
    assert "Write the first one" in listed
