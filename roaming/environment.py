"""What the environment says, checked: one clear line for every mistake, naming the variable.

Nothing here imports Django's settings; the settings are made from it.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from ocpi.ids import PartyId

CHECKOUT = Path(__file__).resolve().parent.parent
ROOT_DATA = Path("/var/lib/roaming-portal")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

env = environ.Env()


class MisconfiguredError(ImproperlyConfigured):
    """A setting cannot be used. The message is one line that begins with the variable's name."""

    def __init__(self, variable: str, reason: str) -> None:
        super().__init__(f"{variable}: {reason}")
        self.variable = variable


def default_var_dir() -> Path:
    """`./var` in the checkout; for root, who may share it, one folder per checkout in /var/lib."""
    if os.geteuid() != 0:
        return CHECKOUT / "var"
    return ROOT_DATA / hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:12]


def var_dir() -> Path:
    """The folder of everything this instance keeps; made when missing.

    Raises MisconfiguredError when it cannot be made or written to.
    """
    path = Path(text("VAR_DIR", str(default_var_dir()))).expanduser().absolute()
    try:
        if not path.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)
            # For root, another user has to pass through to the database.
            path.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, exist_ok=True)
    except OSError as error:
        raise MisconfiguredError("VAR_DIR", f"cannot make {path} ({error.strerror})") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise MisconfiguredError("VAR_DIR", f"{path} is not writable")
    return path


def text(name: str, default: str = "") -> str:
    """The variable without surrounding blanks; empty counts as unset."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, *, default: bool) -> bool:
    """The variable as a boolean: on/off, true/false, yes/no, 1/0."""
    value = text(name).lower()
    if not value:
        return default
    if value in {"on", "true", "yes", "1"}:
        return True
    if value in {"off", "false", "no", "0"}:
        return False
    raise MisconfiguredError(name, f"{value!r} is neither on nor off")


def number(name: str, default: int, *, least: int, most: int) -> int:
    """The variable as a whole number between `least` and `most`."""
    value = text(name, str(default))
    try:
        result = int(value)
    except ValueError:
        raise MisconfiguredError(name, f"{value!r} is not a whole number") from None
    if not least <= result <= most:
        raise MisconfiguredError(name, f"{result} is not between {least} and {most}")
    return result


def party(name: str) -> str:
    """The variable as a country code and party ID such as ``NL*HUB``; empty when it is not set."""
    value = text(name)
    try:
        return str(PartyId.parse(value)) if value else ""
    except ValueError as error:
        raise MisconfiguredError(name, str(error)) from None


def names(name: str) -> list[str]:
    """The variable as a list, separated by commas."""
    return [part.strip() for part in text(name).split(",") if part.strip()]


def choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    """The variable in upper case, when it is one of `choices`."""
    value = text(name, default).upper()
    if value not in choices:
        raise MisconfiguredError(name, f"{value!r} is none of {', '.join(choices)}")
    return value


def base_url(default: str) -> str:
    """The portal's own address, as partners reach it, without a trailing slash."""
    value = text("BASE_URL", default).rstrip("/")
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if (
        not usable
        or parts.query
        or parts.fragment
        or parts.username
        or any(map(str.isspace, value))
    ):
        raise MisconfiguredError(
            "BASE_URL", f"{value!r} is no address like https://roaming.example.com"
        )
    return value


def database_url() -> dict[str, Any] | None:
    """DATABASE_URL as Django's database settings; None when the embedded PostgreSQL is to be used.

    A socket's folder goes into the query: `postgres://user@/database?host=/folder`.
    """
    url = text("DATABASE_URL")
    if not url:
        return None
    if urlsplit(url).scheme not in {"postgres", "postgresql"}:
        raise MisconfiguredError("DATABASE_URL", "only postgres://… is supported")
    try:
        database: dict[str, Any] = env.db_url_config(url)
    except (ValueError, ImproperlyConfigured) as error:
        raise MisconfiguredError("DATABASE_URL", f"cannot be read ({error})") from None
    if not database.get("NAME"):
        raise MisconfiguredError(
            "DATABASE_URL", "names no database: postgres://user@host:5432/database"
        )
    options = database.setdefault("OPTIONS", {})
    if host := options.pop("host", None):
        database["HOST"] = host
    return database


@dataclass(frozen=True)
class Instance:
    """What the last `make run` decided, so that commands beside it speak with the same voice."""

    port: int = 8000
    demo: bool = False
    base_url: str = ""
    private_addresses: bool = False

    @classmethod
    def load(cls, folder: Path) -> "Instance":
        """Read `instance.json`; the defaults when there is none or it is damaged."""
        try:
            return cls(**json.loads((folder / "instance.json").read_text()))
        except (OSError, ValueError, TypeError):
            return cls()

    def save(self, folder: Path) -> None:
        """Write `instance.json` in one step."""
        draft = folder / f".instance.{os.getpid()}"
        draft.write_text(json.dumps(self.__dict__))
        draft.replace(folder / "instance.json")
