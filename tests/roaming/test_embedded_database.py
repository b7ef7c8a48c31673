"""The embedded PostgreSQL: shared, stopped by the last, recovered after every kind of end."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from roaming.embedded import DatabaseUnavailableError, ensure_database
from roaming.embedded.database import is_running, revive
from roaming.embedded.locks import locked
from roaming.embedded.places import Account, Places
from roaming.environment import CHECKOUT, MisconfiguredError
from tests.portals.processes import forget

USER_OF_DATABASE = """
import sys
from pathlib import Path
from roaming.embedded import ensure_database
from roaming.embedded.places import Places
with ensure_database(Places.of(Path(sys.argv[1])), durable=False):
    print("ready", flush=True)
    sys.stdin.read()
"""


def ask(places: Places, question: str) -> object:
    """The first value of the answer."""
    settings = places.django()
    with psycopg.connect(
        host=settings["HOST"], user=settings["USER"], dbname=settings["NAME"], autocommit=True
    ) as session:
        cursor = session.execute(question.encode())
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def server_pid(places: Places) -> int:
    """The postmaster's process id."""
    return int((places.data / "postmaster.pid").read_text().splitlines()[0])


def test_the_last_one_out_stops_it_and_the_data_stays(places: Places) -> None:
    with ensure_database(places, durable=False):
        with ensure_database(places, durable=False):
            ask(places, "CREATE TABLE kept AS SELECT 42 AS answer")
        assert is_running(places)
        assert ask(places, "SELECT answer FROM kept") == 42
    assert not is_running(places)
    assert not (places.data / "postmaster.pid").exists()
    with ensure_database(places):
        assert ask(places, "SELECT answer FROM kept") == 42


def test_it_listens_on_its_socket_only(places: Places) -> None:
    with ensure_database(places, durable=False):
        assert ask(places, "SHOW listen_addresses") == ""
        assert places.socket.stat().st_mode & 0o777 == 0o700
        assert places.data.stat().st_mode & 0o777 == 0o700


def test_it_ends_when_its_only_user_is_killed(places: Places, var_dir: Path) -> None:
    with start_user(var_dir) as user:
        pid = server_pid(places)
        user.kill()
    # The guardian holds this lock for as long as its server lives.
    with locked(places.home / "guardian.lock"), pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_two_processes_may_start_it_at_the_same_time(places: Places, var_dir: Path) -> None:
    with start_user(var_dir, wait=False) as one, start_user(var_dir, wait=False) as other:
        for user in (one, other):
            assert user.stdout is not None
            assert user.stdout.readline() == "ready\n"
        one.communicate("", timeout=60)
        assert ask(places, "SELECT 1") == 1
        other.communicate("", timeout=60)
    assert not is_running(places)


def start_user(var_dir: Path, *, wait: bool = True) -> "subprocess.Popen[str]":
    """A process that uses the database until its standard input ends."""
    user = subprocess.Popen(
        [sys.executable, "-c", USER_OF_DATABASE, str(var_dir)],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    if wait and user.stdout is not None:
        assert user.stdout.readline() == "ready\n"
    return user


def test_a_server_that_dies_is_started_again(places: Places) -> None:
    said: list[str] = []
    with ensure_database(places):
        ask(places, "CREATE TABLE kept AS SELECT 42 AS answer")
        os.kill(server_pid(places), signal.SIGKILL)
        with locked(places.home / "guardian.lock"):
            pass
        revive(places, said.append)
        assert ask(places, "SELECT answer FROM kept") == 42
    assert "PostgreSQL ended; starting it again" in said[0]


def test_a_pid_file_left_behind_that_names_somebody_else_is_ignored(places: Places) -> None:
    with ensure_database(places, durable=False):
        left = (places.data / "postmaster.pid").read_text().splitlines()
    left[0] = str(os.getpid())
    (places.data / "postmaster.pid").write_text("\n".join(left) + "\n")
    with ensure_database(places):
        assert ask(places, "SELECT 1") == 1


def test_a_path_too_long_for_a_socket(var_dir: Path) -> None:
    deep = var_dir / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    places = Places.of(deep)
    assert not places.socket.is_relative_to(var_dir)
    with ensure_database(places, durable=False):
        assert ask(places, "SELECT 1") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs it as somebody else")
def test_a_closed_folder_stays_closed_and_the_database_lies_where_nobody_can_reach_it(
    tmp_path: Path,
) -> None:
    tmp_path.chmod(0o700)
    places = Places.of(tmp_path)
    try:
        assert not places.home.is_relative_to(tmp_path)
        assert Places.of(tmp_path) == places
        with ensure_database(places, durable=False):
            assert ask(places, "SELECT 1") == 1
        assert tmp_path.stat().st_mode & 0o777 == 0o700
    finally:
        forget(tmp_path)


def test_a_socket_folder_prepared_by_somebody_else_is_refused(places: Places) -> None:
    places.socket.mkdir()
    places.socket.chmod(0o777)
    with (
        pytest.raises(MisconfiguredError, match="belongs to somebody else"),
        ensure_database(places),
    ):
        pass


def test_data_of_another_version_is_not_touched(places: Places) -> None:
    places.make_private(places.data)
    (places.data / "PG_VERSION").write_text("16\n")
    with (
        pytest.raises(DatabaseUnavailableError, match=r"PostgreSQL 16, .* run `make upgrade`"),
        ensure_database(places),
    ):
        pass
    assert not is_running(places)


def test_a_server_that_cannot_start_names_its_log(places: Places) -> None:
    with ensure_database(places, durable=False):
        pass
    with (places.data / "postgresql.conf").open("a") as file:
        file.write("no_such_setting = on\n")
    with (
        pytest.raises(DatabaseUnavailableError, match=f"does not start; see {places.log}"),
        ensure_database(places),
    ):
        pass
    assert "no_such_setting" in places.log.read_text()


def test_a_folder_is_reached_only_through_open_ones(tmp_path: Path) -> None:
    stranger = Account(uid=os.geteuid() + 77_777, gid=os.getegid() + 77_777)
    tmp_path.chmod(0o700)
    assert Account(os.geteuid(), os.getegid()).reaches(tmp_path)
    assert not stranger.reaches(tmp_path)
    assert stranger.reaches(Path("/"))
