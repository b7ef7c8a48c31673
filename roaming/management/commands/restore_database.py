"""Replace the embedded database and the portal's keys by a backup's."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from roaming.embedded.backup import restore
from roaming.embedded.portal import only_one
from roaming.environment import MisconfiguredError


class Command(BaseCommand):
    help = "Replaces the embedded database and the keys by a backup's. The portal must be stopped."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=str)

    def handle(self, *args: Any, file: str, **options: Any) -> None:
        if settings.EMBEDDED is None:
            raise MisconfiguredError("DATABASE_URL", "names your own server: use its pg_restore")
        if not file:
            raise MisconfiguredError("FILE", "name the backup: make restore FILE=portal.backup")
        with only_one():
            restore(settings.EMBEDDED, settings.KEYS_DIR, Path(file).absolute())
        self.stdout.write("Restored. The next start brings the tables up to date.")
