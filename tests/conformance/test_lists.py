"""What every list of ours does, at each version."""

from __future__ import annotations

from urllib.parse import parse_qs, quote

import pytest

from exchange import registry
from ocpi.versions import InterfaceRole
from tests.builders import EARLIER, LATER, LATEST, Answered, Partner
from tests.conformance.world import LISTED, VERSIONS, Objects, next_of, reader

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.parametrize("version", VERSIONS),
    pytest.mark.parametrize("objects", LISTED, ids=lambda objects: objects.module),
]


def ids(answer: Answered) -> list[str]:
    assert (answer.http_status, answer.code) == (200, 1000)
    return [document["id"] for document in answer.data]


def walk(partner: Partner, objects: Objects, query: str) -> list[Answered]:
    """Every page, from one link to the next."""
    pages: list[Answered] = []
    following: str | None = query
    while following is not None:
        pages.append(partner.get(f"{objects.list}{following}"))
        following = next_of(pages[-1])
        assert len(pages) < 30
    return pages


def names(count: int) -> list[str]:
    return [f"OBJECT{number:02}" for number in range(count)]


def test_pages(version: str, objects: Objects) -> None:
    """T-060, T-062, T-063, T-065, T-067, T-068, T-069, T-070, T-076, L-001, F-001."""
    objects.hold(*(objects.document(name) for name in names(25)))
    emsp = reader(version)

    assert ids(emsp.get(objects.list)) == ids(emsp.get(f"{objects.list}?offset=0")) == names(25)
    assert ids(emsp.get(f"{objects.list}?offset=0&limit=10")) == names(25)[:10]
    assert ids(emsp.get(f"{objects.list}?offset=10&limit=10")) == names(25)[10:20]
    pages = walk(emsp, objects, "?limit=10")
    assert [len(page.data) for page in pages] == [10, 10, 5]
    assert [name for page in pages for name in ids(page)] == names(25)
    assert {page.headers["X-Total-Count"] for page in pages} == {"25"}
    assert len({page.headers["X-Limit"] for page in pages}) == 1
    assert [name for page in walk(emsp, objects, "?limit=1") for name in ids(page)] == names(25)


def test_the_server_has_a_limit_of_its_own(version: str, objects: Objects) -> None:
    """T-064, T-067: however much is asked for, a page holds no more than X-Limit says."""
    objects.hold(objects.document())
    answer = reader(version).get(f"{objects.list}?limit=999999")

    assert ids(answer) == [objects.identifier]
    assert 0 < int(answer.headers["X-Limit"]) <= 1000


def test_beyond_the_end_there_is_nothing_but_the_count(version: str, objects: Objects) -> None:
    """T-079, T-031: an empty list is a list."""
    objects.hold(objects.document())
    answer = reader(version).get(f"{objects.list}?offset=99999")

    assert ids(answer) == []
    assert answer.headers["X-Total-Count"] == "1"
    assert "Link" not in answer.headers


def test_dates_filter_from_the_first_to_before_the_second(version: str, objects: Objects) -> None:
    """T-061, T-066, T-071, T-072, T-073, T-074."""
    objects.hold(
        objects.document("A", last_updated=EARLIER),
        objects.document("B", last_updated=LATER),
        objects.document("C", last_updated=LATEST),
    )
    emsp = reader(version)

    since = emsp.get(f"{objects.list}?date_from={LATER}")
    assert (ids(since), since.headers["X-Total-Count"]) == (["B", "C"], "2")
    between = emsp.get(f"{objects.list}?date_from={LATER}&date_to={LATEST}")
    assert (ids(between), between.headers["X-Total-Count"]) == (["B"], "1")
    page = emsp.get(f"{objects.list}?date_from={LATER}&limit=1")
    assert (ids(page), page.headers["X-Total-Count"]) == (["B"], "2")
    assert parse_qs(next_of(page) or "")["date_from"] == [LATER]
    assert [ids(page) for page in walk(emsp, objects, f"?date_from={LATER}&limit=1")] == [
        ["B"],
        ["C"],
    ]


@pytest.mark.parametrize("spelling", ["Z", "", ".000Z", ".0"])
@pytest.mark.parametrize("encoded", [False, True])
def test_dates_are_read_in_every_spelling(
    version: str, objects: Objects, spelling: str, encoded: bool
) -> None:
    """T-081, T-092."""
    objects.hold(objects.document("A"), objects.document("B", last_updated=LATER))
    date = LATER.removesuffix("Z") + spelling
    query = quote(date, safe="") if encoded else date

    assert ids(reader(version).get(f"{objects.list}?date_from={query}")) == ["B"]


def test_what_is_created_meanwhile_comes_last(version: str, objects: Objects) -> None:
    """T-075: in order of creation, whatever is changed or created during the crawl."""
    objects.hold(*(objects.document(name) for name in names(4)))
    emsp = reader(version)
    first = emsp.get(f"{objects.list}?limit=2")
    objects.hold(objects.document("A-NEW-ONE"), objects.document(names(4)[3], last_updated=LATEST))

    rest = walk(emsp, objects, next_of(first) or "")
    assert [name for page in (first, *rest) for name in ids(page)] == [*names(4), "A-NEW-ONE"]


@pytest.mark.parametrize("query", ["foo=1", "limit=5&country=NL", "foo=%00", "offset=0&foo"])
def test_unknown_parameters_are_passed_over(version: str, objects: Objects, query: str) -> None:
    """T-052."""
    objects.hold(objects.document())
    assert ids(reader(version).get(f"{objects.list}?{query}")) == [objects.identifier]


@pytest.mark.parametrize(
    "query", ["limit=-1", "limit=0", "limit=x", "offset=1.5", "date_from=abc", "date_to=2026-13-01"]
)
def test_bad_parameters_are_named(version: str, objects: Objects, query: str) -> None:
    """T-080, T-048."""
    answer = reader(version).get(f"{objects.list}?{query}")

    assert (answer.http_status, answer.code) == (200, 2001)
    assert [problem["path"] for problem in answer.data] == [query.partition("=")[0]]


def test_whoever_owns_objects_offers_a_list_of_them(version: str, objects: Objects) -> None:
    """T-142, V-008: the version details of a CPO name the list, which answers there."""
    objects.hold(objects.document())
    emsp = reader(version)
    details = emsp.get("").data["endpoints"]
    (url,) = [
        endpoint["url"]
        for endpoint in details
        if endpoint["identifier"] == objects.module and endpoint.get("role", "SENDER") == "SENDER"
    ]
    assert ids(emsp.get(url.partition(f"/ocpi/{version}/")[2])) == [objects.identifier]
    assert registry.get(objects.module).routes(InterfaceRole.SENDER)[0].many
