"""Backup, restore and upgrade of the embedded database.

A backup is one tar file: what the database holds and the keys without which its tokens could not
be read. Whoever has it can act as the portal: it is written for its owner's eyes only.
"""

import io
import json
import os
import shutil
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from psycopg import sql

from roaming.environment import MisconfiguredError

from . import binaries, cluster
from .guardian import end_predecessor
from .locks import locked_or
from .places import DATABASE, Places
from .tools import DatabaseUnavailableError, run_as_client

FORMAT = 1
DUMP = "database.dump"
MANIFEST = "backup.json"
RESTORED, REPLACED = f"{DATABASE}_restored", f"{DATABASE}_replaced"


def backup(places: Places, keys: Path, file: Path) -> None:
    """Write a backup of a running database; the file appears when it is complete.

    Raises MisconfiguredError (FILE) and DatabaseUnavailableError.
    """
    if file.exists():
        raise MisconfiguredError("FILE", f"{file} exists already")
    try:
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=file.parent) as folder:
            dump, draft = Path(folder) / DUMP, Path(folder) / "draft"
            _dump(places, dump)
            _pack(draft, dump, keys)
            draft.rename(file)
    except OSError as error:
        raise MisconfiguredError("FILE", f"cannot write {file} ({error.strerror})") from error


def _dump(places: Places, target: Path) -> None:
    programs = binaries.programs(places)
    with target.open("wb") as file:
        command = ["pg_dump", "--format=custom", "--no-owner"]
        run_as_client(places, programs, command, database=DATABASE, writes=file)


def _pack(target: Path, dump: Path, keys: Path) -> None:
    note = {"format": FORMAT, "postgresql": binaries.MAJOR, "made": datetime.now(UTC).isoformat()}
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as raw, tarfile.open(fileobj=raw, mode="w") as tar:
        content = json.dumps(note).encode()
        member = tarfile.TarInfo(MANIFEST)
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
        for key in sorted(path for path in keys.iterdir() if not path.name.startswith(".")):
            tar.add(key, f"keys/{key.name}")
        tar.add(dump, DUMP)
        raw.flush()
        os.fsync(raw.fileno())


def restore(places: Places, keys: Path, file: Path) -> None:
    """Replace database and keys by a backup's; all or nothing. The database must be running.

    Raises MisconfiguredError (FILE) and DatabaseUnavailableError.
    """
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=keys.parent) as folder:
        unpacked = Path(folder)
        _unpack(file, unpacked)
        _load(places, unpacked / DUMP)
        _swap(places)
        _replace_keys(keys, unpacked / "keys")


def _unpack(file: Path, folder: Path) -> None:
    try:
        with tarfile.open(file) as tar:
            tar.extractall(folder, filter="data")
        note = json.loads((folder / MANIFEST).read_text())
        known = note["format"] == FORMAT and (folder / DUMP).is_file()
    except OSError as error:
        raise MisconfiguredError("FILE", f"cannot read {file} ({error.strerror})") from None
    except (tarfile.TarError, ValueError, KeyError, TypeError):
        known = False
    if not known:
        raise MisconfiguredError("FILE", f"{file} is no complete backup of a portal")
    if note["postgresql"] > binaries.MAJOR:
        reason = f"{file} comes from PostgreSQL {note['postgresql']}, newer than {binaries.MAJOR}"
        raise MisconfiguredError("FILE", reason)


def _load(places: Places, dump: Path) -> None:
    _drop(places, RESTORED)
    cluster.create_database(places, RESTORED)
    programs = binaries.programs(places)
    with dump.open("rb") as file:
        command = ["pg_restore", "--no-owner", "--exit-on-error"]
        run_as_client(places, programs, command, database=RESTORED, reads=file)


def _swap(places: Places) -> None:
    _drop(places, REPLACED)
    with cluster.administration(places) as session, session.transaction():
        for old, new in ((DATABASE, REPLACED), (RESTORED, DATABASE)):
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            session.execute(rename.format(sql.Identifier(old), sql.Identifier(new)))
    _drop(places, REPLACED)


def _drop(places: Places, name: str) -> None:
    with cluster.administration(places) as session:
        session.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def _replace_keys(keys: Path, restored: Path) -> None:
    if not restored.is_dir():  # they came from the environment
        return
    for key in restored.iterdir():
        key.chmod(0o600)
        key.replace(keys / key.name)


def upgrade(places: Places) -> str:
    """Carry the data over to this portal's PostgreSQL; what was done, in one line.

    The old data directory stays beside the new one. Raises DatabaseUnavailableError, in which case
    nothing has changed.
    """
    try:
        old = int((places.data / "PG_VERSION").read_text())
    except OSError:
        return "There is no database yet."
    if old == binaries.MAJOR:
        return f"The database is PostgreSQL {old} already."
    programs = binaries.programs_of(places, old)
    if programs is None or old > binaries.MAJOR:
        raise DatabaseUnavailableError(
            f"the programs of PostgreSQL {old} are not at hand: with the portal's version that "
            "wrote the data, run `make backup`; with this one, `make restore`"
        )
    busy = DatabaseUnavailableError("the database is in use: stop the portal and its commands")
    with locked_or(places.home / "users.lock", busy):
        return _carry_over(places, programs, old)


def _carry_over(places: Places, programs: Path, old: int) -> str:
    end_predecessor(places.data / "postmaster.pid", places.data)
    fresh = places.home / "data.upgraded"
    shutil.rmtree(fresh, ignore_errors=True)
    new_programs = binaries.programs(places)
    with tempfile.TemporaryDirectory(prefix=".upgrade-", dir=places.home) as folder:
        dump = Path(folder) / DUMP
        with cluster.opened(places, programs, places.data):
            _dump(places, dump)
        cluster.create(places, new_programs, fresh)
        with cluster.opened(places, new_programs, fresh):
            _load(places, dump)
            with cluster.administration(places) as session:
                rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
                session.execute(rename.format(sql.Identifier(RESTORED), sql.Identifier(DATABASE)))
    kept = places.home / f"data.{old}"
    places.data.rename(kept)
    fresh.rename(places.data)
    return f"Carried over from PostgreSQL {old} to {binaries.MAJOR}; delete {kept} when content."
