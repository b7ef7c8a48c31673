"""The exchange log: what is kept of an exchange, and that no one can log in with it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from exchange import log
from exchange.choices import Direction, Outcome
from exchange.models import Exchange, ExchangeBody
from parties.models import Connection
from tests import builders
from tests.exchange.conftest import Reply, System

pytestmark = pytest.mark.django_db
SECRET = "Zq7-super-secret-token"


def record(**fields: Any) -> log.Record:
    values: dict[str, Any] = {
        "at": datetime(2026, 5, 1, 12, tzinfo=UTC),
        "direction": Direction.OUT,
        "connection": None,
        "method": "PUT",
        "url": "https://partner.example/x",
        "outcome": Outcome.OK,
        "request_id": "r-1",
    }
    return log.Record(**{**values, **fields})


def stored(**fields: Any) -> ExchangeBody:
    return ExchangeBody.objects.get(exchange_id=log.write(record(**fields)).pk)


@pytest.mark.parametrize("name", ["Authorization", "authorization", "Cookie", "Set-Cookie"])
def test_headers_that_let_someone_in_are_not_kept(name: str) -> None:
    body = stored(request_headers={name: SECRET, "X": "y"}, response_headers={name: SECRET})

    assert body.request_headers == {name: "(not kept)", "X": "y"}
    assert body.response_headers == {name: "(not kept)"}


@pytest.mark.parametrize(
    "text",
    [
        '{"token": "%s"}',
        '{"data": {"url": "x", "token":"%s", "roles": []}}',
        '{"token"  :\n "%s"}',
        '{"TOKEN": "%s"}',
        '{"token": "a\\"%s"}',
        '{"token": "%s',
        '[{"token": "%s"}, {"token": "%s"}]',
    ],
)
@pytest.mark.parametrize("module", ["credentials", "locations"])
def test_a_token_in_a_body_is_masked(text: str, module: str) -> None:
    raw = text.replace("%s", SECRET).encode()
    body = stored(module=module, request_body=raw, response_body=raw)

    for kept in (body.request_body, body.response_body):
        assert SECRET[4:].encode() not in log.read_body(kept)
        assert b"token" in log.read_body(kept).lower()


def test_a_masked_body_still_is_json() -> None:
    raw = json.dumps({"token": f'{SECRET}"\\', "n": 1}).encode()
    masked = json.loads(log.read_body(stored(module="credentials", request_body=raw).request_body))

    assert masked == {"token": "Zq7-…", "n": 1}


def test_a_request_of_ours_leaves_no_token_anywhere(
    theirs: Connection, system: System, settings: Any
) -> None:
    from exchange import egress

    system.replies(Reply({"token": SECRET}))
    with egress.client(theirs, token=SECRET) as client:
        client.request("GET", f"{system.url}/credentials", module="credentials")
    body = ExchangeBody.objects.get()
    exchange = Exchange.objects.get()

    kept = [str(v) for v in vars(exchange).values()] + [
        json.dumps([body.request_headers, body.response_headers]),
        log.read_body(body.request_body).decode(),
        log.read_body(body.response_body).decode(),
    ]
    assert system.requests[0].headers["authorization"].startswith("Token ")
    assert not [text for text in kept if SECRET[4:] in text]
    assert not [text for text in kept if system.requests[0].headers["authorization"][6:] in text]


def test_large_bodies_are_cut_and_say_so() -> None:
    body = stored(response_body=b"x" * (log.BODY_LIMIT + 1))

    assert body.truncated
    assert len(log.read_body(body.response_body)) == log.BODY_LIMIT
    assert len(bytes(body.response_body)) < 10_000


@pytest.mark.parametrize(
    ("percent", "module", "outcome", "kept"),
    [
        (0, "locations", Outcome.OK, False),
        (0, "locations", Outcome.REFUSED, True),
        (0, "locations", Outcome.UNKNOWN, True),
        (0, "credentials", Outcome.OK, True),
        (0, "cdrs", Outcome.OK, True),
        (100, "locations", Outcome.OK, True),
    ],
)
def test_bodies_are_kept_of_what_matters(
    percent: int, module: str, outcome: Outcome, kept: bool
) -> None:
    connection = builders.connection()
    connection.body_sample_percent = percent
    row = log.write(record(connection=connection, module=module, outcome=outcome))

    assert row.has_bodies is kept
    assert ExchangeBody.objects.filter(exchange_id=row.pk).exists() is kept


def test_of_the_rest_a_sample_is_kept() -> None:
    connection = builders.connection()
    connection.body_sample_percent = 10
    kept = [
        log.keeps_bodies(record(connection=connection, module="locations", request_id=f"r{n}"))
        for n in range(2000)
    ]

    assert 120 < sum(kept) < 280


def test_seven_hundred_pages_of_a_megabyte_leave_little_behind() -> None:
    connection = builders.connection()
    page = json.dumps([builders.location(f"L{n}") for n in range(1700)]).encode()
    assert len(page) > 1_000_000
    for number in range(70):
        log.write(
            record(
                connection=connection,
                module="locations",
                request_id=f"page-{number}",
                response_body=page,
            )
        )
    size = sum(len(bytes(body.response_body)) for body in ExchangeBody.objects.all())

    assert Exchange.objects.count() == 70
    assert size < 1_000_000


def test_nothing_a_partner_writes_breaks_the_row() -> None:
    odd = "a\x00b\x1b[2J\ud800"
    row = log.write(
        record(
            url=f"https://x/{odd}" + "y" * 5000,
            message=odd,
            request_id=odd * 100,
            object_reference=odd * 100,
            method="PROPPATCH",
            request_headers={odd: odd},
            request_body=b"\x00\xff",
        )
    )
    row.refresh_from_db()

    assert "\x00" not in row.url + row.message + row.request_id
    assert len(row.url) == 2000
    assert log.read_body(row.body.request_body) == b"\x00\xff"
