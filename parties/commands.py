"""What every command of the portal shares: one-line errors, and ``--json`` beside plain text."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentTypeError
from collections.abc import Mapping
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ocpi.errors import OCPIError
from ocpi.ids import PartyId
from parties.choices import Role


class RefusedError(CommandError):
    """A command cannot do what it was asked. The message is one clear line; exit status 1."""

    def __init__(self, message: str, *, detail: Mapping[str, Any] | None = None) -> None:
        super().__init__(" ".join(message.split()))
        self.detail = dict(detail or {})


class PortalCommand(BaseCommand):
    """A command that answers with plain lines, or with one JSON object under ``--json``.

    Subclasses write :meth:`run`, which returns the JSON object, and call :meth:`line` for what
    people read. A ``ValueError``, an :class:`~ocpi.errors.OCPIError` or a :class:`RefusedError`
    ends the command with one line on standard error (under ``--json`` also ``{"error": …}`` on
    standard output) and exit status 1.
    """

    requires_system_checks: list[str] = []
    as_json = False
    _name = ""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # Ours may be called --version, as OCPI's are, without a quarrel with Django's.
        parser = super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)
        parser.called_from_command_line = False
        return parser

    def run_from_argv(self, argv: list[str]) -> None:
        self._name = argv[1]
        try:
            super().run_from_argv(argv)
        except CommandError as error:
            # A mistake in the arguments: one line, without the usage that Django would print.
            self._complain(str(error).removeprefix("Error: "), 2)

    def execute(self, *args: Any, **options: Any) -> Any:
        try:
            return super().execute(*args, **options)
        except CommandError as error:
            if not self._name or options.get("traceback"):
                raise
            return self._complain(str(error), error.returncode)

    def _complain(self, message: str, status: int) -> NoReturn:
        self.stderr.write(f"{self._name}: {message}")
        sys.exit(status)

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_portal_arguments(parser)
        parser.add_argument("--json", action="store_true", help="answer with one JSON object")

    def add_portal_arguments(self, parser: CommandParser) -> None:
        """The arguments of the command itself."""

    def run(self, *args: Any, **options: Any) -> Mapping[str, Any] | None:
        """Do the work and return what ``--json`` shows."""
        raise NotImplementedError

    def line(self, text: str = "") -> None:
        """A line for people; silent under ``--json``."""
        if not self.as_json:
            self.stdout.write(text)
            self.stdout.flush()

    def handle(self, *args: Any, **options: Any) -> None:
        self.as_json = bool(options.pop("json", False))
        try:
            result = self.run(**options)
        except (RefusedError, OCPIError, ValueError) as error:
            refused = error if isinstance(error, RefusedError) else RefusedError(str(error))
            self._show({"error": str(refused), **refused.detail})
            raise refused from None
        self._show(result)

    def _show(self, result: Mapping[str, Any] | None) -> None:
        if self.as_json and result is not None:
            self.stdout.write(json.dumps(result, ensure_ascii=False, default=str))


def party_argument(text: str) -> PartyId:
    """An argument such as ``NL*ABC`` (also ``NL-ABC``, ``NLABC``), in any case."""
    try:
        return PartyId.parse(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def role_argument(text: str) -> str:
    """An argument such as ``CPO``, in any case."""
    role = text.strip().upper()
    if role not in Role.values:
        raise ArgumentTypeError(f"{text!r} is not a role: one of {', '.join(Role.values)}")
    return role
