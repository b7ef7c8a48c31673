"""Databases for a run of the tests on the machine's own PostgreSQL.

python -m tests.services database create    prints its DATABASE_URL
python -m tests.services database drop URL
"""

import secrets
import sys
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

SERVER = "127.0.0.1"
USERS = ("root", "postgres")


def administration(user: str) -> psycopg.Connection:
    """A session on the server's maintenance database."""
    return psycopg.connect(
        host=SERVER, user=user, dbname="postgres", autocommit=True, connect_timeout=5
    )


def create() -> str:
    """Make an empty database as the first user the server lets in; its address."""
    name = f"roaming_{secrets.token_hex(4)}"
    for user in USERS:
        try:
            with administration(user) as session:
                session.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        except psycopg.OperationalError as error:
            refusal = error
        else:
            return f"postgres://{user}@{SERVER}:5432/{name}"
    raise SystemExit(f"tests.services: {refusal}")


def drop(url: str) -> None:
    """Remove a database made by `create`."""
    parts = urlsplit(url)
    with administration(parts.username or USERS[0]) as session:
        name = sql.Identifier(parts.path.lstrip("/"))
        session.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["database", "create"]:
            print(create())  # noqa: T201
        case ["database", "drop", url]:
            drop(url)
        case _:
            raise SystemExit(__doc__)
