"""``manage.py pull``: fetch what a partner offers, now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from exchange import pull
from exchange.choices import JobState
from exchange.management.progress import ProgressLine
from exchange.models import Job
from parties.commands import PortalCommand, RefusedError
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

    def run(self, **options: Any) -> Mapping[str, Any]:
        """Raises RefusedError when another pull is under way, and when this one fails."""
        connection = Connection.objects.filter(name=options["name"]).first()
        if connection is None:
            raise RefusedError(f"There is no connection named {options['name']!r}.")
        job = pull.start_pull(
            connection,
            options["module"],
            full=options["full"] or options["retire_any"],
            retire_any=options["retire_any"],
            queue=False,
        )
        self._pull(job)
        return _counts(job)

    def _pull(self, job: Job) -> None:
        with ProgressLine(self.stderr, quiet=self.as_json) as progress:
            started = pull.run(job, watch=progress.show)
        job.refresh_from_db()
        if started is None:
            raise RefusedError(f"{job.title}: it is under way already (job {job.pk}).")
        if job.state != JobState.DONE:
            raise RefusedError(job.message, detail=_counts(job))
        self.line(
            f"{job.created_count} new, {job.updated_count} changed, {job.unchanged_count} unchanged,"
            f" {job.rejected_count} rejected, {job.warning_count} warnings."
        )
        if job.message:
            self.line(job.message)


def _counts(job: Job) -> dict[str, int]:
    return {
        "created": job.created_count,
        "updated": job.updated_count,
        "unchanged": job.unchanged_count,
        "rejected": job.rejected_count,
        "warnings": job.warning_count,
    }
