"""No table holds a token that would let anybody in."""

from __future__ import annotations

import base64
from typing import Any

from django.db import connection as database

from credentials import services
from exchange.log import read_body
from exchange.models import ExchangeBody
from parties import services as parties
from parties.models import Connection, Party
from tests.credentials.support import THEIR_TOKEN, Partner, Portal


def dump() -> str:
    """Every row of every table as text, and the logged bodies unpacked."""
    rows: list[Any] = []
    with database.cursor() as cursor:
        for table in database.introspection.table_names(cursor):
            cursor.execute(f"SELECT t::text FROM {database.ops.quote_name(table)} t")  # noqa: S608
            rows += cursor.fetchall()
    bodies = [
        (read_body(b.request_body), read_body(b.response_body), b.request_headers)
        for b in ExchangeBody.objects.all()
    ]
    assert any(b"roles" in request + response for request, response, _ in bodies)
    return f"{rows}{bodies}"


def spellings(token: str) -> list[str]:
    return [token, base64.b64encode(token.encode()).decode(), token.encode().hex()]


def test_no_token_can_be_read_from_the_database(
    ours: list[Party], portal: Portal, partner: Partner
) -> None:
    path = "2.2.1/credentials"
    token_a = services.invite("Partner").token
    token_c = portal.data("POST", path, token_a, partner.credentials())["token"]
    connection = Connection.objects.get()
    services.run(services.prepare_rotation(connection))
    token_b = next(a.body["token"] for a in partner.asked if a.method == "PUT")
    portal.data("PUT", path, token_b, partner.credentials(token='quo"ted-secret-token'))
    portal.call("POST", path, token_b, {"token": "sent-in-vain-1234"})

    everything = dump()
    for token in (token_a, token_b, token_c, THEIR_TOKEN, "sent-in-vain-1234", "ted-secret-token"):
        for spelling in spellings(token):
            assert spelling not in everything
    connection.refresh_from_db()
    assert parties.outbound_token(connection) == 'quo"ted-secret-token'
