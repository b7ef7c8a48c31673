"""``manage.py import_ocpi``: take in a module's objects from a file."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import CommandParser

from exchange import imports
from exchange.management.progress import ProgressLine
from parties.commands import PortalCommand, RefusedError, party_argument


class Command(PortalCommand):
    help = (
        "Take in a module's objects from a file (JSON, tokens also CSV; plain or gzip) as our own."
    )

    def add_portal_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("module", help="such as locations")
        parser.add_argument("file", help="the path of the file, or - for standard input")
        parser.add_argument(
            "--party",
            type=party_argument,
            help="the party they all belong to, such as NL*XYZ; without it each names its own",
        )
        parser.add_argument(
            "--version",
            dest="ocpi_version",
            default="2.2.1",
            choices=imports.VERSIONS,
            help="the OCPI version of the file",
        )

    def run(self, **options: Any) -> Mapping[str, Any]:
        """Raises RefusedError with what had come in by then as its detail."""
        file = options["file"]
        with _opened(file) as stream:
            job = imports.create_job(
                options["module"],
                "standard input" if file == "-" else file,
                version=options["ocpi_version"],
                owner=options["party"],
            )
            with ProgressLine(self.stderr, quiet=self.as_json) as progress:
                try:
                    counts = imports.perform(job, stream, watch=progress.show)
                except imports.ImportFailed as error:
                    for one in error.wrong[3:]:
                        self.stderr.write(str(one))
                    raise RefusedError(str(error), detail=error.counts.as_dict()) from None
        self.line(
            f"{counts.created} new, {counts.updated} changed, {counts.unchanged} unchanged,"
            f" {counts.rejected} rejected, {counts.warnings} warnings."
        )
        return counts.as_dict()


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == "-":
        yield sys.stdin.buffer
        return
    with ExitStack() as open_files:
        try:
            stream = open_files.enter_context(Path(file).open("rb"))
        except OSError as error:
            raise RefusedError(f"{file}: cannot be opened ({error.strerror}).") from None
        yield stream
