from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpi.urls import check_url, host_of, join, same_host, with_query


def test_segments_are_joined_with_one_slash_and_encoded_whole() -> None:
    """T-130."""
    assert join("https://a.example/x", "NL", "ABC") == "https://a.example/x/NL/ABC"
    assert join("https://a.example/x/", "BE*BEC*E1") == "https://a.example/x/BE%2ABEC%2AE1"
    assert (
        join("https://a.example/x", "a/b?c#d%2F e") == "https://a.example/x/a%2Fb%3Fc%23d%252F%20e"
    )
    assert join("https://a.example/x?key=1", "a") == "https://a.example/x/a?key=1"


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(
        lambda t: t not in (".", "..")
    )
)
def test_a_segment_survives(segment: str) -> None:
    path = urlsplit(join("https://a.example/x", segment)).path
    assert path.count("/") == 2
    assert unquote(path.rpartition("/")[2]) == segment


@pytest.mark.parametrize("segment", ["", ".", ".."])
def test_segments_that_no_path_can_carry_are_refused(segment: str) -> None:
    with pytest.raises(ValueError):
        join("https://a.example/x", segment)


def test_query_parameters_are_appended() -> None:
    query = {"date_from": "2020-01-01T00:00:00Z", "limit": "5"}
    encoded = "date_from=2020-01-01T00%3A00%3A00Z&limit=5"
    assert with_query("https://a.example/x", query) == f"https://a.example/x?{encoded}"
    assert with_query("https://a.example/x?k=1", query) == f"https://a.example/x?k=1&{encoded}"
    assert with_query("https://a.example/x", {}) == "https://a.example/x"


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/ocpi/2.2.1?x=1",
        "HTTP://127.0.0.1:8000",
        "https://[2001:db8::1]:8443/a%20b",
        "https://a.example/" + "x" * 237,
    ],
)
def test_urls_that_pass(url: str) -> None:
    assert check_url(url) == url


BAD = [
    "",
    "a.example/x",
    "//a.example/x",
    "ftp://a.example/",
    "javascript:alert(1)",
    "https://",
    "https:///x",
    "https://user@a.example/",
    "https://user:pass@a.example/",
    "https://a.example:0/",
    "https://a.example:99999/",
    "https://a.example:port/",
    "https://a.example\\@b.example/",
    "https://a b.example/",
    "https://a.example/\n",
    "https://ä.example/",
    "https://a.example/é",
    "https://a.example/<x>",
    "https://[::1/",
    "https://.a.example/",
]


@pytest.mark.parametrize("url", [*BAD, "https://a.example/#x", "https://a.example/" + "x" * 238])
def test_urls_that_do_not_pass(url: str) -> None:
    """T-101."""
    with pytest.raises(ValueError):
        check_url(url)


def test_hosts_are_named_without_default_ports() -> None:
    assert host_of("https://A.example:443/x") == "a.example"
    assert host_of("http://a.example:80/x") == "a.example"
    assert host_of("https://a.example:80/x") == "a.example:80"
    assert host_of("http://127.0.0.1:8000") == "127.0.0.1:8000"


def test_hosts_are_compared_exactly() -> None:
    hosts = {"a.example", "b.example:8443"}
    assert same_host("https://A.EXAMPLE/x", hosts)
    assert same_host("https://b.example:8443", hosts)
    for other in (
        "https://b.example/",
        "https://a.example:22/",
        "https://a.example./",
        "https://x.a.example/",
        "https://a.example.evil.example/",
        *BAD,
    ):
        assert not same_host(other, hosts)
