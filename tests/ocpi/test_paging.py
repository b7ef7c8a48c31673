from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpi.errors import InvalidParameters
from ocpi.paging import MAX_OFFSET, PageRequest, next_link, parse_next


def test_defaults() -> None:
    """T-060, T-062."""
    assert PageRequest.from_query({"foo": "1"}) == (None, None, 0, 100)
    assert PageRequest.from_query({}, default_limit=20).limit == 20


def test_all_parameters_are_read() -> None:
    """T-060, T-061, T-081."""
    query = {
        "date_from": "2020-01-02T03:04:05",
        "date_to": "2020-01-02T03:04:05.678Z",
        "offset": "40",
        "limit": "20",
    }
    page = PageRequest.from_query(query)
    assert page.date_from == datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert page.date_to == datetime(2020, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
    assert (page.offset, page.limit) == (40, 20)
    assert page.following() == page._replace(offset=60)


@pytest.mark.parametrize("name", ["limit", "offset"])
@pytest.mark.parametrize("value", ["", "-1", "1e3", "1_0", "١٢", " 1", "+1", "1.0", "x", "9" * 41])
def test_what_is_no_number_is_named(name: str, value: str) -> None:
    """T-080."""
    with pytest.raises(InvalidParameters) as caught:
        PageRequest.from_query({name: value})
    assert [problem.path for problem in caught.value.problems] == [name]
    assert caught.value.status_code == 2001


@pytest.mark.parametrize("name", ["date_from", "date_to"])
@pytest.mark.parametrize("value", ["", "abc", "2020-13-01T00:00:00Z", "2020-01-01T00:00:00+01:00"])
def test_what_is_no_date_is_named(name: str, value: str) -> None:
    """T-080."""
    with pytest.raises(InvalidParameters, match=name):
        PageRequest.from_query({name: value})


def test_every_bad_parameter_is_reported_at_once() -> None:
    with pytest.raises(InvalidParameters) as caught:
        PageRequest.from_query({"limit": "0", "offset": "x", "date_to": "y"})
    assert [problem.path for problem in caught.value.problems] == ["date_to", "offset", "limit"]


def test_big_numbers_are_cut_not_refused() -> None:
    """T-064."""
    assert PageRequest.from_query({"limit": "9999999999"}, max_limit=250).limit == 250
    assert PageRequest.from_query({"offset": str(2**63)}).offset == MAX_OFFSET


def test_offsets_of_time_zones_pass_when_lenient() -> None:
    page = PageRequest.from_query({"date_from": "2020-01-01T01:00:00+01:00"}, lenient_dates=True)
    assert page.date_from == datetime(2020, 1, 1, tzinfo=UTC)


MOMENTS = st.none() | st.datetimes(timezones=st.just(UTC)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)


@given(MOMENTS, MOMENTS, st.integers(0, MAX_OFFSET), st.integers(1, 1000))
def test_a_request_reads_back(
    date_from: datetime | None, date_to: datetime | None, offset: int, limit: int
) -> None:
    page = PageRequest(date_from, date_to, offset, limit)
    assert PageRequest.from_query(page.to_query()) == page


def test_links_round_trip() -> None:
    """T-069."""
    url = "https://a.example/locations?offset=1,2;3&limit=50"
    assert next_link(url) == f'<{url}>; rel="next"'
    assert parse_next(next_link(url)) == url
    with pytest.raises(ValueError):
        next_link("https://a.example/>")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("<u>; rel=next", "u"),
        ("<u> ; REL = NEXT", "u"),
        ('<u>; title="a; rel=prev, <x>"; rel="next"', "u"),
        ('<a,b>; rel="prev", <c;d>; rel="last next"', "c;d"),
        ('<a>; rel="prev"', None),
        ('<a>; rel="nextish"', None),
        ('<>; rel="next"', None),
        ("", None),
        (None, None),
        ("u; rel=next", None),
        ('<u; rel="next"', None),
    ],
)
def test_the_next_link_is_found(header: str | None, expected: str | None) -> None:
    assert parse_next(header) == expected


@given(st.text('<>;,="rel nxt', max_size=60))
def test_no_link_header_breaks_the_parser(header: str) -> None:
    parse_next(header)
