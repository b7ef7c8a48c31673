"""One embedded PostgreSQL for all test processes of a run, unless DATABASE_URL names another."""

import gc
import os
import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections
from hypothesis import settings as hypothesis
from xdist.remote import Producer

from roaming.embedded import ensure_database
from tests import emptying, prepared, scheduling
from tests.browsing import browser as browser
from tests.browsing import page as page

# The same cases in every run, and no clock among what is asserted.
hypothesis.register_profile("portal", deadline=None, derandomize=True)
hypothesis.load_profile("portal")

_open_until_the_end = ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """Every process of a run holds the database; the controller is the last one out."""
    emptying.install()
    _open_until_the_end.enter_context(ensure_database(settings.EMBEDDED, durable=False))
    if _has_workers(config):
        making = prepared.begin()
        _open_until_the_end.callback(prepared.forget)
        _open_until_the_end.callback(making.wait)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest tests first."""
    scheduling.longest_first(items)


def pytest_collection_finish() -> None:
    """What was collected stays to the end, and is no longer looked through for garbage."""
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """The processes of a run copy one migrated database; a process alone migrates its own."""
    if prepared.WORKER in os.environ:
        prepared.wait()
        connections["default"].settings_dict["TEST"]["TEMPLATE"] = prepared.name()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(
    config: pytest.Config, log: Producer | None
) -> scheduling.PortalsInOneProcess:
    """xdist asks how to spread the tests."""
    return scheduling.PortalsInOneProcess(config, log)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the database and remove what the run left."""
    _open_until_the_end.close()
    if prepared.WORKER not in os.environ:
        home = settings.EMBEDDED.home if settings.EMBEDDED else None
        for folder in filter(None, (home, Path(os.environ["TEST_VAR_DIR"]))):
            shutil.rmtree(folder, ignore_errors=True)


def _has_workers(config: pytest.Config) -> bool:
    return prepared.WORKER not in os.environ and bool(config.getoption("numprocesses", None))
