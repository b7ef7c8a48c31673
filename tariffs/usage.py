"""Who uses a tariff: asked of what lies above, which says so when its app is ready."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple, Protocol

from tariffs.models import Tariff


class Used(NamedTuple):
    """How many connectors name a tariff, at how many locations."""

    connectors: int = 0
    locations: int = 0

    def __str__(self) -> str:
        """In words; empty when nobody does."""
        if not self.connectors:
            return ""
        return f"{_counted(self.connectors, 'connector')} at {_counted(self.locations, 'location')}"


class Named(NamedTuple):
    """Something that names a tariff, for people: what, and its page."""

    label: str
    url: str


class Site(NamedTuple):
    """Where a tariff is used; the zone is an IANA name, the country alpha-3, each empty where it is not known."""

    label: str = ""
    time_zone: str = ""
    country: str = ""


class Usage(Protocol):
    def counts(self, tariffs: Collection[Tariff]) -> dict[int, Used]:
        """By the tariff's primary key; those nobody uses may be left out."""
        ...

    def examples(self, tariff: Tariff, limit: int) -> list[Named]:
        """The first ``limit`` locations that use it."""
        ...

    def list_url(self, tariff: Tariff) -> str:
        """The list of all locations that use it."""
        ...

    def site(self, tariff: Tariff) -> Site:
        """The first location that uses it."""
        ...


_usage: list[Usage] = []


def register(usage: Usage) -> None:
    """Called once, from the app's ``ready()``."""
    _usage[:] = [usage]


def counts(tariffs: Collection[Tariff]) -> dict[int, Used]:
    found = _usage[0].counts(tariffs) if _usage and tariffs else {}
    return {tariff.pk: found.get(tariff.pk, Used()) for tariff in tariffs}


def of(tariff: Tariff) -> Used:
    return counts([tariff])[tariff.pk]


def examples(tariff: Tariff, limit: int = 10) -> list[Named]:
    return _usage[0].examples(tariff, limit) if _usage else []


def list_url(tariff: Tariff) -> str:
    return _usage[0].list_url(tariff) if _usage else ""


def site(tariff: Tariff) -> Site:
    """A location that uses a tariff, of which there may be others in other zones; empty when nobody uses it."""
    return _usage[0].site(tariff) if _usage else Site()


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}".replace(",", "\u202f")
