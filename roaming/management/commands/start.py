"""Run the whole portal on this machine until Ctrl-C."""

import os
import signal
from typing import Any

from django.core.management.base import BaseCommand

from roaming.embedded.forks import end_with_parent
from roaming.embedded.portal import Portal
from roaming.embedded.processes import CannotStartError
from roaming.environment import MisconfiguredError


class Command(BaseCommand):
    help = "Runs database, web server, worker, scheduler and, in the demo, a simulated partner."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if os.environ.get("MAKELEVEL"):
            # Whoever kills `make run` means the portal.
            end_with_parent(signal.SIGTERM)
        try:
            Portal(self._say).run()
        except CannotStartError as error:
            raise MisconfiguredError("start", str(error)) from None

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
