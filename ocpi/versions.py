"""Version information (OCPI 2.2.1, version_information_endpoint)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints


class VersionNumber(StrEnum):
    """Versions known to the specification; a peer may offer others (2.3.0: an OpenEnum)."""

    V2_0 = "2.0"
    V2_1 = "2.1"
    V2_1_1 = "2.1.1"
    V2_2 = "2.2"
    V2_2_1 = "2.2.1"
    V2_3_0 = "2.3.0"


SUPPORTED: tuple[str, ...] = ("2.1.1", "2.2.1", "2.3.0")
WITHOUT_ROUTING = frozenset({"2.1.1"})
"""Versions in which a connection has one party on each side and messages name neither."""

WHOLE_SECONDS = frozenset({"2.1.1"})
"""Versions whose timestamps have no fractions."""


class InterfaceRole(StrEnum):
    """SENDER owns the data, RECEIVER takes it."""

    SENDER = "SENDER"
    RECEIVER = "RECEIVER"


class Role(StrEnum):
    """Roles of a party. Treat a peer's role as open: versions disagree about HUB and PTP."""

    CPO = "CPO"
    EMSP = "EMSP"
    HUB = "HUB"
    NAP = "NAP"
    NSP = "NSP"
    OTHER = "OTHER"
    SCSP = "SCSP"
    PTP = "PTP"


def _upper(value: Any) -> Any:
    return value.strip().upper() if isinstance(value, str) else value


_URL = Annotated[str, StringConstraints(min_length=1, max_length=255)]
_Text = Annotated[str, StringConstraints(min_length=1, max_length=255)]


class _Open(BaseModel):
    # OCPI 2.3.0, transport_and_format: unknown fields never cause rejection.
    model_config = ConfigDict(extra="allow", frozen=True)


class Version(_Open):
    """One entry of the versions endpoint; `version` may be one we do not know."""

    version: _Text
    url: _URL


class Endpoint(_Open):
    """One endpoint. `role` is upper-cased and open; absent at versions before 2.2."""

    identifier: _Text
    role: Annotated[str | None, BeforeValidator(_upper)] = None
    url: _URL


class VersionDetails(_Open):
    """The endpoints of one version."""

    version: _Text
    endpoints: list[Endpoint] = Field(min_length=1)

    def url_of(self, identifier: str, role: str | None = None) -> str | None:
        """The URL of a module, or None. For `credentials` the role is disregarded, as advised."""
        wanted = identifier.lower()
        for endpoint in self.endpoints:
            if endpoint.identifier.strip().lower() != wanted:
                continue
            if wanted == "credentials" or role is None or endpoint.role == role:
                return endpoint.url
        return None


def best_common(offered: Iterable[str], supported: Iterable[str] = SUPPORTED) -> str | None:
    """The highest version on both sides, or None; unknown or malformed offers are passed over."""
    common = set(offered) & set(supported)
    return max(common, key=_ordinal, default=None)


def _ordinal(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())
