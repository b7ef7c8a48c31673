"""Locations: a feed imported, a page and a crawl of them, and a status told to partners."""

from __future__ import annotations

import argparse
import http.client
import resource
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from bench import authorization, feed, gateway, portal, statuses, versions
from ocpi.versions import SUPPORTED

BASELINE = "2.2.1"
PAGE = f"/ocpi/{BASELINE}/sender/locations"
FIGURES = ("import", "page", "crawl", "selection", "patch", "gateway", "authorization", "all")
"""What is measured beside a feed; the last is all of them but authorization."""


def run(options: argparse.Namespace) -> None:
    """Measure and print; the portal's database is prepared and empty."""
    asked = FIGURES if options.figure == "all" else (options.figure,)
    others = [v for v in SUPPORTED if v != BASELINE and options.version in {"all", v}]
    seconds = load(options)
    if "import" in asked:
        measure_import(seconds)
    analyze()
    if options.figure == "authorization":
        authorization.run(options)
    measures: dict[str, Callable[[int], None]] = {
        "page": page,
        "crawl": crawl,
        "selection": selection,
        "patch": statuses.patch,
    }
    for name, measure in measures.items():
        if name in asked:
            measure(options.rounds)
    for name, compare in (("page", versions.page), ("patch", versions.patch)):
        if name in asked:
            compare(options.rounds, others)
    if "gateway" in asked:
        gateway.run(options)


def load(options: argparse.Namespace) -> float:
    """Import the feed; seconds it took."""
    from exchange import registry
    from ocpi.ids import PartyId
    from ocpi.json import array_slices

    source = registry.Source("bench", "2.2.1", owner=PartyId("NL", "BEN"))
    inbox, counts = registry.get("locations").inbox, registry.Counts()
    assert inbox is not None
    with feed.opened(options.feed, options.count) as stream:
        start = time.perf_counter()
        slices = array_slices(stream)
        while batch := list(islice(slices, 500)):
            counts += inbox.receive(batch, source).counts
        seconds = time.perf_counter() - start
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"import: {counts.as_dict()} in {seconds:.1f} s, {resident:.0f} MB resident at most")
    return seconds


TABLES = (
    "locations_location",
    "locations_evse",
    "locations_statusinterval",
    "locations_connectortariff",
)


def measure_import(seconds: float) -> None:
    """The floor: the same finished rows, inserted by plain multi-row INSERTs of 500 rows."""
    from django.db import connection as database

    floor, rows = 0.0, 0
    for table in TABLES:
        with database.cursor() as cursor:
            cursor.execute(f"CREATE TABLE floor_{table} (LIKE {table} INCLUDING ALL)")
            for statement, count in _inserts(table):
                start = time.perf_counter()
                cursor.execute(statement)
                floor += time.perf_counter() - start
                rows += count
    for table in TABLES:
        with database.cursor() as cursor:
            cursor.execute(f"DROP TABLE floor_{table}")
    print(
        f"import of {rows} rows: {seconds:.1f} s; plain INSERTs of the same rows: {floor:.1f} s; "
        f"ratio {seconds / floor:.2f} (goal: at most 4)"
    )


def _inserts(table: str) -> Iterator[tuple[str, int]]:
    """Ready-made INSERT statements for the rows of a table; making them is not part of the floor."""
    from django.db import connection as database

    with database.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position),"
            " string_agg('%%s', ', ' ORDER BY ordinal_position)"
            " FROM information_schema.columns WHERE table_name = %s",
            [table],
        )
        columns, _ = cursor.fetchone()
        cursor.execute(f"SELECT min(id), max(id) FROM {table}")
        first, last = cursor.fetchone()
    for start in range(first, last + 1, 500):
        with database.cursor() as cursor:
            values = ", ".join(
                f"quote_nullable({name.strip()}::text)" for name in columns.split(",")
            )
            cursor.execute(
                f"SELECT string_agg('(' || concat_ws(', ', {values}) || ')', ', '), count(*)"
                f" FROM {table} WHERE id BETWEEN %s AND %s",
                [start, start + 499],
            )
            tuples, count = cursor.fetchone()
        if count:
            yield f"INSERT INTO floor_{table} ({columns}) VALUES {tuples}".replace("%", "%%"), count


def analyze() -> None:
    from django.db import connection as database

    with database.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def page(rounds: int) -> None:
    """A page of 100 locations over HTTP, against fetching, counting and encoding the same in one process."""
    import orjson
    from django.db import connection as database

    emsp = portal.partner("Reader", "NL*EMP", "EMSP")
    statement, parameters = _count_statement(emsp.connection)

    def floor(number: int) -> None:
        with database.cursor() as cursor:
            cursor.execute(statement, parameters)
            cursor.fetchone()
            cursor.execute(
                "SELECT * FROM locations_location WHERE id = ANY(ARRAY("
                "SELECT id FROM locations_location ORDER BY id LIMIT 100)) ORDER BY id"
            )
            rows = cursor.fetchall()
            cursor.execute(
                "SELECT * FROM locations_evse WHERE location_id = ANY(%s)",
                [[row[0] for row in rows]],
            )
            orjson.dumps([rows, cursor.fetchall()], default=str)

    with portal.web_server() as web:
        path = f"{PAGE}?limit=100"
        ours, theirs = portal.paired(
            lambda _: portal.call(web, "GET", path, emsp.authorization), floor, rounds
        )
    portal.report("page of 100 locations", ours, theirs, 3, "psycopg and orjson")


def _count_statement(connection: Any) -> tuple[str, dict[str, Any]]:
    from locations.visibility import VISIBILITY
    from parties.sight import sight

    seen = sight(VISIBILITY, connection, "2.2.1")
    return f"SELECT count(*) FROM locations_location o WHERE {seen.sql}", seen.parameters


def selection(rounds: int) -> None:
    """A page for a partner whose agreement selects 10,000 locations, against one for a partner without any."""
    from locations.models import Location
    from parties.choices import Sharing
    from parties.services import agreements

    usual = portal.partner("Sees all", "NL*ALL", "EMSP")
    limited = portal.partner("Sees some", "NL*SOM", "EMSP")
    keys = Location.objects.order_by("id").values_list("location_key", flat=True)
    chosen = agreements.Share(Sharing.SELECTED, (), tuple(keys[::7][:10_000]))
    ours, theirs = Location.objects.order_by("id")[0].owner, limited.connection.parties.get()
    agreements.save(ours, theirs, agreements.Terms(shares={"locations": chosen}))
    path = f"{PAGE}?limit=100"
    with portal.web_server() as web:
        some, everything = portal.paired(
            _getter(web, path, limited.authorization),
            _getter(web, path, usual.authorization),
            rounds,
        )
    portal.report("page by a selection of 10,000", some, everything, 1.5, "without an agreement")


def crawl(rounds: int) -> None:
    """The last page, by following Link and by a hand-built offset, against the first page."""
    emsp = portal.partner("Crawler", "NL*EMP", "EMSP")
    with portal.web_server() as web:
        last, total, pages = _follow(web, emsp.authorization)
        first = f"{PAGE}?limit=100"
        by_hand = f"{PAGE}?limit=100&offset={(total - 1) // 100 * 100}"
        print(f"crawl: {total} locations on {pages} pages")
        for title, path, goal in (
            ("last page by Link", last, 2),
            ("last page by offset", by_hand, 3),
        ):
            ours, theirs = portal.paired(
                _getter(web, path, emsp.authorization),
                _getter(web, first, emsp.authorization),
                rounds,
            )
            portal.report(title, ours, theirs, goal, "first page")


def _getter(
    web: http.client.HTTPConnection, path: str, authorization: str
) -> Callable[[int], object]:
    return lambda _: portal.call(web, "GET", path, authorization)


def _follow(web: http.client.HTTPConnection, authorization: str) -> tuple[str, int, int]:
    path, pages, seen, total = f"{PAGE}?limit=100", 0, 0, 0
    while True:
        answer, headers = portal.call(web, "GET", path, authorization)
        pages, total = pages + 1, int(headers["x-total-count"])
        seen += answer.count(b'"time_zone":')
        if "link" not in headers:
            assert seen == total, (seen, total)
            return path, total, pages
        path = "/ocpi/" + headers["link"].split(">")[0].split("/ocpi/")[1]
