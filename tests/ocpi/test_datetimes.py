from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpi.datetimes import format_datetime, parse_datetime

NOON = datetime(2015, 6, 29, 20, 39, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("2015-06-29T20:39:09Z", 0),
        ("2015-06-29T20:39:09", 0),
        ("2015-06-29T20:39:09.1Z", 100_000),
        ("2015-06-29T20:39:09.1", 100_000),
        ("2015-06-29T20:39:09.123Z", 123_000),
        ("2015-06-29T20:39:09.123", 123_000),
        ("2015-06-29T20:39:09.123456789Z", 123_456),
    ],
)
def test_the_patterns_of_the_specification_are_read(text: str, microseconds: int) -> None:
    """T-091, T-092."""
    parsed = parse_datetime(text)
    assert parsed == NOON.replace(microsecond=microseconds)
    assert parsed.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "2015-06-29T20:39:09+00:00",
        "2015-06-29T22:39:09+0200",
        "2015-06-29 20:39:09Z",
        "2015-06-29t20:39:09z",
        "2015-06-29T20:39:09.Z",
    ],
)
def test_other_spellings_need_leniency(text: str) -> None:
    """T-093."""
    with pytest.raises(ValueError, match="2015-06-29"):
        parse_datetime(text)
    assert parse_datetime(text, lenient=True) == NOON


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2015-06-29",
        "1970-1-1T00:00:00Z",
        "2015-02-30T00:00:00Z",
        "2015-06-29T24:00:00Z",
        "٢٠١٥-06-29T20:39:09Z",
        "2015-06-29T20:39:09Z\n",
        "0001-01-01T00:00:00+01:00",
        "2015-06-29T20:39:09+99:00",
    ],
)
def test_what_is_no_moment_is_refused_even_leniently(text: str) -> None:
    with pytest.raises(ValueError):
        parse_datetime(text, lenient=True)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (NOON, "2015-06-29T20:39:09Z"),
        (NOON.replace(microsecond=999), "2015-06-29T20:39:09Z"),
        (NOON.replace(microsecond=120_999), "2015-06-29T20:39:09.120Z"),
        (NOON.astimezone(timezone(timedelta(hours=5, minutes=30))), "2015-06-29T20:39:09Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00Z"),
    ],
)
def test_written_in_utc_with_z(value: datetime, text: str) -> None:
    """T-090."""
    assert format_datetime(value) == text


def test_a_naive_datetime_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        format_datetime(datetime(2020, 1, 1))  # noqa: DTZ001


@given(st.datetimes(timezones=st.just(UTC)))
def test_what_is_written_reads_back_to_the_millisecond(value: datetime) -> None:
    cut = value.replace(microsecond=value.microsecond // 1000 * 1000)
    assert parse_datetime(format_datetime(value)) == cut
    assert len(format_datetime(value)) <= 25
