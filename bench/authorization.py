"""Real-time authorization: one million tokens, twenty questions a second, alone and under status updates.

The questions are sent by the clock, whether or not earlier ones were answered, and each is measured from the moment
it was due: a slow answer cannot hide the ones behind it. Questions and updates come from processes of their own.
"""

from __future__ import annotations

import argparse
import http.client
import multiprocessing
import queue
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bench import portal

RATE, UPDATES = 20, 100
GOAL = 4
WORKERS, LISTENERS = 2, 3
THREADS = 16
EVSES = 400
WARM_UP = 3.0
UPDATED_FROM = datetime(2026, 11, 1, tzinfo=UTC)

_FILL = """
    INSERT INTO tokens_token (
        owner_id, uid, uid_key, type, token_key, contract_id, contract_key, visual_number, issuer,
        group_id, group_key, valid, whitelist, document, last_updated, differs_in, refused_in, version)
    SELECT o.id, uid, uid, 'RFID', 'RFID:' || uid, contract, contract, '', 'The issuer', '', '',
        valid, whitelist, json_build_object(
            'country_code', o.country_code, 'party_id', o.party_id, 'uid', uid, 'type', 'RFID',
            'contract_id', contract, 'issuer', 'The issuer', 'valid', valid, 'whitelist', whitelist),
        '2026-10-01T00:00:00Z', '{2.1.1}', '{}', 1
    FROM (
        SELECT n, lpad(upper(to_hex(n)), 14, '0') AS uid,
            'NL-' || CASE WHEN n %% 2 = 0 THEN 'OWN' ELSE 'THE' END || '-C' || lpad(n::text, 8, '0') AS contract,
            n %% 10 <> 1 AND n %% 10 <> 2 AS valid,
            CASE WHEN n %% 3 = 0 THEN 'ALWAYS' ELSE 'ALLOWED' END AS whitelist
        FROM generate_series(1, %(count)s) AS n
    ) AS made
    JOIN parties_party o ON o.role = 'EMSP' AND o.country_code = 'NL'
        AND o.party_id = CASE WHEN n %% 2 = 0 THEN 'OWN' ELSE 'THE' END
    ORDER BY n
"""


@dataclass
class Load:
    """Requests that are due at a constant rate: paths in turns, each with its body, as (method, path, body)."""

    port: int
    rate: int
    seconds: float
    requests: list[tuple[str, str, bytes, str]]
    accepted: frozenset[int]


def run(options: argparse.Namespace) -> None:
    """Measure and print; the portal's database is prepared, with locations loaded."""
    partner, office = _partners()
    _fill(options.tokens)
    _listeners()
    # An unknown card is HTTP 404, which the web server would print each time.
    with portal.web_server(workers=WORKERS, threads=16, quiet=True) as web:
        questions = Load(
            web.port,
            RATE,
            options.seconds,
            _questions(partner, office, options.tokens),
            frozenset({200, 404}),
        )
        updates = Load(
            web.port, UPDATES, options.seconds + 2 * WARM_UP, _updates(office), frozenset({200})
        )
        _measured(Load(web.port, RATE, WARM_UP, questions.requests, questions.accepted))
        idle = _measured(questions)
        sender = multiprocessing.get_context("spawn").Process(
            target=_measured_apart, args=(updates,)
        )
        sender.start()
        time.sleep(WARM_UP)
        loaded = _measured(questions)
        sender.join()
    _report(idle, loaded)
    _check()


def _partners() -> tuple[portal.Partner, portal.Partner]:
    """A partner's CPO that asks about our cards, and our back office that asks about everybody's."""
    from ocpi.ids import PartyId
    from parties import services

    services.ensure_party(PartyId("NL", "OWN"), "EMSP", is_ours=True)
    services.ensure_party(PartyId("NL", "THE"), "EMSP")
    return (
        portal.partner("Their CPO", "DE*CPO", "CPO"),
        portal.partner("Our CPO", "NL*BEN", "CPO", kind="back_office"),
    )


def _fill(count: int) -> None:
    """``count`` tokens, half ours, half a partner's, one in five not valid; kept if they are there."""
    from django.db import connection as database

    from tokens.models import Token

    if Token.objects.count() >= count:
        return
    start = time.perf_counter()
    with database.cursor() as cursor:
        cursor.execute("TRUNCATE tokens_token")
        cursor.execute(_FILL, {"count": count})
        cursor.execute("VACUUM ANALYZE tokens_token")
        # Or it would be written to disk while we measure.
        cursor.execute("CHECKPOINT")
    print(f"authorization: {count} tokens in {time.perf_counter() - start:.0f} s")


def _listeners() -> None:
    """Partners that are to be told of each update."""
    for number in range(LISTENERS):
        portal.partner(f"Hears {number}", f"FR*H{number:02}", "EMSP", pushes=True)


def _questions(
    partner: portal.Partner, office: portal.Partner, count: int
) -> list[tuple[str, str, bytes, str]]:
    """Whitelisted, blocked and unknown cards in turns, from both sides; none of them needs asking."""
    place = b'{"location_id":"PRIVATE","evse_uids":["1"]}'
    made = []
    for number in range(3000):
        # Far apart, so that the questions do not live from pages that are in memory already.
        card = 1 + number * 7919 * 2 % count
        asker = (partner, office)[number % 2]
        ours = asker is partner
        card += card % 2 if ours else 1 - card % 2
        uid = f"{card:014X}" if number % 6 else f"STRANGER{number}"
        made.append(
            (
                "POST",
                f"/ocpi/2.2.1/sender/tokens/{uid}/authorize?type=RFID",
                place if number % 3 else b"",
                asker.authorization,
            )
        )
    return made


def _updates(office: portal.Partner) -> list[tuple[str, str, bytes, str]]:
    """A PATCH of the status of one EVSE after the other; each changes something."""
    from locations.models import EVSE

    rows = EVSE.objects.order_by("location_id").values_list("location__location_id", "uid")[:EVSES]
    base = "/ocpi/2.2.1/receiver/locations/NL/BEN"
    made = []
    for turn in range(40):
        status = "CHARGING" if turn % 2 else "BLOCKED"
        for number, (location, uid) in enumerate(rows):
            at = UPDATED_FROM + timedelta(seconds=turn * EVSES + number)
            body = f'{{"status":"{status}","last_updated":"{at:%Y-%m-%dT%H:%M:%SZ}"}}'
            made.append(("PATCH", f"{base}/{location}/{uid}", body.encode(), office.authorization))
    return made


def _measured_apart(load: Load) -> None:
    taken = _measured(load)
    print(
        f"status updates: {len(taken)} at {load.rate} a second, p50 {_percentile(taken, 50):.1f} ms, "
        f"p99 {_percentile(taken, 99):.1f} ms"
    )


def _measured(load: Load) -> list[float]:
    """Milliseconds from when each request was due to its answer."""
    due: queue.Queue[tuple[float, int] | None] = queue.Queue()
    taken: list[float] = []
    failed: list[str] = []
    workers = [
        threading.Thread(target=_send, args=(load, due, taken, failed)) for _ in range(THREADS)
    ]
    for worker in workers:
        worker.start()
    begin = time.perf_counter() + 0.1
    for number in range(int(load.rate * load.seconds)):
        at = begin + number / load.rate
        time.sleep(max(at - time.perf_counter(), 0))
        due.put((at, number))
    for _ in workers:
        due.put(None)
    for worker in workers:
        worker.join()
    assert not failed, failed[:3]
    return taken


def _send(
    load: Load, due: queue.Queue[tuple[float, int] | None], taken: list[float], failed: list[str]
) -> None:
    line = http.client.HTTPConnection("127.0.0.1", load.port, timeout=60)
    while (item := due.get()) is not None:
        at, number = item
        method, path, body, authorization = load.requests[number % len(load.requests)]
        headers = {"Authorization": authorization, "Content-Type": "application/json"}
        try:
            line.request(method, path, body, headers)
            response = line.getresponse()
            answer = response.read()
        except OSError as error:
            failed.append(str(error))
            line.close()
            continue
        taken.append((time.perf_counter() - at) * 1000)
        if response.status not in load.accepted:
            failed.append(f"{response.status} {path} {answer[:300]!r}")
    line.close()


def _percentile(taken: list[float], percent: int) -> float:
    ordered = sorted(taken)
    return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)]


def _report(idle: list[float], loaded: list[float]) -> None:
    for name, taken in (("idle", idle), ("loaded", loaded)):
        print(
            f"authorization, {name}: {len(taken)} questions at {RATE} a second, "
            f"p50 {_percentile(taken, 50):.1f} ms, p99 {_percentile(taken, 99):.1f} ms, "
            f"most {max(taken):.1f} ms"
        )
    for percent in (50, 99):
        ratio = _percentile(loaded, percent) / _percentile(idle, percent)
        print(f"authorization, p{percent}: ratio loaded to idle {ratio:.2f} (goal: at most {GOAL})")


def _check() -> None:
    """What was answered, and that nobody was asked for it."""
    from django.db.models import Count

    from exchange.models import Exchange
    from tokens.models import Authorization

    rows: Any = Authorization.objects.values_list("how", "allowed").annotate(number=Count("id"))
    print(
        "authorization: "
        + ", ".join(
            f"{how} {allowed or '-'} {n}" for how, allowed, n in rows.order_by("how", "allowed")
        )
    )
    outbound = Exchange.objects.filter(direction="out").count()
    print(f"authorization: {outbound} requests to partners (must be 0)")
    assert outbound == 0
