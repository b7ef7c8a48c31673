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

import django
import psycopg
from django.conf import settings
from django.db import connections
from psycopg import sql

from roaming.embedded.places import Places
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
    with _administration() as session:
        session.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name())))


def fill(var_dir: Path) -> None:
    """Give a VAR_DIR that is empty the embedded database of a portal that was started and stopped once."""
    original = Path(os.environ["TEST_VAR_DIR"]) / "portal"
    with _lock("portal"):
        if not original.exists():
            original.mkdir(mode=0o711)
            done = processes.command(original, "migrate")
            assert done.returncode == 0, done.stdout + done.stderr
    data = Places.of(original).data
    subprocess.run(["cp", "-a", data, Places.of(var_dir).data], check=True)


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
