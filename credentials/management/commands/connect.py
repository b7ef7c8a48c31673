"""``manage.py connect``: register with a partner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from credentials import services
from credentials.choices import StepState
from credentials.models import Handshake
from parties.choices import ConnectionKind, Environment
from parties.commands import PortalCommand, RefusedError, party_argument

_MARKS: dict[str, str] = {
    StepState.DONE: "ok",
    StepState.WARNING: "warning",
    StepState.SKIPPED: "skipped",
    StepState.FAILED: "failed",
}


class Command(PortalCommand):
    help = "Register with a partner by the versions URL and the one-time token it gave us."

    def add_portal_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("name", help="how the connection is called here")
        add("--versions-url", required=True, help="the partner's versions URL")
        add("--token", required=True, help="the one-time token, exactly as the partner gave it")
        add("--version", default=None, help="the OCPI version (default: the best in common)")
        add(
            "--as",
            dest="presents",
            action="append",
            default=[],
            type=party_argument,
            help="a party hosted here that the partner shall see (default: all); may be repeated",
        )
        add("--kind", choices=ConnectionKind.values, help="default: partner")
        add("--environment", choices=Environment.values, help="default: test")
        add("--token-encoding", choices=["base64", "raw"], help="default: base64, as OCPI says")

    def run(self, *args: Any, **options: Any) -> Mapping[str, Any]:
        handshake = services.prepare_registration(
            options["name"],
            versions_url=options["versions_url"],
            token=options["token"],
            version=options["version"],
            presents=services.presented(options["presents"]),
            kind=options["kind"],
            environment=options["environment"],
            token_encoding=options["token_encoding"],
            actor="command",
        )
        services.run(handshake)
        self._show_steps(handshake)
        if not handshake.succeeded:
            raise RefusedError(handshake.diagnosis, detail=_result(handshake))
        self.line(handshake.diagnosis)
        return _result(handshake)

    def _show_steps(self, handshake: Handshake) -> None:
        for step in handshake.steps.all():
            detail = f": {step.detail}" if step.detail else ""
            self.line(f"{step.position:2}. {step.title} [{_MARKS.get(step.state, '?')}]{detail}")


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
