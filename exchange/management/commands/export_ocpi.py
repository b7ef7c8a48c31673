"""``manage.py export_ocpi``: write a module's objects to a file."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from exchange import exports
from exchange.exports import CSV, JSON, Exported, Write
from ocpi.versions import SUPPORTED
from parties.commands import PortalCommand, RefusedError, party_argument


class Command(PortalCommand):
    help = "Write a module's objects to a file: JSON as an OCPI version writes it, tokens also CSV."

    def add_portal_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("module", help="such as tokens")
        parser.add_argument(
            "--party",
            type=party_argument,
            help="whose objects, such as NL*MSP; without it those of all parties hosted here",
        )
        parser.add_argument(
            "--version",
            dest="ocpi_version",
            default="2.2.1",
            choices=SUPPORTED,
            help="the OCPI version to write",
        )
        parser.add_argument(
            "--out",
            default="-",
            help="the file, compressed if it ends in .gz; - for standard output",
        )
        parser.add_argument(
            "--format", dest="form", choices=[JSON, CSV], help="as the name of the file says"
        )

    def run(self, **options: Any) -> Mapping[str, Any]:
        """A file is there whole or not at all."""
        out = options["out"]
        if out == "-" and self.as_json:
            raise RefusedError("--json needs --out: both would go to standard output.")
        form = options["form"] or _form_of(out)
        with _opened(out) as write:
            exported = exports.export(
                options["module"],
                write,
                version=options["ocpi_version"],
                owner=options["party"],
                form=form,
            )
        self._tell(exported, options["ocpi_version"])
        return {
            "written": exported.written,
            "refused": exported.refused,
            "losses": dict(exported.losses),
        }

    def _tell(self, exported: Exported, version: str) -> None:
        """On standard error, as the objects may be on standard output."""
        if self.as_json:
            return
        self.stderr.write(f"{exported.written:,} written.")
        if exported.refused:
            self.stderr.write(
                f"{exported.refused:,} left out, which OCPI {version} cannot say. Such as:"
            )
            for example in exported.examples:
                self.stderr.write(f"    {example}")
        for words, number in exported.losses.most_common():
            self.stderr.write(f"{number:,} times lost: {words}")


def _form_of(out: str) -> str:
    return CSV if out.removesuffix(".gz").endswith(".csv") else JSON


@contextmanager
def _opened(out: str) -> Iterator[Write]:
    if out == "-":
        yield sys.stdout.buffer.write
        sys.stdout.buffer.flush()
        return
    part = Path(f"{out}.part")
    try:
        with gzip.open(part, "wb") if out.endswith(".gz") else part.open("wb") as file:
            yield file.write
        part.replace(out)
    except OSError as error:
        raise RefusedError(f"{out}: cannot be written ({error.strerror}).") from None
    finally:
        part.unlink(missing_ok=True)
