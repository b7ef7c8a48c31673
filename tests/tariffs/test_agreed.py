"""Which tariff an agreement gives a partner."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from exchange import agreeing
from parties.models import Agreement, Event, Party
from parties.services import agreements
from parties.services.agreements import Terms
from roaming import permissions
from tariffs import services
from tariffs.models import AgreedTariff
from tariffs.selectors import agreed_between, agreed_tariffs
from tariffs.services import AgreedRefused, AgreedTerms
from tests import builders
from tests.staff.conftest import LogIn, log_in
from tests.tariffs.support import held, hold

__all__ = ["log_in"]

pytestmark = pytest.mark.django_db
YEAR = datetime(2026, 1, 1, tzinfo=UTC)
NEXT = datetime(2027, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def cpo(db: None) -> Party:
    return builders.party("NL*ABC", ours=True)


@pytest.fixture
def emsp(db: None) -> Party:
    return builders.party("DE*XYZ", "EMSP")


@pytest.fixture
def agreement(cpo: Party, emsp: Party) -> Agreement:
    return agreements.save(cpo, emsp, Terms())


def agree(agreement: Agreement, tariff_id: str = "T1", **terms: Any) -> AgreedTariff:
    return services.save_agreed(agreement, AgreedTerms(tariff_id, **terms))


def test_a_tariff_applies_in_its_period_and_its_countries(
    agreement: Agreement, cpo: Party, emsp: Party
) -> None:
    agree(agreement, "Day", valid_from=YEAR, valid_until=NEXT, countries=("NLD", "BEL"))
    agree(agreement, "Fast", valid_from=YEAR)
    for at, country, expected in (
        (YEAR - SECOND, "NLD", []),
        (YEAR, "NLD", ["DAY", "FAST"]),
        (YEAR, "DEU", ["FAST"]),
        (YEAR, None, ["DAY", "FAST"]),
        (NEXT, "NLD", ["FAST"]),
    ):
        assert agreed_tariffs(cpo, emsp, at, country) == expected, (at, country)
    assert agreed_tariffs(cpo, builders.party("DE*OTH", "EMSP"), YEAR) == []


def test_it_begins_and_ends_with_the_agreement(
    agreement: Agreement, cpo: Party, emsp: Party
) -> None:
    agree(agreement)
    begun = agreement.created_at
    agreements.end(agreement)
    agreement.refresh_from_db()
    ended = agreement.ended_at
    assert ended is not None
    assert agreed_tariffs(cpo, emsp, begun - SECOND) == []
    assert agreed_tariffs(cpo, emsp, begun) == ["T1"]
    assert agreed_tariffs(cpo, emsp, ended) == []


def test_the_cpo_may_be_on_either_side() -> None:
    theirs, ours = builders.party("DE*ION"), builders.party("NL*ABC", "EMSP", ours=True)
    agree(agreements.save(ours, theirs, Terms()), valid_from=YEAR)
    assert agreed_tariffs(theirs, ours, NEXT) == ["T1"]
    assert agreed_tariffs(ours, theirs, NEXT) == []


def test_many_charges_cost_one_query(
    agreement: Agreement, cpo: Party, emsp: Party, django_assert_num_queries: Any
) -> None:
    other = builders.party("DE*OTH", "EMSP")
    agree(agreement, valid_from=YEAR)
    agree(agreements.save(cpo, other, Terms()), "T2", valid_from=YEAR)
    pairs = [(cpo.pk, emsp.pk), (cpo.pk, other.pk)]
    with django_assert_num_queries(1):
        found = agreed_between(pairs * 50)
        assert [found.tariffs(*pair, NEXT, "NLD") for pair in pairs] == [["T1"], ["T2"]]
    with django_assert_num_queries(0):
        assert agreed_between([]).tariffs(*pairs[0], NEXT) == []


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"countries": ("XXX",)}, "countries"),
        ({"valid_from": NEXT, "valid_until": YEAR}, "valid_until"),
        ({"valid_from": YEAR + SECOND}, "tariff_id"),
        ({"valid_from": YEAR + SECOND, "countries": ("NLD",)}, "tariff_id"),
    ],
)
def test_what_makes_no_sense_is_refused(
    agreement: Agreement, terms: dict[str, Any], field: str
) -> None:
    agree(agreement, valid_from=YEAR, valid_until=NEXT)
    with pytest.raises(AgreedRefused) as refused:
        agree(agreement, **terms)
    assert refused.value.field == field
    assert AgreedTariff.objects.count() == 1


def test_the_same_tariff_may_hold_again_later_or_elsewhere(agreement: Agreement) -> None:
    agree(agreement, valid_from=YEAR, valid_until=NEXT, countries=("NLD",))
    agree(agreement, valid_from=NEXT, countries=("NLD",))
    agree(agreement, valid_from=YEAR, countries=("DEU",))
    assert AgreedTariff.objects.count() == 3


def test_an_agreement_of_two_emsps_has_no_tariffs(emsp: Party) -> None:
    ours = builders.party("NL*ABC", "EMSP", ours=True)
    with pytest.raises(AgreedRefused, match="has to be a CPO"):
        agree(agreements.save(ours, emsp, Terms()))


# The pages


@pytest.fixture
def finance(log_in: LogIn) -> Client:
    return log_in(permissions.FINANCE)


def page_of(agreement: Agreement) -> str:
    return reverse("admin:parties_agreement_change", args=[agreement.pk])


def add_url(agreement: Agreement) -> str:
    return f"{reverse('admin:tariffs_agreedtariff_add')}?agreement={agreement.pk}"


def test_a_tariff_is_added_on_the_agreements_page(
    finance: Client, agreement: Agreement, cpo: Party
) -> None:
    hold(builders.tariff())
    before = finance.get(page_of(agreement)).content.decode()
    assert "the tariffs that the connectors of NL*ABC name apply" in before
    assert add_url(agreement) in before

    sent = {"tariff_id": "t1", "valid_from": "2026-01-01T00:00", "countries": "nld; bel"}
    finance.cookies["time_zone"] = "Europe/Amsterdam"
    answer = finance.post(add_url(agreement), sent)
    assert answer["Location"] == page_of(agreement)
    row = AgreedTariff.objects.get()
    assert (row.tariff_key, row.countries) == ("T1", ["NLD", "BEL"])
    assert row.valid_from == YEAR - timedelta(hours=1)

    shown = finance.get(page_of(agreement)).content.decode()
    for words in ("EUR 0.25 per kWh", "NLD, BEL", "from 2026-01-01 00:00", "Holds"):
        assert words in shown, words
    event = Event.objects.get(name="agreement.tariff_agreed")
    assert (event.subject, event.actor) == (agreements.subject(agreement), "finance-member")
    tariff_page = reverse("admin:tariffs_tariff_change", args=[held(cpo).pk])
    assert page_of(agreement) in finance.get(tariff_page).content.decode()


def test_a_tariff_that_is_not_here_has_to_be_meant(finance: Client, agreement: Agreement) -> None:
    answer = finance.post(add_url(agreement), {"tariff_id": "LATER"})
    assert "tariff_id" in answer.context["form"].errors
    finance.post(add_url(agreement), {"tariff_id": "LATER", "not_here_yet": "on"})
    assert AgreedTariff.objects.get().tariff_key == "LATER"
    assert "not here yet" in finance.get(page_of(agreement)).content.decode()


def test_an_agreed_tariff_is_changed_and_taken_out(finance: Client, agreement: Agreement) -> None:
    hold(builders.tariff())
    row = agree(agreement, valid_from=YEAR)
    page = reverse("admin:tariffs_agreedtariff_change", args=[row.pk])
    assert 'value="2026-01-01T00:00"' in finance.get(page).content.decode()
    finance.post(page, {"tariff_id": "T1", "valid_until": "2027-01-01T00:00"})
    row.refresh_from_db()
    assert (row.valid_from, row.valid_until) == (None, NEXT)

    remove = reverse("admin:tariffs_agreedtariff_remove", args=[row.pk])
    assert "as if it had never been in it" in finance.get(remove).content.decode()
    assert AgreedTariff.objects.exists()
    assert finance.post(remove)["Location"] == page_of(agreement)
    assert not AgreedTariff.objects.exists()
    assert Event.objects.filter(name="agreement.tariff_removed").exists()


def test_all_agreed_tariffs_are_listed(finance: Client, agreement: Agreement) -> None:
    agree(agreement, valid_from=YEAR, valid_until=YEAR + SECOND)
    agree(agreement, "T2", valid_from=datetime(2999, 1, 1, tzinfo=UTC))
    agree(agreement, "T3")
    address = reverse("admin:tariffs_agreedtariff_changelist")
    for query, expected in (
        ("", {"T1", "T2", "T3"}),
        ("?holds=now", {"T3"}),
        ("?holds=later", {"T2"}),
        ("?holds=over", {"T1"}),
        ("?q=t2", {"T2"}),
    ):
        rows = finance.get(f"{address}{query}").context["cl"].result_list
        assert {row.tariff_id for row in rows} == expected, query


def test_what_has_ended_takes_no_tariffs(finance: Client, agreement: Agreement) -> None:
    agreeing.end(agreement)
    assert finance.get(add_url(agreement)).status_code == 302
    assert add_url(agreement) not in finance.get(page_of(agreement)).content.decode()


def test_viewers_look_and_change_nothing(log_in: LogIn, agreement: Agreement) -> None:
    client, row = log_in(permissions.VIEWERS), agree(agreement)
    assert "Which tariff applies" in client.get(page_of(agreement)).content.decode()
    for url in (
        add_url(agreement),
        reverse("admin:tariffs_agreedtariff_change", args=[row.pk]),
        reverse("admin:tariffs_agreedtariff_remove", args=[row.pk]),
    ):
        assert client.post(url, {"tariff_id": "T9", "not_here_yet": "on"}).status_code == 403
    assert list(AgreedTariff.objects.values_list("tariff_key", flat=True)) == ["T1"]
