"""Carry the embedded database over to a newer PostgreSQL."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from roaming.embedded.backup import upgrade
from roaming.environment import MisconfiguredError


class Command(BaseCommand):
    help = "Carries the embedded database over to the PostgreSQL this portal brings."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.EMBEDDED is None:
            raise MisconfiguredError("DATABASE_URL", "names your own server: upgrade it there")
        self.stdout.write(upgrade(settings.EMBEDDED))
