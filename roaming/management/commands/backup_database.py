"""Write a backup of the embedded database and the portal's keys."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from roaming.embedded.backup import backup
from roaming.environment import MisconfiguredError


class Command(BaseCommand):
    help = "Writes the embedded database and the keys into one file. The portal may be running."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=str)

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        if settings.EMBEDDED is None:
            raise MisconfiguredError("DATABASE_URL", "names your own server: use its pg_dump")
        if not file:
            raise MisconfiguredError("FILE", "name the backup: make backup FILE=portal.backup")
        path = Path(file).absolute()
        backup(settings.EMBEDDED, settings.KEYS_DIR, path)
        self.stdout.write(f"Wrote {path}. It holds secrets: keep it where only you can read it.")
