"""The connection that an invitation or a registration begins with."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db import IntegrityError, transaction

from ocpi import dialects
from ocpi.ids import PartyId
from ocpi.versions import SUPPORTED
from parties import services as parties
from parties.choices import ConnectionState
from parties.models import Connection, Party

Values = Mapping[str, Any]


class Refused(ValueError):
    """What was asked for cannot be done; the message is one line for staff."""


def presented(identities: Iterable[PartyId]) -> list[Party]:
    """Our parties with these identities, in all their roles. Raises Refused for one not hosted here."""
    found: list[Party] = []
    for identity in identities:
        rows = list(Party.objects.ours().identified(identity))
        if not rows:
            raise Refused(f"{identity} is not hosted here; host it first (manage.py host).")
        found += rows
    return found


def make(
    name: str,
    presents: Collection[Party],
    values: Values,
    token_encoding: str | None,
    dialect: str | None,
) -> Connection:
    """The connection of that name, made when new, with ``values`` (``None`` for what it is or the default).

    ``dialect`` names a preset, ``token_encoding`` (``version``, ``base64``, ``raw``) is how tokens are spelled
    in both directions.
    Raises Refused, also for a connection that is connected.
    """
    name = name.strip()
    if not 1 <= len(name) <= 60 or not name.isprintable():
        raise Refused("The name must have 1 to 60 printable characters.")
    connection = Connection.objects.select_for_update().filter(name=name).first()
    if connection is None:
        connection = _created(name)
    refuse_connected(connection)
    given = {field: value for field, value in values.items() if value is not None}
    _check_versions(given.get("offered_versions", ()))
    for field, value in given.items():
        setattr(connection, field, list(value) if isinstance(value, list | tuple | set) else value)
    spoken = dialects.preset(dialect).dialect if dialect else connection.dialect
    if token_encoding is not None:
        spoken = spoken.but(token_in=token_encoding, token_out=token_encoding)
    connection.dialect_settings = spoken.store()
    connection.save(update_fields=[*given, "dialect_settings"])
    if presents:
        connection.presents.set(presents)
    _check_offered(connection)
    return connection


def _created(name: str) -> Connection:
    try:
        with transaction.atomic():
            return parties.create_connection(name)
    except IntegrityError:
        raise Refused(f"{name} has just been made by somebody else.") from None


def refuse_connected(connection: Connection) -> None:
    """Raises Refused for a connection that stands."""
    if connection.state in {ConnectionState.CONNECTED, ConnectionState.SUSPENDED}:
        raise Refused(
            f"{connection.name} is {connection.get_state_display().lower()} already: choose another "
            "name, or unregister it first."
        )


def _check_versions(versions: Collection[str]) -> None:
    for version in versions:
        check_version(version)


def check_version(version: str) -> None:
    """Raises Refused for a version that this portal does not speak."""
    if version not in SUPPORTED:
        raise Refused(f"version: {version} is not supported; supported: {', '.join(SUPPORTED)}.")


def _check_offered(connection: Connection) -> None:
    if parties.has_parties(connection) and not parties.offered_versions(connection):
        raise Refused(NEEDS_ONE_PARTY)


NEEDS_ONE_PARTY = (
    "OCPI 2.1.1 is about exactly one party of ours in one role (CPO, EMSP, NSP or NAP): let the partner see "
    "only that one."
)
