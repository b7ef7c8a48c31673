"""The pieces of HTML that pages share: right, and safe whatever a partner sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from staff import badges, export, fragments
from staff.middleware import LocalTime
from staff.paging import UncountedPaginator

AT = datetime(2026, 7, 20, 12, 5, 9, tzinfo=UTC)
ATTACK = '"><script>alert(1)</script>'


def test_a_moment_is_local_with_utc_in_the_tooltip() -> None:
    with timezone.override(ZoneInfo("Europe/Amsterdam")):
        html = fragments.moment(AT)
    assert ">2026-07-20 14:05</time>" in html
    assert "2026-07-20 14:05:09 CEST · 2026-07-20 12:05:09 UTC" in html


@pytest.mark.parametrize(
    ("passed", "text"),
    [
        (timedelta(seconds=1), "just now"),
        (timedelta(seconds=40), "40 s ago"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=30), "30 h ago"),
        (timedelta(days=12), "12 days ago"),
        (timedelta(hours=-72, seconds=2), "in 3 days"),
    ],
)
def test_how_long_ago(passed: timedelta, text: str) -> None:
    with time_machine.travel(AT + passed, tick=False):
        assert f">{text}</time>" in fragments.ago(AT)


@pytest.mark.parametrize("nothing", [None, ""])
def test_no_time_is_a_dash_or_never(nothing: None) -> None:
    assert "\u2013" in fragments.moment(nothing)
    assert "never" in fragments.ago(nothing)


def test_what_partners_send_is_escaped_everywhere() -> None:
    for html in (
        fragments.identifier(ATTACK),
        fragments.link(ATTACK, ATTACK, title=ATTACK),
        fragments.json_document({ATTACK: [ATTACK, 1, None, {}]}),
        fragments.json_document(ATTACK.encode()),
        badges.label_badge(ATTACK, "info", title=ATTACK),
    ):
        assert "<script>" not in html


def test_a_document_keeps_its_order_and_is_cut_when_huge() -> None:
    html = fragments.json_document(b'{"b": 1, "a": "x"}')
    assert html.index("b") < html.index('"a"'.replace('"', "&quot;"))
    assert "Only the beginning is shown" in fragments.json_document({"a": "x" * 500}, limit=100)


def test_a_badge_always_has_a_word_and_a_known_colour() -> None:
    class Light(models.TextChoices):
        GREEN = "green", "Go"

    assert ">Go</span>" in badges.badge("green", Light, {"green": "success"})
    assert "badge-default" in badges.badge("blue", Light, {})
    with pytest.raises(ValueError, match="variant"):
        badges.label_badge("Go", "purple")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-2", "'-2"),
        (-2, "-2"),
        (None, ""),
        (AT, "2026-07-20T12:05:09+00:00"),
        ("NL*ABC", "NL*ABC"),
    ],
)
def test_no_cell_of_an_export_is_a_formula(value: object, text: str) -> None:
    assert export.cell(value) == text


def test_export_lines_come_one_by_one() -> None:
    lines = export.csv_lines(iter([{"a": "x, y"}]), {"A": lambda row: row["a"]})
    assert next(lines) == "A\r\n"
    assert next(lines) == '"x, y"\r\n'


@pytest.mark.parametrize(
    ("cookie", "zone"),
    [
        ("Europe%2FAmsterdam", "Europe/Amsterdam"),
        ("Europe/Paris", "Europe/Paris"),
        ("../../etc/passwd", "UTC"),
        ("Nowhere/City", "UTC"),
        ("", "UTC"),
    ],
)
def test_the_browsers_zone_is_used_only_when_it_is_one(cookie: str, zone: str) -> None:
    request = RequestFactory().get("/admin/")
    request.COOKIES["time_zone"] = cookie
    seen: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(timezone.get_current_timezone_name())
        return HttpResponse()

    LocalTime(view)(request)
    assert seen == [zone]


def test_pages_know_of_a_next_one_without_counting() -> None:
    paginator = UncountedPaginator(list(range(25)), 10)
    assert [paginator.page(number).has_next() for number in (1, 2, 3)] == [True, True, False]
    assert list(paginator.page(3)) == [20, 21, 22, 23, 24]
    assert not paginator.page(9).object_list
