"""``manage.py invite``: let a partner register with us."""

from __future__ import annotations

from argparse import Action, ArgumentParser, Namespace
from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from credentials import services
from credentials.management import conditions
from ocpi.ids import PartyId
from parties.commands import PortalCommand, party_argument, role_argument
from parties.services import has_parties


class _RoleOfParty(Action):
    """``--role`` belongs to the ``--party`` before it."""

    def __call__(
        self, parser: ArgumentParser, namespace: Namespace, values: Any, option: str | None = None
    ) -> None:
        if not namespace.party:
            parser.error("--role: name the --party it belongs to before it")
        roles = getattr(namespace, self.dest) or []
        setattr(namespace, self.dest, [*roles, (namespace.party[-1], values)])


class Command(PortalCommand):
    help = "Invite a partner: prints the versions URL and the one-time token to give it."

    def add_portal_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("name", help="how the connection is called here")
        add(
            "--as",
            dest="presents",
            action="append",
            default=[],
            type=party_argument,
            help="a party hosted here that the partner shall see (default: all); may be repeated",
        )
        add("--host", default="", help="the only host the partner's system may have")
        add(
            "--party",
            action="append",
            default=[],
            type=party_argument,
            help="a party the partner may register (default: any); may be repeated",
        )
        add(
            "--role",
            action=_RoleOfParty,
            type=role_argument,
            help="the role of the --party before it (default: any); may be repeated",
        )
        conditions.add_arguments(add)

    def run(self, *args: Any, **options: Any) -> Mapping[str, Any]:
        invitation = services.invite(
            options["name"],
            presents=services.presented(options["presents"]),
            host=options["host"],
            parties=_expected(options["party"], options["role"] or []),
            **conditions.values(options),
            actor="command",
        )
        self.line(f"Versions URL: {invitation.versions_url}")
        self.line(f"Token:        {invitation.token}")
        self.line("The token is good once, for 72 hours. It is shown only now.")
        if not has_parties(invitation.connection):
            self.line("No party is hosted here yet: host one before the partner registers.")
        return {"versions_url": invitation.versions_url, "token": invitation.token}


def _expected(named: list[PartyId], roles: list[tuple[PartyId, str]]) -> list[services.Expected]:
    with_roles = {party for party, _ in roles}
    return [*roles, *((party, "") for party in named if party not in with_roles)]
