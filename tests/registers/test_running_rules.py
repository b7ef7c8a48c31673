"""The rules for codes that need no database."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from registers.running import rules


@pytest.mark.parametrize(
    ("code", "other"), [("O0A", "00A"), ("IL1", "111"), ("SOB", "508"), ("Z2Z", "222")]
)
def test_codes_that_look_alike(code: str, other: str) -> None:
    assert rules.alike(code, [other, code, "XYX"]) == [other]


def test_suggestions_are_near_the_wish_and_then_the_name() -> None:
    taken = {"ACM"}
    found = rules.suggestions("Acme Charging Network Ltd", "ACM", lambda code: code not in taken, 6)
    assert len(found) == len(set(found)) == 6
    assert "ACM" not in found
    assert found[:4] == ["ACA", "ACN", "ACC", "ACE"]
    assert all(code.startswith("A") for code in found)


def test_there_are_suggestions_for_any_name_while_one_code_is_free() -> None:
    assert rules.suggestions("", "", lambda code: code == "999") == ["999"]
    assert rules.suggestions("Ünïcödé 电", "", lambda _: True, 1) == ["UNI"]
    assert rules.suggestions("Acme", "", lambda _: False) == []


def test_months_end_on_their_last_day() -> None:
    start = datetime(2028, 1, 31, 12, tzinfo=UTC)
    assert rules.after_months(start, 1) == datetime(2028, 2, 29, 12, tzinfo=UTC)
    assert rules.after_months(start, 12) == datetime(2029, 1, 31, 12, tzinfo=UTC)
    assert rules.after_months(start, 0) == start


@pytest.mark.parametrize(
    ("left", "last", "due"), [(61, None, None), (60, None, 60), (59, 60, None), (13, 60, 14)]
)
def test_each_reminder_is_due_once(left: float, last: int | None, due: int | None) -> None:
    assert rules.reminder_due(left, [60, 14], last) == due
