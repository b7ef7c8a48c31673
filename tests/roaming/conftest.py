"""Embedded databases of their own, for tests that start and stop them."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from roaming.embedded.places import Places
from tests.portals.processes import forget


@pytest.fixture
def var_dir() -> Iterator[Path]:
    """An empty VAR_DIR that the user PostgreSQL runs as can reach; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="roaming-var-"))
    folder.chmod(0o711)
    yield folder
    forget(folder)


@pytest.fixture
def places(var_dir: Path) -> Places:
    """The places of an embedded PostgreSQL that has not run yet."""
    return Places.of(var_dir)
