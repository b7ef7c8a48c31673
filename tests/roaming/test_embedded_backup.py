"""Backup, restore and upgrade of the embedded database: all or nothing."""

from pathlib import Path

import pytest

from roaming.embedded import DatabaseUnavailableError, binaries, cluster, ensure_database
from roaming.embedded.backup import backup, restore, upgrade
from roaming.embedded.places import Places
from roaming.environment import MisconfiguredError
from tests.roaming.test_embedded_database import ask

OLD = 16


@pytest.fixture
def keys(var_dir: Path) -> Path:
    """The folder of keys, with one key."""
    folder = var_dir / "keys"
    folder.mkdir(mode=0o700)
    (folder / "token_hash_key").write_text("first")
    return folder


def test_a_restored_backup_brings_back_data_and_keys(places: Places, keys: Path) -> None:
    file = keys.parent / "portal.backup"
    with ensure_database(places, durable=False):
        ask(places, "CREATE TABLE kept AS SELECT 42 AS answer")
        backup(places, keys, file)
        ask(places, "UPDATE kept SET answer = 0")
        (keys / "token_hash_key").write_text("second")
        restore(places, keys, file)
        assert ask(places, "SELECT answer FROM kept") == 42
        assert ask(places, "SELECT count(*) FROM pg_database") == 4  # ours, postgres, templates
    assert (keys / "token_hash_key").read_text() == "first"
    assert file.stat().st_mode & 0o777 == 0o600
    assert {path.name for path in keys.parent.iterdir()} == {"keys", "postgresql", "portal.backup"}


def test_a_damaged_backup_changes_nothing(places: Places, keys: Path) -> None:
    file = keys.parent / "portal.backup"
    with ensure_database(places, durable=False):
        ask(places, "CREATE TABLE kept AS SELECT 42 AS answer")
        backup(places, keys, file)
        file.write_bytes(file.read_bytes()[:-9000])
        with pytest.raises((MisconfiguredError, DatabaseUnavailableError)):
            restore(places, keys, file)
        assert ask(places, "SELECT answer FROM kept") == 42


def test_a_file_that_is_no_backup_is_named(places: Places, keys: Path) -> None:
    file = keys.parent / "letter.txt"
    file.write_text("Dear partner")
    with pytest.raises(MisconfiguredError, match=r"^FILE: .*letter.txt is no complete backup"):
        restore(places, keys, file)


def test_a_backup_overwrites_nothing(places: Places, keys: Path) -> None:
    file = keys.parent / "portal.backup"
    file.write_text("the only one")
    with pytest.raises(MisconfiguredError, match=r"^FILE: .* exists already"):
        backup(places, keys, file)
    assert file.read_text() == "the only one"


def test_an_older_postgresql_is_carried_over(places: Places) -> None:
    old = binaries.programs_of(places, OLD)
    assert old is not None
    cluster.create(places, old, places.data, durable=False)
    with cluster.opened(places, old, places.data):
        cluster.create_database(places)
        ask(places, "CREATE TABLE kept AS SELECT 42 AS answer")
    assert upgrade(places).startswith(f"Carried over from PostgreSQL {OLD} to {binaries.MAJOR}")
    with ensure_database(places):
        assert ask(places, "SELECT answer FROM kept") == 42
    assert (places.home / f"data.{OLD}" / "PG_VERSION").read_text().strip() == str(OLD)
    assert upgrade(places) == f"The database is PostgreSQL {binaries.MAJOR} already."


def test_data_in_use_is_not_carried_over(places: Places) -> None:
    with ensure_database(places, durable=False):
        (places.data / "PG_VERSION").write_text(f"{OLD}\n")
        with pytest.raises(DatabaseUnavailableError, match="in use"):
            upgrade(places)


def test_data_of_unknown_programs_is_not_touched(places: Places) -> None:
    places.make_private(places.data)
    (places.data / "PG_VERSION").write_text("12\n")
    with pytest.raises(DatabaseUnavailableError, match="programs of PostgreSQL 12 are not at hand"):
        upgrade(places)
