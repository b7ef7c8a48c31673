"""Every address of the registry at which somebody writes: in nobody's name but the caller's own.

The addresses are walked, so that a module that comes is covered without being named here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from django.db import connection as database

from exchange import registry
from exchange.registry import Route
from ocpi.versions import SUPPORTED, WITHOUT_ROUTING, InterfaceRole
from parties.choices import ConnectionKind
from parties.models import Party
from tests import builders
from tests.builders import Partner

pytestmark = pytest.mark.django_db
WRITING = ("put", "patch", "post", "delete")


class Address(NamedTuple):
    """An address of ours: path below the version, whether it names an owner, and the methods that write."""

    module: registry.Module
    path: str
    owned: bool
    methods: tuple[str, ...]


def addresses(version: str) -> Iterator[Address]:
    """Every address of the version that takes anything but GET, for an owner ``{owner}``.

    What a hub says of others is about none of its own parties (``tests/hub``).
    """
    for module in registry.modules(version):
        if not module.routed:
            continue
        for side in InterfaceRole:
            for route in module.routes(side):
                methods = tuple(m for m in route.view.methods(version) if m in WRITING)
                if methods:
                    path = f"{side.lower()}/{module.identifier}/{filled(route)}".rstrip("/")
                    yield Address(module, path, "{owner}" in path, methods)


def filled(route: Route) -> str:
    owner = re.sub(r"<country_code:\w+>/<party_id:\w+>", "{owner}", route.pattern)
    return re.sub(r"<\w+:\w+>", "X1", owner)


class World(NamedTuple):
    back_office: Partner
    partner: Partner
    ours: Party
    theirs: Party
    others: Party


@pytest.fixture
def world(db: None) -> World:
    """Our back office, a partner, and parties of ours, of the partner's and of somebody else's, in every role."""
    ours, theirs, others = (
        tuple(builders.party(name, role, ours=hosted) for role in ("CPO", "EMSP"))
        for name, hosted in (("NL*ABC", True), ("DE*EMP", False), ("FR*OTH", False))
    )
    back_office = builders.partner(
        "Backend", kind=ConnectionKind.BACK_OFFICE, speaks_for=ours, pushes=("locations",)
    )
    partner = builders.partner("Partner", speaks_for=theirs)
    builders.connection("Other", speaks_for=others)
    return World(back_office, partner, ours[0], theirs[0], others[0])


def stored() -> dict[str, int]:
    """How many rows the tables of all modules hold."""
    found = {}
    with database.cursor() as cursor:
        for module in registry.modules():
            if module.outbox is not None:
                table = module.outbox.visibility.table
                cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608
                found[table] = cursor.fetchone()[0]
    return found


def speaking(who: Partner, version: str) -> Partner:
    who.connection.version = version
    who.connection.save(update_fields=["version"])
    return who


@pytest.mark.parametrize("version", SUPPORTED)
def test_nobody_writes_as_somebody_else(version: str, world: World) -> None:
    """Neither our back office as a partner's party, nor a partner as ours or as another partner's."""
    before = stored()
    for who, owners in (
        (world.back_office, (world.theirs, world.others)),
        (world.partner, (world.ours, world.others)),
    ):
        caller = speaking(who, version)
        for owner in owners:
            for address in addresses(version):
                if not address.owned:
                    continue
                path = address.path.replace("{owner}", "/".join(owner.identity))
                for method in address.methods:
                    answer = caller.call(method.upper(), path, {})
                    assert answer.http_status == 404, (who.connection, method, path)
                    assert "not a party this connection speaks for" in answer.message, path
    assert stored() == before


@pytest.mark.parametrize("version", [v for v in SUPPORTED if v not in WITHOUT_ROUTING])
def test_no_request_comes_from_somebody_else(version: str, world: World) -> None:
    """R-026: the header must name a party of the caller's, at every address that takes anything."""
    for who, sender in ((world.back_office, world.theirs), (world.partner, world.ours)):
        caller = speaking(who, version)
        own = world.ours if who is world.back_office else world.theirs
        headers = {
            "OCPI-from-country-code": sender.country_code,
            "OCPI-from-party-id": sender.party_id,
        }
        for address in addresses(version):
            path = address.path.replace("{owner}", "/".join(own.identity))
            for method in address.methods:
                answer = caller.call(method.upper(), path, {}, headers)
                assert answer.code == 2001, (who.connection, method, path)
                assert "is not a party this connection speaks for" in answer.message, path


def test_every_address_that_takes_something_is_walked() -> None:
    for version in SUPPORTED:
        for module in registry.modules(version):
            if module.receiver and module.routed:
                assert any(a.module is module for a in addresses(version)), module.identifier
