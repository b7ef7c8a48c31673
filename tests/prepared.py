"""A migrated database, made once a run: those of the test processes and of started portals are copies of it.

``python -m tests.prepared`` makes the one that test processes copy. Migrating an empty database takes longer than
most files of tests.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

import django
import psycopg
from django.conf import settings
from django.db import connections
from django.test import override_settings
from psycopg import sql

from roaming import staticfiles
from roaming.embedded import ensure_database
from roaming.embedded.binaries import programs
from roaming.embedded.places import DATABASE, Places
from roaming.embedded.tools import run_as_client
from roaming.environment import CHECKOUT
from tests.portals import processes

WORKER = "PYTEST_XDIST_WORKER"


def name() -> str:
    """The database that test processes copy."""
    return f"{settings.DATABASES['default']['NAME']}_template"


def begin() -> subprocess.Popen[bytes]:
    """Begin to make it, beside the collection of the tests; who asks for it meanwhile waits."""
    with _lock("template") as lock:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.prepared"],
            cwd=CHECKOUT,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
            # It holds the lock until it ends.
            pass_fds=[lock],
        )


def wait() -> None:
    """Return when the database is there."""
    with _lock("template"):
        pass


def forget() -> None:
    """Drop the database."""
    _drop(name())


def fill(var_dir: Path) -> None:
    """Give a VAR_DIR that is empty what a portal that was started and stopped once has: database and static files."""
    original = Path(os.environ["TEST_VAR_DIR"]) / "portal"
    with _lock("portal"):
        if not original.exists():
            original.mkdir(mode=0o711)
            _make_original(original)
    data = Places.of(original).data
    subprocess.run(["cp", "-a", data, Places.of(var_dir).data], check=True)
    # Nobody writes into these: they need not be there twice.
    subprocess.run(["cp", "-al", original / "static", var_dir / "static"], check=True)


def _make_original(var_dir: Path) -> None:
    places = Places.of(var_dir)
    # Nothing outlives the tests, not even what a power cut would leave.
    with ensure_database(places, durable=False):
        if WORKER in os.environ and settings.EMBEDDED:
            wait()
            _carry_over(settings.EMBEDDED, places)
        else:
            done = processes.command(var_dir, "migrate")
            assert done.returncode == 0, done.stdout + done.stderr
    with override_settings(STATIC_ROOT=var_dir / "static"):
        settings.STATIC_ROOT.mkdir(exist_ok=True)
        staticfiles.collect()


def _carry_over(source: Places, target: Places) -> None:
    """The database that test processes copy, to another server."""
    # It cannot be copied while somebody is connected to it, so what is read is a copy.
    copy = f"{name()}_portal"
    with TemporaryFile() as dump:
        _copy(name(), copy)
        command = ["pg_dump", "--format=custom", "--compress=0", "--no-owner"]
        run_as_client(source, programs(source), command, database=copy, writes=dump)
        _drop(copy)
        dump.seek(0)
        command = ["pg_restore", "--no-owner", "--exit-on-error"]
        run_as_client(target, programs(target), command, database=DATABASE, reads=dump)


def _copy(database: str, copy: str) -> None:
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    with _administration() as session:
        session.execute(create.format(sql.Identifier(copy), sql.Identifier(database)))


def _drop(database: str) -> None:
    with _administration() as session:
        session.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(database)))


@contextmanager
def _lock(what: str) -> Iterator[int]:
    with (Path(os.environ["TEST_VAR_DIR"]) / f"{what}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def _administration() -> psycopg.Connection:
    """A session beside the database of the settings."""
    database = settings.DATABASES["default"]
    return psycopg.connect(
        host=database["HOST"],
        port=database.get("PORT") or None,
        user=database["USER"],
        password=database.get("PASSWORD") or None,
        dbname="postgres",
        autocommit=True,
    )


def _make() -> None:
    django.setup()
    from django.core.management import call_command

    forget()
    with _administration() as session:
        session.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name())))
    connections["default"].settings_dict["NAME"] = name()
    call_command("migrate", verbosity=0)


if __name__ == "__main__":
    _make()
