"""Where the embedded PostgreSQL lives, and as whom it runs.

PostgreSQL refuses to run as root. For root it therefore runs as `nobody`, in folders that user can
reach: below VAR_DIR when the way there is open, else in a folder of its own under /var/lib to which
a link in VAR_DIR points. Permissions of folders that aren't ours are never touched.
"""

import hashlib
import os
import pwd
import stat
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from roaming.environment import ROOT_DATA, MisconfiguredError

USER = "roaming"
DATABASE = "roaming"
PORT = "5432"  # of the socket; nothing listens on TCP
SOCKET_NAME = f".s.PGSQL.{PORT}"
# The kernel's limit is 108 bytes on Linux and 104 on macOS.
LONGEST_SOCKET = 100
UNPRIVILEGED = "nobody"


@dataclass(frozen=True)
class Account:
    """The numbers of the user PostgreSQL runs as."""

    uid: int
    gid: int

    @classmethod
    def current(cls) -> "Account":
        """Ourselves; for root, `nobody`. Raises MisconfiguredError when there is no such user."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid())
        try:
            entry = pwd.getpwnam(UNPRIVILEGED)
        except KeyError:
            reason = f"is unset, and the embedded PostgreSQL needs a user {UNPRIVILEGED!r}"
            raise MisconfiguredError("DATABASE_URL", reason) from None
        return cls(entry.pw_uid, entry.pw_gid)

    @property
    def process(self) -> dict[str, Any]:
        """What `subprocess` needs to run something as this user."""
        if os.geteuid() != 0:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def reaches(self, folder: Path) -> bool:
        """May this user enter the folder, and every folder above it?"""
        return all(self._enters(step.stat()) for step in (folder, *folder.parents))

    def _enters(self, status: os.stat_result) -> bool:
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        if status.st_gid == self.gid:
            return bool(status.st_mode & stat.S_IXGRP)
        return bool(status.st_mode & stat.S_IXOTH)


@dataclass(frozen=True)
class Places:
    """The folders of one embedded PostgreSQL; `home` holds all of them."""

    home: Path
    account: Account

    @classmethod
    def of(cls, var_dir: Path) -> "Places":
        """The places that belong to a VAR_DIR; makes `home` when missing."""
        account = Account.current()
        home = var_dir / "postgresql"
        try:
            if not home.is_dir():
                _make_home(home, var_dir.resolve(), account)
            return cls(home.resolve(strict=True), account)
        except OSError as error:
            raise MisconfiguredError("VAR_DIR", f"cannot use {home} ({error.strerror})") from error

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """What PostgreSQL says."""
        return self.home / "postgresql.log"

    @cached_property
    def socket(self) -> Path:
        """The folder of the socket, closed to everybody else."""
        folder = self.home / "socket"
        if len(os.fsencode(folder / SOCKET_NAME)) <= LONGEST_SOCKET:
            return folder
        name = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
        return Path(tempfile.gettempdir()).resolve() / f"roaming-{self.account.uid}-{name}"

    def django(self) -> dict[str, Any]:
        """The entry for Django's DATABASES."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": DATABASE,
            "USER": USER,
            "HOST": str(self.socket),
            "PORT": PORT,
        }

    def make_private(self, folder: Path) -> None:
        """Make a folder only PostgreSQL's user can enter. Refuses one that others prepared."""
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        ours = status.st_uid in {os.geteuid(), self.account.uid} and stat.S_ISDIR(status.st_mode)
        if not ours or stat.S_IMODE(status.st_mode) & 0o077:
            raise MisconfiguredError("VAR_DIR", f"{folder} belongs to somebody else; remove it")
        if status.st_uid != self.account.uid:
            os.chown(folder, self.account.uid, self.account.gid)


def _make_home(home: Path, var_dir: Path, account: Account) -> None:
    mode = 0o711 if os.geteuid() == 0 else 0o700
    if account.reaches(var_dir):
        home.mkdir(mode=mode, exist_ok=True)
        return
    if home.is_symlink():
        raise MisconfiguredError("VAR_DIR", f"{home} points to {home.readlink()}, which is gone")
    ROOT_DATA.mkdir(mode=0o711, exist_ok=True)
    elsewhere = Path(tempfile.mkdtemp(prefix=f"{var_dir.name}-", dir=ROOT_DATA))
    elsewhere.chmod(mode)
    (elsewhere / "belongs-to").write_text(f"{var_dir}\n")
    try:
        home.symlink_to(elsewhere)
    except FileExistsError:  # another process was quicker
        (elsewhere / "belongs-to").unlink()
        elsewhere.rmdir()
