"""``manage.py pull``: fetch what a partner offers, now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from exchange import jobs, pulls, registry
from exchange.choices import JobState
from exchange.management.progress import ProgressLine
from exchange.models import Job
from exchange.pulls.targets import targets
from ocpi.ids import PartyId
from parties.commands import PortalCommand, RefusedError, party_argument
from parties.models import Connection


class Command(PortalCommand):
    help = (
        "Fetch a module's objects from a partner: what changed since the last time, or everything."
    )

    def add_portal_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the name of the connection")
        parser.add_argument("module", help="such as locations")
        parser.add_argument("--full", action="store_true", help="everything, not only what changed")
        parser.add_argument(
            "--retire-any",
            action="store_true",
            help="with --full: retire what is no longer listed, however much that is",
        )
        parser.add_argument(
            "--party",
            type=party_argument,
            help="only the list of this party of the platform, such as NL*XYZ",
        )

    def run(self, **options: Any) -> Mapping[str, Any]:
        """Raises RefusedError when another pull is under way, when this one fails, and when it rests."""
        connection = Connection.objects.filter(name=options["name"]).first()
        if connection is None:
            raise RefusedError(f"There is no connection named {options['name']!r}.")
        job = pulls.start_pull(
            connection,
            options["module"],
            parties=_parties(connection, options["module"], options["party"]),
            full=options["full"] or options["retire_any"],
            retire_any=options["retire_any"],
            queue=False,
        )
        jobs.go_on(job, hand_out=False)
        self._pull(job)
        return _counts(job)

    def _pull(self, job: Job) -> None:
        with ProgressLine(self.stderr, quiet=self.as_json) as progress:
            started = pulls.run(job, watch=progress.show)
        job.refresh_from_db()
        if started is None:
            raise RefusedError(f"{job.title}: it is under way already (job {job.pk}).")
        if job.state == JobState.HELD:
            raise RefusedError(
                f"{job.message} The workers do so at {job.resume_at:%H:%M} UTC, this command when it is"
                " called again.",
                detail=_counts(job),
            )
        if job.state != JobState.DONE:
            raise RefusedError(job.message, detail=_counts(job))
        self.line(
            f"{job.created_count} new, {job.updated_count} changed, {job.unchanged_count} unchanged,"
            f" {job.rejected_count} rejected, {job.warning_count} warnings."
        )
        if job.message:
            self.line(job.message)


def _parties(connection: Connection, module: str, party: PartyId | None) -> list[int | None] | None:
    """The list to fetch by the key of its party; ``None`` for all. RefusedError where there is none."""
    declared = registry.find(module)
    if party is None or declared is None:
        return None
    every = targets(connection, declared)
    found = [target.party for target in every if target.party and target.party.identity == party]
    if found:
        return [found[0].pk]
    if not any(target.party for target in every):
        raise RefusedError(f"--party: {connection.name} is asked for all its parties at once.")
    names = ", ".join(str(target.party.identity) for target in every if target.party)
    raise RefusedError(f"--party: {party} is no party of {connection.name}, only {names}.")


def _counts(job: Job) -> dict[str, int]:
    return {
        "created": job.created_count,
        "updated": job.updated_count,
        "unchanged": job.unchanged_count,
        "rejected": job.rejected_count,
        "warnings": job.warning_count,
    }
