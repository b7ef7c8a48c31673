"""The module registry: each OCPI module is declared once, and everything else follows from that.

Routes, version details, delivery targets, pull, import and the OpenAPI document are derived from the
declarations. A domain app registers its own in ``AppConfig.ready()``; tables know a module by its OCPI
identifier. What lies below the domain apps reaches them only through here.
"""

from exchange.registry.declaration import Finding, Module, Route
from exchange.registry.filed import Column, Export, Saying, Table
from exchange.registry.incoming import Counts, Inbox, Received, Receiver, Source
from exchange.registry.known import (
    find,
    get,
    in_order_modules,
    modules,
    pull_modules,
    push_modules,
    register,
    shown_modules,
)
from exchange.registry.outgoing import Naming, Outbox, Push, Said, reference_sql

__all__ = [
    "Column",
    "Counts",
    "Export",
    "Finding",
    "Inbox",
    "Module",
    "Naming",
    "Outbox",
    "Push",
    "Received",
    "Receiver",
    "Route",
    "Said",
    "Saying",
    "Source",
    "Table",
    "find",
    "get",
    "in_order_modules",
    "modules",
    "pull_modules",
    "push_modules",
    "reference_sql",
    "register",
    "shown_modules",
]
