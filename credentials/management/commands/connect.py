"""``manage.py connect``: register with a partner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from credentials import services
from credentials.choices import StepState
from credentials.management import conditions
from credentials.models import Handshake
from parties.commands import PortalCommand, RefusedError, party_argument
from parties.models import Connection

_MARKS: dict[str, str] = {
    StepState.DONE: "ok",
    StepState.WARNING: "warning",
    StepState.SKIPPED: "skipped",
    StepState.FAILED: "failed",
}


class Command(PortalCommand):
    help = "Register with a partner by its versions URL and one-time token, or change the version."

    def add_portal_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("name", help="how the connection is called here")
        add("--versions-url", help="the partner's versions URL")
        add("--token", help="the one-time token, exactly as the partner gave it")
        add(
            "--version",
            help="the OCPI version (default: the best in common); alone, for a connection that stands:"
            " change to it",
        )
        add(
            "--as",
            dest="presents",
            action="append",
            default=[],
            type=party_argument,
            help="a party hosted here that the partner shall see (default: all); may be repeated",
        )
        conditions.add_arguments(add)

    def run(self, *args: Any, **options: Any) -> Mapping[str, Any]:
        handshake = services.run(_prepared(options))
        self._show_steps(handshake)
        if not handshake.succeeded:
            raise RefusedError(handshake.diagnosis, detail=_result(handshake))
        self.line(handshake.diagnosis)
        return _result(handshake)

    def _show_steps(self, handshake: Handshake) -> None:
        for step in handshake.steps.all():
            detail = f": {step.detail}" if step.detail else ""
            self.line(f"{step.position:2}. {step.title} [{_MARKS.get(step.state, '?')}]{detail}")


def _prepared(options: Mapping[str, Any]) -> Handshake:
    given = {"--versions-url": options["versions_url"], "--token": options["token"]}
    if options["version"] and not any(given.values()):
        connection = Connection.objects.filter(name=options["name"]).first()
        if connection is not None and connection.is_connected:
            return services.prepare_version_change(connection, options["version"], "command")
    missing = [name for name, value in given.items() if not value]
    if missing:
        raise RefusedError(f"{' and '.join(missing)}: needed to register with a partner.")
    return services.prepare_registration(
        options["name"],
        versions_url=options["versions_url"],
        token=options["token"],
        version=options["version"],
        presents=services.presented(options["presents"]),
        **conditions.values(options),
        actor="command",
    )


def _result(handshake: Handshake) -> dict[str, Any]:
    connection = handshake.connection
    connection.refresh_from_db()
    steps = handshake.steps.values("title", "state", "detail", "duration_ms")
    return {
        "name": connection.name,
        "state": connection.state,
        "version": connection.version,
        "parties": [
            str(row.party) for row in connection.connection_parties.select_related("party")
        ],
        "problem": handshake.problem,
        "diagnosis": handshake.diagnosis,
        "steps": list(steps),
    }
