"""What is known of an object besides its bytes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from ocpi.convert.results import Beside
from ocpi.dialect import TO_THE_LETTER, Dialect
from ocpi.ids import PartyId

VERSIONS_2_1 = frozenset({"2.0", "2.1", "2.1.1"})
"""Versions without owner, publish and VAT."""
EARLIER_VERSIONS = VERSIONS_2_1 | {"2.2", "2.2.1"}
"""Versions in which every price is without tax."""
_NO_IDS: Mapping[str, str] = MappingProxyType({})


class Known(NamedTuple):
    """What the caller knows, each with a default that means: nothing.

    `owner` is the party it is accepted for. `version` is the one it was written in. `ids` are the
    identifiers in the address of a push, by field. `time_zone` is that of the site, for parts that
    do not name it. `received_at` is a DateTime: what a pushed object without time was changed at.
    `beside` are other objects that it means without saying all of them.
    """

    owner: PartyId | None = None
    version: str | None = None
    ids: Mapping[str, str] = _NO_IDS
    dialect: Dialect = TO_THE_LETTER
    time_zone: str | None = None
    received_at: str | None = None
    beside: Beside = Beside()


NOTHING = Known()
