"""What follows when a connection changes: whatever the partner may see is told again, or fetched again."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple

from credentials import pulls
from exchange import announce, registry
from exchange import pulls as exchange_pulls
from parties import events
from parties.models import Connection

Fetch = Callable[[Connection, list[str]], object]


class Before(NamedTuple):
    """What was agreed before a handshake; an empty version for nothing."""

    version: str
    pushes: frozenset[str]
    pulls: frozenset[str]

    @classmethod
    def of(cls, connection: Connection) -> Before:
        if not connection.is_connected:
            return cls("", frozenset(), frozenset())
        return cls(
            connection.version,
            frozenset(connection.push_modules),
            frozenset(registry.pull_modules(connection.endpoints, connection.version)),
        )


def follow(
    connection: Connection, before: Before, actor: events.Actor, *, delay_seconds: float = 0
) -> list[str]:
    """After a handshake has been written: tell again what changed; returns the modules to fetch in full.

    In another version everything is told and fetched again, because partners need not keep under one
    version what they got under another (but for what is told for good, such as CDRs); otherwise only what modules
    are new. Call it in the transaction of
    the change, and start the returned pulls after it.
    """
    if not before.version:
        return []
    switched = before.version != connection.version
    if switched:
        message = f"OCPI {connection.version} is spoken now instead of {before.version}."
        detail = {"before": before.version, "after": connection.version}
        events.record(
            "connection.version_changed", message, connection=connection, actor=actor, detail=detail
        )
        # A pull that is under way in the version before ends without result; the next one must not
        # take it for granted what that one would have brought.
        exchange_pulls.start_over(connection)
    for module in connection.push_modules:
        if switched or module not in before.pushes:
            announce.announce_all(
                module, connection, again=not _is_for_good(module), delay_seconds=delay_seconds
            )
    now = registry.pull_modules(connection.endpoints, connection.version)
    return [module for module in now if switched or module not in before.pulls]


def _is_for_good(identifier: str) -> bool:
    module = registry.find(identifier)
    return module is not None and module.outbox is not None and module.outbox.for_good


def follow_approval(connection: Connection, role: str, actor: events.Actor) -> None:
    """A further party may speak through the connection: it is told, and asked for, what its role is about."""
    for module in registry.modules(connection.version):
        if role in module.receiver_roles and module.identifier in connection.push_modules:
            announce.announce_all(module.identifier, connection, again=False)
    offered = registry.pull_modules(connection.endpoints, connection.version)
    wanted = [m for m in offered if role in registry.get(m).sender_roles]
    if connection.is_connected and wanted:
        pulls.start(connection, actor, modules=wanted, full=True)


def changes(
    before: Collection[dict[str, str]], after: Collection[dict[str, str]]
) -> dict[str, list[str]]:
    """How endpoints differ: ``new``, ``gone`` and ``moved``, each as names for staff."""
    old, new = _by_name(before), _by_name(after)
    found = {
        "new": sorted(new.keys() - old.keys()),
        "gone": sorted(old.keys() - new.keys()),
        "moved": sorted(name for name in old.keys() & new.keys() if old[name] != new[name]),
    }
    return {kind: names for kind, names in found.items() if names}


def _by_name(endpoints: Collection[dict[str, str]]) -> dict[str, str]:
    return {
        e["identifier"]
        if e["identifier"] == "credentials"
        else f"{e['identifier']} ({e['role']})": e["url"]
        for e in endpoints
    }
