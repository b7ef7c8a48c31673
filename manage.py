#!/usr/bin/env python
"""The portal's command line."""

import gc
import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

# Everything else finds a database, started for its own duration where none is running.
WITHOUT_DATABASE = {"", "help", "--help", "-h", "version", "--version"} | {
    "collectstatic",
    "upgrade_database",
}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "roaming.settings")
    # A third of the time of migrating an empty database went into looking for garbage.
    gc.set_threshold(200_000, 5, 5)
    # A migration or an export may take its time; only the portal's own pages must not.
    os.environ.setdefault("STATEMENT_TIMEOUT", "0")
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        if command in WITHOUT_DATABASE:
            execute_from_command_line(sys.argv)
        else:
            run_with_database()
    except ImproperlyConfigured as error:
        sys.exit(f"manage.py: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def run_with_database() -> None:
    from django.conf import settings

    from roaming.embedded import check_database, ensure_database

    with ensure_database(settings.EMBEDDED):
        check_database()
        try:
            execute_from_command_line(sys.argv)
        finally:
            close_pools()


def close_pools() -> None:
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
