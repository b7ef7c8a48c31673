"""Fill an empty portal with the demo's content."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from roaming import demo, demo_charges, demo_finance


class Command(BaseCommand):
    help = "Fills the portal with the demo's content; prints the simulated partner's invitation."

    def handle(self, *args: Any, **options: Any) -> None:
        invitation = demo.prepare()
        demo_charges.prepare()
        demo_finance.prepare()
        if invitation is not None:
            self.stdout.write(json.dumps(invitation))
