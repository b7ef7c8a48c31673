"""The modules there are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from exchange.registry.declaration import Module
from ocpi.versions import InterfaceRole

_modules: dict[str, Module] = {}


def register(module: Module) -> None:
    """Make a module known; called once, from its app's ``ready()``."""
    if module.identifier in _modules:
        raise ValueError(f"Module {module.identifier!r} is registered already.")
    _modules[module.identifier] = module


def get(identifier: str) -> Module:
    """The declaration of a module; ``KeyError`` when there is none."""
    return _modules[identifier]


def find(identifier: str) -> Module | None:
    return _modules.get(identifier)


def modules(version: str | None = None) -> Iterable[Module]:
    """All modules, or those that exist in an OCPI version."""
    return [m for m in _modules.values() if version is None or version in m.versions]


def shown_modules() -> list[Module]:
    """The modules whose objects partners see: what goes to one connection alone, on its request, is none."""
    return [m for m in _modules.values() if m.outbox and not m.outbox.addressed]


def push_modules(endpoints: Iterable[dict[str, Any]], version: str) -> list[str]:
    """The modules whose changes a partner with these endpoints takes: its RECEIVER sides we can serve.

    What goes to an address of its own is told to whoever gave one, whatever its endpoints.
    """
    theirs = {
        e["identifier"] for e in endpoints if e.get("role", "RECEIVER") == InterfaceRole.RECEIVER
    }
    return sorted(
        m.identifier
        for m in modules(version)
        if m.outbox and not m.outbox.addressed and m.identifier in theirs
    )


def pull_modules(endpoints: Iterable[dict[str, Any]], version: str) -> list[str]:
    """The modules we can fetch from a partner with these endpoints: its SENDER sides we can take."""
    theirs = {e["identifier"] for e in endpoints if e.get("role", "SENDER") == InterfaceRole.SENDER}
    return sorted(m.identifier for m in modules(version) if m.inbox and m.identifier in theirs)


def in_order_modules() -> list[str]:
    """The modules whose objects are told one after the other, in the order in which they were marked."""
    return [m.identifier for m in _modules.values() if m.outbox and m.outbox.in_order]
