"""Mistakes in the environment: one line that names the variable."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from roaming import environment, secrets
from roaming.environment import CHECKOUT, Instance, MisconfiguredError


@pytest.mark.parametrize(
    "value",
    ["roaming.example.com", "ftp://x.example", "https://", "https://u@x.example", "http://x y/"],
)
def test_a_base_url_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("BASE_URL", value)
    with pytest.raises(MisconfiguredError, match=r"^BASE_URL: .* is no address like"):
        environment.base_url("http://127.0.0.1:8000")


def test_a_base_url_loses_its_trailing_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASE_URL", "https://roaming.example.com/")
    assert environment.base_url("") == "https://roaming.example.com"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("mysql://localhost/x", "only postgres://"),
        ("postgres://localhost", "names no database"),
        ("postgres://localhost:port/x", "cannot be read"),
        ("nonsense", "only postgres://"),
    ],
)
def test_a_bad_database_url_is_named(
    monkeypatch: pytest.MonkeyPatch, value: str, reason: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", value)
    with pytest.raises(MisconfiguredError, match=f"^DATABASE_URL: {reason}"):
        environment.database_url()


def test_a_database_url_may_name_a_sockets_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://staff@/roaming?host=/run/postgresql")
    database = environment.database_url()
    assert database is not None
    assert (database["HOST"], database["USER"], database["NAME"]) == (
        "/run/postgresql",
        "staff",
        "roaming",
    )
    assert "host" not in database["OPTIONS"]


@pytest.mark.parametrize(("value", "expected"), [("on", True), ("0", False), ("", True)])
def test_flags(monkeypatch: pytest.MonkeyPatch, value: str, expected: bool) -> None:
    monkeypatch.setenv("DEMO", value)
    assert environment.flag("DEMO", default=True) is expected


def test_a_flag_that_is_neither_on_nor_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO", "perhaps")
    with pytest.raises(MisconfiguredError, match="DEMO: 'perhaps' is neither on nor off"):
        environment.flag("DEMO", default=True)


def test_keys_are_made_once_and_for_their_owner_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    first = secrets.secret_key(tmp_path / "keys")
    assert secrets.secret_key(tmp_path / "keys") == first
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "keys" / "secret_key").stat().st_mode & 0o777 == 0o600


def test_a_bad_encryption_key_is_named_by_its_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    good = secrets.token_encryption_keys(tmp_path)[0]
    monkeypatch.setenv("TOKEN_ENCRYPTION_KEYS", f"{good},short")
    with pytest.raises(MisconfiguredError, match=r"^TOKEN_ENCRYPTION_KEYS: key 2 is no Fernet key"):
        secrets.token_encryption_keys(tmp_path)


def test_an_emptied_key_file_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "secret_key").touch()
    with pytest.raises(MisconfiguredError, match="is empty; restore it from your backup"):
        secrets.kept(tmp_path, "secret_key", "new")


def test_a_damaged_note_of_the_last_run_is_ignored(tmp_path: Path) -> None:
    Instance(9000, True, "https://x.example").save(tmp_path)
    assert Instance.load(tmp_path).port == 9000
    (tmp_path / "instance.json").write_text("{")
    assert Instance.load(tmp_path) == Instance()


@pytest.mark.parametrize(("command", "allowed"), [("host", "True"), ("start", "False")])
def test_commands_follow_the_portal_and_a_start_begins_anew(
    tmp_path: Path, command: str, allowed: str
) -> None:
    Instance(private_addresses=True).save(tmp_path)
    unset = {"ALLOW_PRIVATE_ADDRESSES", "DEMO", "DATABASE_URL", "CELERY_BROKER_URL"}
    kept = {name: value for name, value in os.environ.items() if name not in unset}
    asked = "from roaming import settings; print(settings.ALLOW_PRIVATE_ADDRESSES)"
    done = subprocess.run(
        [sys.executable, "-c", asked, command],
        cwd=CHECKOUT,
        env={**kept, "VAR_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == allowed


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ({"PORT": "high"}, "manage.py: PORT: 'high' is not a whole number"),
        ({"VAR_DIR": "/dev/null/var"}, "manage.py: VAR_DIR: cannot make /dev/null/var"),
        ({"LOG_LEVEL": "loud"}, "manage.py: LOG_LEVEL: 'LOUD' is none of DEBUG, INFO"),
    ],
)
def test_commands_end_with_one_line(variables: dict[str, str], line: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=CHECKOUT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "roaming.settings"} | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(line)
    assert done.stderr.count("\n") == 1
