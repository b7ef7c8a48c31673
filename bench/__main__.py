"""``python -m bench FIGURE``: see ``--help`` for the figures there are."""

from __future__ import annotations

import argparse
import http.client
import os
import pickle
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from bench import (
    authorization,
    checks,
    feed,
    finance,
    gateway,
    minting,
    portal,
    pricing,
    roundtrip,
    tariffs,
    versions,
)
from ocpi.versions import SUPPORTED

BASELINE = "2.2.1"
PAGE = f"/ocpi/{BASELINE}/sender/locations"
PARTNERS = 10
EVSES = 200
ALONE: dict[str, Callable[[argparse.Namespace], int]] = {
    "roundtrip": roundtrip.run,
    "pricing": pricing.run,
    "tariffs": tariffs.run,
}
"""Figures that need no portal; they answer with how much went wrong."""
UNFED: dict[str, Callable[[argparse.Namespace], None]] = {
    "checks": checks.run,
    "finance": finance.run,
    "minting": minting.run,
}
"""Figures of a portal that fill it themselves."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "figure",
        choices=[
            *("import", "page", "crawl", "selection", "patch", "gateway", "all"),
            "authorization",
            *ALONE,
            *UNFED,
        ],
    )
    parser.add_argument("--feed", help="a file of locations, .json or .json.gz")
    parser.add_argument(
        "--count", type=int, default=20_000, help="made-up locations without a feed"
    )
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument(
        "--tokens", type=int, default=1_000_000, help="of authorization: how many are stored"
    )
    parser.add_argument(
        "--seconds", type=int, default=60, help="of authorization: how long each part is measured"
    )
    parser.add_argument("--cdrs", type=int, default=100_000, help="of checks: how many are checked")
    parser.add_argument(
        "--months", type=int, default=9, help="of finance: how many months lie before the one"
    )
    parser.add_argument(
        "--stages",
        nargs="+",
        choices=finance.STAGES,
        help="of finance: only these, in a database that DATABASE_URL keeps in between",
    )
    parser.add_argument(
        "--workers", type=int, default=2, help="of checks: how many work side by side"
    )
    parser.add_argument(
        "--version",
        choices=["all", *SUPPORTED],
        default="all",
        help="of page and patch: compared with OCPI 2.2.1",
    )
    parser.add_argument(
        "--kind",
        choices=["location", "tariff", "token"],
        default="location",
        help="of a round trip",
    )
    parser.add_argument("--profile", action="store_true", help="of pricing: where the time goes")
    parser.add_argument(
        "--tariffs",
        nargs="+",
        metavar="FILE",
        help="of tariffs: lists of tariffs, .json or .json.gz",
    )
    parser.add_argument(
        "--of",
        choices=SUPPORTED,
        default=BASELINE,
        help="of tariffs: the version they are written in",
    )
    options = parser.parse_args()
    if options.kind != "location" and not options.feed:
        parser.error(f"--kind {options.kind} needs a --feed: only locations are made up")
    if options.figure == "tariffs" and not options.tariffs:
        parser.error("tariffs needs --tariffs FILE")
    if options.figure in ALONE:
        sys.exit(1 if ALONE[options.figure](options) else 0)
    others = [v for v in SUPPORTED if v != BASELINE and options.version in {"all", v}]
    with portal.prepare():
        if options.figure in UNFED:
            UNFED[options.figure](options)
            return
        seconds = load(options)
        if options.figure in {"import", "all"}:
            measure_import(seconds)
        analyze()
        if options.figure == "authorization":
            authorization.run(options)
        for name, measure in (
            ("page", page),
            ("crawl", crawl),
            ("selection", selection),
            ("patch", patch),
        ):
            if options.figure in {name, "all"}:
                measure(options.rounds)
        for name, compare in (("page", versions.page), ("patch", versions.patch)):
            if options.figure in {name, "all"}:
                compare(options.rounds, others)
        if options.figure in {"gateway", "all"}:
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


def patch(rounds: int) -> None:
    """A PATCH of one EVSE's status from our back office, with ten partners to tell."""
    office = portal.partner("Back office", "NL*BEN", "CPO", kind="back_office")
    for number in range(PARTNERS):
        portal.partner(f"Told {number}", f"NL*T{number:02}", "EMSP", pushes=True)
    evses = _some_evses(2 * EVSES)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["BENCH_SCRIPT"] = str(Path(folder) / "script")
        _record(office, evses[EVSES:], Path(os.environ["BENCH_SCRIPT"]))
        with portal.web_server() as web, portal.web_server("bench.bare") as bare:
            ours, theirs = portal.paired(
                lambda n: portal.call(
                    web, "PATCH", evses[n % EVSES], office.authorization, _body(n)
                ),
                lambda n: portal.call(bare, "PATCH", f"/bare/{n % EVSES}", "-", _body(n)),
                rounds,
            )
    _check_deliveries()
    portal.report(
        f"status PATCH, {PARTNERS} partners told", ours, theirs, 2.5, "bare view, same SQL"
    )


def _some_evses(count: int) -> list[str]:
    from locations.models import EVSE

    rows = EVSE.objects.order_by("location_id").values_list("location__location_id", "uid")
    base = "/ocpi/2.2.1/receiver/locations/NL/BEN"
    return [f"{base}/{location}/{uid}" for location, uid in rows[:count]]


def _body(number: int) -> bytes:
    status = "CHARGING" if number // EVSES % 2 else "BLOCKED"
    at = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=number + 100)
    return f'{{"status":"{status}","last_updated":"{at:%Y-%m-%dT%H:%M:%SZ}"}}'.encode()


def _record(office: portal.Partner, paths: list[str], script: Path) -> None:
    """Run each PATCH once in this process and keep its statements for the bare view."""
    from django.db import connection as database
    from django.test import Client

    from bench.bare import STATUS, TIME

    client, recorded = Client(HTTP_HOST="localhost"), []
    for path in paths:
        statements: list[tuple[str, Any]] = []

        def keep(
            run: Any, sql: str, params: Any, many: bool, context: Any, to: Any = statements
        ) -> Any:
            if sql.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE", "WITH")):
                to.append((sql, params))
            return run(sql, params, many, context)

        with database.execute_wrapper(keep):
            answer = client.patch(
                path,
                {"status": STATUS, "last_updated": f"{TIME:%Y-%m-%dT%H:%M:%SZ}"},
                content_type="application/json",
                headers={"Authorization": office.authorization},
            )
        assert answer.status_code == 200, answer.content
        recorded.append(statements)
    script.write_bytes(pickle.dumps(recorded))
    print(f"patch: {len(recorded[0])} statements each")


def _check_deliveries() -> None:
    from exchange.models import Delivery, Exchange

    assert Delivery.objects.pending().count() >= PARTNERS
    assert Exchange.objects.filter(method="PATCH").exclude(outcome="ok").count() == 0


if __name__ == "__main__":
    main()
