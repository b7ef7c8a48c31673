"""The OCPI addresses, built from the registry: ``/ocpi/{version}/{side}/{identifier}…``.

Every URL carries version and side, so that a sender's ``{location}/{evse}`` never meets a receiver's
``{country_code}/{party_id}``.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.urls import URLPattern, path, re_path

from exchange import converters, registry
from exchange.views import UnknownPath
from ocpi.versions import SUPPORTED, InterfaceRole

converters.register()


def module_url(version: str, identifier: str, side: InterfaceRole) -> str:
    """The absolute URL of one side of a module here, as the version details publish it."""
    return f"{settings.BASE_URL}/ocpi/{version}/{side.lower()}/{identifier}"


def module_patterns() -> list[URLPattern]:
    """The URL patterns of every registered module, with a catch-all that answers as OCPI does."""
    return [*_patterns(), re_path(r"^", UnknownPath.as_view())]


def _patterns() -> Iterator[URLPattern]:
    for version in SUPPORTED:
        for module in registry.modules(version):
            for side in InterfaceRole:
                yield from _side(version, module, side)


def _side(version: str, module: registry.Module, side: InterfaceRole) -> Iterator[URLPattern]:
    base = f"{version}/{side.lower()}/{module.identifier}"
    for route in module.routes(side):
        # What a version defines no method for is no address there.
        if not route.view.methods(version):
            continue
        yield path(
            f"{base}/{route.pattern}" if route.pattern else base,
            route.view.as_view(module=module.identifier, version=version),
            name=f"ocpi-{version}-{side.lower()}-{route.name}",
        )
