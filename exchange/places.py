"""Where a push puts an object, as its URL says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ocpi.ids import PartyId

USUAL_TYPE = "RFID"


def typed(type_: str) -> str:
    """How a reference goes on where the type of an object matters: as the address does, RFID unsaid."""
    return "" if type_.upper() in ("", USUAL_TYPE) else f"?type={type_}"


class Place(NamedTuple):
    """``PUT`` or ``PATCH`` of one object below a module's receiver URL.

    ``kind`` is the type of object (``ocpi.versioned.TYPES``), ``name`` its member that holds its id. ``ids``
    are those of the URL from the outermost: a location's, its EVSE's, that one's connector's. ``type`` is what
    the query says of a token, whose uid alone does not name it; empty where it says nothing.
    """

    kind: str
    name: str
    owner: PartyId
    ids: tuple[str, ...]
    method: str
    version: str
    type: str = ""

    @property
    def reference(self) -> str:
        """How staff and the log name the object: ``NL*ABC/LOC1``."""
        return f"{self.owner}/{self.ids[0]}{typed(self.type)}"

    @property
    def path(self) -> str:
        """The object with the parts of it that the push is about: ``NL*ABC/LOC1/3256``."""
        return f"{self.owner}/{'/'.join(self.ids)}{typed(self.type)}"

    @property
    def is_partial(self) -> bool:
        return self.method == "PATCH"

    def identifiers(self, *, with_owner: bool) -> dict[str, str]:
        """What the address says, by the member of the body that says the same."""
        own = {self.name: self.ids[-1], **({"type": self.type} if self.type else {})}
        return {**self.owner._asdict(), **own} if with_owner else own

    def as_json(self) -> dict[str, Any]:
        return {**self._asdict(), "owner": str(self.owner), "ids": list(self.ids)}

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Place | None:
        """The place in stored JSON; ``None`` where there is none."""
        if not stored:
            return None
        return cls(
            **{**stored, "owner": PartyId.parse(stored["owner"]), "ids": tuple(stored["ids"])}
        )
