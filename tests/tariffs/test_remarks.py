"""Remarks about tariffs: kept with them, counted, and on pages."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given

from parties.models import Party
from roaming import permissions
from tariffs import services, tasks
from tariffs.models import Tariff
from tariffs.pricing.lint import CODES, EDITION, lint
from tariffs.workshop.remarks import remarks_for
from tests import builders
from tests.builders import LATER, LATEST
from tests.ocpi import strategies
from tests.ocpi.samples import component, element, tariff
from tests.staff.conftest import LogIn, log_in, no_cached_figures
from tests.tariffs.support import held, hold, hold_theirs

__all__ = ["log_in", "no_cached_figures"]

LIST = "admin:tariffs_tariff_changelist"
PAGE = "admin:tariffs_tariff_remarks"
WHOLE_KWH = {"price_components": [{"type": "ENERGY", "price": 0.5, "vat": 21, "step_size": 1000}]}


@pytest.fixture
def ours(db: None) -> Party:
    return builders.party("NL*ABC", ours=True)


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in(permissions.OPERATIONS)


def text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def listed(client: Client, query: str) -> set[str]:
    result = client.get(f"{reverse(LIST)}{query}").context["cl"].result_list
    return {row.tariff_id for row in result}


@given(strategies.tariff())
def test_every_valid_tariff_can_be_remarked_upon(document: dict[str, object]) -> None:
    """What arrives is linted when it is written: a surprise there would keep it out."""
    assert {one.code for one in lint(document)} <= set(CODES)


def test_codes_are_kept_with_the_tariff_and_follow_it(ours: Party) -> None:
    hold(builders.tariff(elements=[WHOLE_KWH]))
    assert held(ours).remark_codes == ["step_size_whole"]
    hold(
        builders.tariff(
            elements=[{**WHOLE_KWH, "restrictions": {"end_time": "23:59"}}], last_updated=LATER
        )
    )
    assert held(ours).remark_codes == ["last_minute_uncovered", "step_size_whole", "week_gap"]
    hold(builders.tariff(elements=[builders.priced(ENERGY=0)], last_updated=LATEST))
    assert held(ours).remark_codes == ["prices_all_zero"]
    assert held(ours).linted_by == EDITION


def test_what_was_stored_before_is_remarked_upon_later(ours: Party) -> None:
    hold(*(builders.tariff(f"T{number}", elements=[WHOLE_KWH]) for number in range(3)))
    version = held(ours, "T1").version
    Tariff.objects.update(remark_codes=[], linted_by=0)
    tasks.lint_tariffs()
    assert {tuple(row.remark_codes) for row in Tariff.objects.all()} == {("step_size_whole",)}
    assert held(ours, "T1").version == version
    assert services.lint_stored() == 0


@pytest.mark.django_db
def test_many_remarks_of_a_kind_are_cut() -> None:
    elements = [
        element(component("ENERGY", 1, vat=21), start_date="2026-06-07", end_date="2026-06-07")
        for _ in range(9)
    ]
    group = next(one for one in remarks_for(tariff(*elements)) if one.code == "dates_hold_no_day")
    assert (len(group.shown), group.more) == (5, 4)


def test_the_page_of_a_tariff_says_what_is_remarked(client: Client, ours: Party) -> None:
    hold(builders.tariff(elements=[WHOLE_KWH], end_date_time="2020-01-01T00:00:00Z"))
    shown = text(client, reverse("admin:tariffs_tariff_change", args=[held(ours).pk]))
    for words in (
        "Worth a look",
        "Billed per whole kWh or whole hour",
        "Row 1 is billed per whole kWh",
        "Did you mean 1",
        "elements.0.price_components.0.step_size",
        "Its validity is over",
    ):
        assert words in shown


def test_the_list_of_remarks_counts_and_leads_to_the_tariffs(client: Client, ours: Party) -> None:
    hold(
        builders.tariff("GOOD", elements=[builders.priced(ENERGY=0.5)]),
        builders.tariff("STEP", elements=[WHOLE_KWH]),
        builders.tariff("GONE", elements=[WHOLE_KWH]),
        builders.tariff("BAD", elements=[builders.priced(ENERGY=-1)]),
    )
    hold_theirs(
        builders.connection(speaks_for=(builders.party("NL*FOR"),)),
        builders.tariff("THEIRS", owner="NL*FOR", elements=[WHOLE_KWH]),
    )
    services.withdraw(held(ours, "GONE"))

    shown = text(client, reverse(PAGE))

    assert shown.index("A price below zero") < shown.index("Billed per whole kWh")
    assert "remark=step_size_whole&amp;whose=ours" in shown
    assert listed(client, "?remark=step_size_whole") == {"STEP", "THEIRS"}
    assert listed(client, "?remark=step_size_whole&whose=theirs") == {"THEIRS"}
    assert listed(client, "?remark=error") == {"BAD"}
    assert listed(client, "?remark=warning") == {"STEP", "THEIRS"}


def test_an_empty_list_of_remarks_and_who_may_look(client: Client, log_in: LogIn) -> None:
    assert "No tariff in force has a remark" in text(client, reverse(PAGE))
    assert log_in("").get(reverse(PAGE)).status_code == 403
