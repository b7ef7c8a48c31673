"""``manage.py host``: a party becomes ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from exchange import sharing
from ocpi.ids import PartyId
from parties.commands import PortalCommand, party_argument, role_argument


class Command(PortalCommand):
    help = "Host a party here, in one or more roles."

    def add_portal_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("party", type=party_argument, help="such as NL*ABC")
        parser.add_argument(
            "--role", action="append", required=True, type=role_argument, help="may be repeated"
        )
        parser.add_argument("--name", default="", help="the company's name")

    def run(
        self, *, party: PartyId, role: list[str], name: str, **options: Any
    ) -> Mapping[str, Any]:
        hosted = sharing.host(party, sorted(set(role)), name=name[:100], actor="command")
        roles = [row.role for row in hosted]
        self.line(f"{party} is hosted here as {', '.join(roles)}.")
        return {"party": str(party), "roles": roles, "name": hosted[0].name}
