"""The exchange log's pages: what they say, how they are searched and paged, who may see what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from exchange import log
from exchange.admin import search
from exchange.choices import Direction, Outcome
from exchange.models import Exchange
from parties.models import Connection
from roaming import permissions
from tests.staff.conftest import LogIn

LIST = "/admin/exchange/exchange/"
pytestmark = pytest.mark.django_db


def write(connection: Connection | None, **fields: Any) -> Exchange:
    plain: dict[str, Any] = {
        "at": timezone.now(),
        "direction": Direction.OUT,
        "connection": connection,
        "method": "PUT",
        "url": "https://partner.example/receiver/locations/NL/ABC/LOC1",
        "outcome": Outcome.OK,
        "module": "locations",
        "object_reference": "NL*ABC/LOC1",
        "http_status": 200,
        "ocpi_status": 1000,
        "request_id": "request-1",
        "correlation_id": "correlation-1",
        "request_headers": {"Authorization": "Token c2VjcmV0", "X-Request-ID": "request-1"},
        "request_body": b'{"name": "Gent Zuid"}',
        "response_body": b'{"status_code": 1000}',
    }
    return log.write(log.Record(**{**plain, **fields}))


def page(exchange: Exchange) -> str:
    return reverse("admin:exchange_exchange_change", args=[exchange.pk])


def text(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_says_what_happened_and_shows_both_bodies(
    log_in: LogIn, connection: Connection
) -> None:
    exchange = write(
        connection,
        outcome=Outcome.REFUSED,
        ocpi_status=2001,
        message="It answered 2001: no such country.",
    )
    shown = text(log_in(permissions.OPERATIONS), page(exchange))
    assert (
        "We sent location NL*ABC/LOC1 to Example Mobility, and it was refused:"
        " It answered 2001: no such country." in shown
    )
    assert "Gent Zuid" in shown
    assert "2001 invalid or missing values" in shown
    assert "c2VjcmV0" not in shown


def test_a_body_that_was_not_kept_is_explained(log_in: LogIn, connection: Connection) -> None:
    connection.body_sample_percent = 0
    connection.save()
    shown = text(log_in(permissions.OPERATIONS), page(write(connection)))
    assert "were not kept" in shown
    assert "Gent Zuid" not in shown


def test_viewers_see_the_exchange_but_no_bodies(log_in: LogIn, connection: Connection) -> None:
    exchange = write(connection, outcome=Outcome.REFUSED)
    shown = text(log_in(permissions.VIEWERS), page(exchange))
    assert "not what was in it" in shown
    assert "Gent Zuid" not in shown


def test_nobody_without_the_permission_gets_in(log_in: LogIn, connection: Connection) -> None:
    client = log_in("")
    assert client.get(LIST).status_code == 403
    assert client.get(page(write(connection))).status_code == 403


def test_a_stranger_is_named_as_one(log_in: LogIn) -> None:
    exchange = write(None, direction=Direction.IN, method="GET", object_reference="")
    shown = text(log_in(permissions.VIEWERS), page(exchange))
    assert "Someone we do not know asked for the list of locations" in shown


@pytest.mark.parametrize(
    "term",
    [
        "NL*ABC/LOC1",
        "nl*abc/loc1",
        "request-1",
        "correlation-1",
        "https://partner.example/rec",
        "OC1",
    ],
)
def test_search_finds_by_object_ids_and_url(
    log_in: LogIn, connection: Connection, term: str
) -> None:
    wanted = write(connection)
    write(
        connection,
        object_reference="NL*ABC/OTHER",
        request_id="request-2",
        correlation_id="correlation-2",
        url="https://other.example/",
    )
    response = log_in(permissions.VIEWERS).get(LIST, {"q": term})
    assert [row.pk for row in response.context["cl"].result_list] == [wanted.pk]


def test_filters_narrow_the_list(log_in: LogIn, connection: Connection) -> None:
    wanted = write(connection, http_status=404, ocpi_status=2003, outcome=Outcome.REFUSED)
    write(connection)
    client = log_in(permissions.VIEWERS)
    for query in ({"http": "404"}, {"ocpi": "2"}, {"outcome__exact": "refused"}):
        response = client.get(LIST, query)
        assert [row.pk for row in response.context["cl"].result_list] == [wanted.pk]


def test_pages_go_back_without_losing_or_repeating_a_row(connection: Connection) -> None:
    now = timezone.now()
    made = [
        write(connection, at=now - timedelta(hours=7 * number), request_id=str(number)).pk
        for number in range(30)
    ]
    # Logged late: begun three days ago, written last.
    made.append(write(connection, at=now - timedelta(days=3)).pk)
    seen, cursor = [], search.Cursor()
    while True:
        found = search.page(Exchange.objects.all(), cursor, 4)
        seen += [row.pk for row in found.rows]
        if found.following is None:
            break
        cursor = search.Cursor.parse(str(found.following))
    assert sorted(seen) == sorted(made)


def test_a_cursor_that_is_none_is_the_beginning() -> None:
    for broken in ("", "~", "x~y", "1~9999999999999999999999999999"):
        assert search.Cursor.parse(broken) == search.Cursor()
    at = datetime(2026, 5, 1, 12, 0, 0, 123456, tzinfo=UTC)
    for cursor in (search.Cursor(7, at, at), search.Cursor(None, at), search.Cursor(7, None, at)):
        assert search.Cursor.parse(str(cursor)) == cursor


def test_the_list_costs_few_queries_however_long_it_is(
    log_in: LogIn, connection: Connection, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(60):
        write(connection, request_id=str(number))
    client = log_in(permissions.VIEWERS)
    with django_assert_max_num_queries(12) as queries:
        client.get(LIST)
    assert not [q for q in queries.captured_queries if "count(*)" in q["sql"].lower()]
