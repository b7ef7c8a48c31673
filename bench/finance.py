"""A finance team's month: a million CDRs checked, ten million looked through, every statement closed.

``python -m bench finance`` fills a month (``--cdrs``), lets workers check it, closes it for all partners and compares
the totals with a scan of everything, then adds older months (``--months``) and asks for the review list, its filters
and its search over HTTP as staff do.
"""

from __future__ import annotations

import argparse
import http.client
import multiprocessing
import statistics
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from bench import month, portal

WORKERS = 2
STAGES = ("fill", "check", "close", "extend", "look")
CLOSING_GOAL = 20
LIST_GOAL_MS = 300


def run(options: argparse.Namespace) -> None:
    """Measure and print; the portal's database is prepared and empty, or has the stages before those asked for."""
    stages: dict[str, Callable[[], None]] = {
        "fill": lambda: month.fill(options.cdrs),
        "check": check,
        "close": close,
        "extend": lambda: month.extend(options.months),
        "look": lambda: look(options.rounds),
    }
    for name in options.stages or STAGES:
        stages[name]()


def check() -> None:
    """Workers side by side check everything that waits; how far they are is printed as it goes on."""
    from review.models import CDRReview

    count = CDRReview.objects.filter(state="waiting").count()
    start = time.perf_counter()
    workers = [multiprocessing.get_context("spawn").Process(target=_drain) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    while any(worker.is_alive() for worker in workers):
        for worker in workers:
            worker.join(10)
        left = CDRReview.objects.filter(state="waiting").count()
        print(f"checks: {count - left:,} of {count:,} after {time.perf_counter() - start:.0f} s")
    seconds = time.perf_counter() - start
    assert all(worker.exitcode == 0 for worker in workers)
    assert not CDRReview.objects.filter(state="waiting").exists()
    flagged = CDRReview.objects.filter(state="flagged").count()
    print(
        f"checks: {count:,} CDRs by {WORKERS} workers in {seconds:.0f} s, {count / seconds:.0f} a second;"
        f" {flagged:,} to review"
    )


def _drain() -> None:
    import django

    django.setup()
    from review import checking

    checking.drain()


def close() -> None:
    """Close the month of every partner, against a full scan: every entry read again beside its CDR."""
    from settlement import services, verification
    from settlement.models import Statement

    statements = list(Statement.objects.filter(month=month.MONTH).order_by("pk"))
    start = time.perf_counter()
    services.close_many(statements, actor="bench", knowingly=True)
    closing = time.perf_counter() - start
    start = time.perf_counter()
    for statement in statements:
        found = verification.verify(statement)
        assert found.is_equal, (statement.pk, found.differences)
    scanning = time.perf_counter() - start
    start = time.perf_counter()
    summed = _sums()
    summing = time.perf_counter() - start
    closed = {}
    for statement in Statement.objects.filter(month=month.MONTH):
        frozen: dict[str, Any] = statement.frozen or {}
        key = (statement.ours_id, statement.partner_id, statement.direction, statement.currency)
        closed[key] = (
            int(frozen["cdrs"]),
            sum(Decimal(rate["exact_before_tax"]) for rate in frozen["rates"]),
            sum(Decimal(rate["exact_tax"]) for rate in frozen["rates"]),
        )
    assert closed == summed, "the totals differ"
    print(
        f"closing {len(statements)} statements: {closing:.2f} s; a full scan of their entries and CDRs,"
        f" per rate of tax: {scanning:.2f} s; ratio 1/{scanning / closing:.0f}"
        f" (goal: at most 1/{CLOSING_GOAL}), the same to the last digit"
    )
    print(f"closing: bare sums of the CDRs' totals, without rates: {summing:.2f} s, the same")


def _sums() -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """What the month comes to, in one statement over the CDRs themselves."""
    from django.db import connection as database

    with database.cursor() as cursor:
        cursor.execute(
            """
            SELECT r.ours_id, r.partner_id, r.direction, o.currency, count(*), sum(o.total_cost),
                sum(coalesce(o.total_cost_after_tax, o.total_cost) - o.total_cost)
            FROM cdrs_cdr o JOIN review_cdrreview r ON r.cdr_id = o.id
            WHERE r.state IN ('clean', 'accepted') AND r.direction IN ('receivable', 'payable')
                AND o.end_date_time >= %s AND o.end_date_time < %s
            GROUP BY 1, 2, 3, 4
            """,
            ["2026-09-01T00:00:00Z", "2026-10-01T00:00:00Z"],
        )
        return {row[:4]: tuple(row[4:]) for row in cursor.fetchall()}


def look(rounds: int) -> None:
    """The review list as staff ask for it, over HTTP, each question with other values every time."""
    cookie = _login()
    questions = _questions()
    with portal.web_server(workers=1, threads=4) as web:
        for title, path in questions:
            times = []
            for number in range(-2, max(rounds // 2, 20)):
                start = time.perf_counter()
                size = _get(web, path(number + 2), cookie)
                if number >= 0:
                    times.append((time.perf_counter() - start) * 1000)
            p95 = statistics.quantiles(times, n=20)[-1]
            verdict = "" if p95 < LIST_GOAL_MS else "  <-- too slow"
            print(
                f"review list, {title}: {statistics.median(times):.0f} ms, p95 {p95:.0f} ms"
                f" (goal: under {LIST_GOAL_MS}), {size // 1024} kB{verdict}"
            )


def _questions() -> list[tuple[str, Callable[[int], str]]]:
    from cdrs.models import CDR
    from parties.models import Party
    from review.models import CDRReview

    partners = list(Party.objects.filter(is_ours=False).order_by("pk").values_list("pk", flat=True))
    some = CDR.objects.order_by("id").values_list("cdr_id", "session_key", "contract_id")[:5000:97]
    named = list(some)
    reasons = sorted({code for row in _flagged(CDRReview) for code in row})
    base = "/admin/review/cdrreview/"

    def of(values: list[Any], number: int) -> Any:
        return values[number % len(values)]

    return [
        ("to review", lambda n: f"{base}?p={n % 5 + 1}"),
        ("everything", lambda n: f"{base}?state=all&p={n % 5 + 1}"),
        ("of a partner", lambda n: f"{base}?partner__id__exact={of(partners, n)}"),
        (
            "of a partner, everything",
            lambda n: f"{base}?state=all&partner__id__exact={of(partners, n)}",
        ),
        ("by reason", lambda n: f"{base}?reason={of(reasons, n)}"),
        (
            "by reason and partner",
            lambda n: f"{base}?reason={of(reasons, n)}&partner__id__exact={of(partners, n)}",
        ),
        ("accepted", lambda _: f"{base}?state=accepted"),
        ("search by CDR ID", lambda n: f"{base}?state=all&q={of(named, n)[0]}"),
        ("search by session", lambda n: f"{base}?state=all&q={of(named, n)[1]}"),
        ("search by contract", lambda n: f"{base}?state=all&q={of(named, n)[2]}"),
        ("search for nothing there", lambda n: f"{base}?state=all&q=NOTHERE{n}"),
        ("finance overview", lambda _: "/admin/finance/"),
    ]


def _flagged(model: Any) -> Any:
    return model.objects.filter(state="flagged").values_list("reasons", flat=True)[:2000]


def _login() -> str:
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.test import Client

    user = get_user_model().objects.create_superuser("bench", password=None)
    client = Client()
    client.force_login(user)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def _get(web: http.client.HTTPConnection, path: str, cookie: str) -> int:
    web.request("GET", path, headers={"Cookie": cookie, "Host": "localhost"})
    response = web.getresponse()
    body = response.read()
    assert response.status == 200, (path, response.status, response.getheader("Location"))
    return len(body)
