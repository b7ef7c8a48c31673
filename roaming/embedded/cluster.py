"""PostgreSQL's data directory: made, and opened for maintenance."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from .places import DATABASE, PORT, USER, Places
from .tools import run_as_server

SETTINGS = """listen_addresses = ''
unix_socket_permissions = 0700
shared_buffers = 64MB
max_connections = 100
timezone = 'UTC'
log_timezone = 'UTC'
max_wal_size = 512MB
"""
# Quick and good for nothing but tests: a power cut would leave a damaged database.
HASTY = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"


def create(places: Places, programs: Path, target: Path, *, durable: bool = True) -> None:
    """Make an empty data directory, whole or not at all. Raises DatabaseUnavailableError."""
    draft = target.with_name(f"{target.name}.draft")
    if draft.exists():
        shutil.rmtree(draft)
    places.make_private(draft)
    initdb = [str(programs / "initdb"), "-D", str(draft), "-U", USER, "--auth=trust"]
    kind = ["--encoding=UTF8", "--locale=C", "--data-checksums"]
    run_as_server(places, [*initdb, *kind, *([] if durable else ["--no-sync"])])
    with (draft / "postgresql.conf").open("a") as file:
        file.write(SETTINGS if durable else SETTINGS + HASTY)
    draft.rename(target)


def create_database(places: Places, name: str = DATABASE) -> None:
    """Make the database if it is missing."""
    with administration(places) as session:
        known = session.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if known is None:
            session.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


@contextmanager
def administration(places: Places) -> Iterator[psycopg.Connection]:
    """A session beside the portal's own database, each statement on its own."""
    with psycopg.connect(
        host=str(places.socket), port=PORT, user=USER, dbname="postgres", autocommit=True
    ) as session:
        yield session


@contextmanager
def opened(places: Places, programs: Path, data: Path) -> Iterator[None]:
    """A server on a data directory for the length of the block, for maintenance."""
    places.make_private(places.socket)
    control = [str(programs / "pg_ctl"), "-D", str(data), "-w", "-t", "60"]
    options = ["-o", f"-k '{places.socket}' -c listen_addresses=''"]
    run_as_server(places, [*control, *options, "start"])
    try:
        yield
    finally:
        run_as_server(places, [*control, "-m", "fast", "stop"])
