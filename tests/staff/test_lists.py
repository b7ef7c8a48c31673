"""Lists: their rows, their pages, their sums."""

from __future__ import annotations

import re

import pytest
from django.db import connection as database
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from parties.models import Party
from roaming import permissions
from staff import sums
from staff.paging import KeysFirstPaginator
from tests import builders
from tests.staff.conftest import LogIn, log_in

__all__ = ["log_in"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in(permissions.OPERATIONS)


def labels(page: str) -> list[str]:
    """What the cells of the first row are called on a narrow screen."""
    row = page.partition('id="result_list"')[2].partition("</thead>")[2].partition("</tr>")[0]
    return re.findall(r'data-label="([^"]*)"', row)


def test_the_first_column_of_a_narrow_list_says_what_it_is(client: Client) -> None:
    builders.party("NL*ABC")
    shown = client.get(reverse("admin:parties_event_changelist")).content.decode()
    assert "Select record" not in labels(shown)

    shown = client.get(reverse("admin:parties_party_changelist")).content.decode()
    assert labels(shown)[0] != "Select record"


def test_rows_are_selected_by_their_keys(log_in: LogIn) -> None:
    from tests.review.desk import LIST, exception

    reviews = [exception(name) for name in ("C1", "C2")]
    shown = log_in(permissions.FINANCE).get(reverse(LIST)).content.decode()
    assert labels(shown)[0] == "Select record"
    boxes = [box for box in re.findall(r"<input[^>]*>", shown) if '"_selected_action"' in box]
    assert [re.findall(r'value="([^"]*)"', box)[0] for box in boxes] == [
        str(review.pk) for review in reversed(reviews)
    ]
    assert all('class="' in box and "action-select" in box for box in boxes)


def parties() -> QuerySet[Party]:
    return Party.objects.order_by("-party_id")


def test_a_page_is_found_by_its_keys_and_keeps_its_order() -> None:
    for name in ("AAA", "BBB", "CCC", "DDD"):
        builders.party(f"NL*{name}")
    with CaptureQueriesContext(database) as asked:
        page = KeysFirstPaginator(parties(), 3).page(1)
    assert [party.party_id for party in page] == ["DDD", "CCC", "BBB"]
    assert page.has_next()
    assert "LIMIT 4" in asked[0]["sql"]
    assert "LIMIT" not in asked[1]["sql"]
    assert len(asked) == 2
    assert not KeysFirstPaginator(parties(), 3).page(2).has_next()
    assert not KeysFirstPaginator(parties(), 3).page(9).object_list


def test_sums_are_made_of_few_rows_only(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AAA", "BBB"):
        builders.party(f"NL*{name}")
    builders.party("DE*CCC")
    countries = Party.objects.values("country_code")
    counted = "t.country_code, count(*)"

    assert sums.quickly(countries, counted, most=3, longest_ms=1000) == [("NL", 2), ("DE", 1)]
    assert sums.quickly(countries, counted, most=2, longest_ms=1000) is None
    assert sums.quickly(countries.none(), counted, most=3, longest_ms=1000) == []
    monkeypatch.setattr(sums, "UNSURE", -10_000)
    with CaptureQueriesContext(database) as asked:
        assert sums.quickly(countries, counted, most=3, longest_ms=1000) is None
    assert not [one for one in asked if "count(*)" in one["sql"]]
