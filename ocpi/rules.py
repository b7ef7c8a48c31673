"""Rules between fields that hold in every version since 2.2."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from ocpi.types import CiString36, OCPIModel, string


def unique(field: str, identifiers: Iterable[str]) -> None:
    """Identifiers of parts are unique, compared as CiStrings; names the second one."""
    seen: set[str] = set()
    for index, identifier in enumerate(identifiers):
        key = identifier.upper()
        if key in seen:
            raise PydanticCustomError(
                "not_unique",
                "{identifier} occurs more than once",
                {"identifier": identifier, "field": f"{field}.{index}"},
            )
        seen.add(key)


def published_or_selected(publish: bool, publish_allowed_to: list[Any] | None) -> None:
    """`publish_allowed_to` may only be used when `publish` is false (mod_locations, Location)."""
    if publish and publish_allowed_to:
        raise PydanticCustomError(
            "publish_allowed_to_not_expected",
            "Only allowed when publish is false",
            {"field": "publish_allowed_to"},
        )


class PublishTokenRules(OCPIModel):
    """What mod_locations, PublishTokenType says in its introduction; versions add `type`."""

    uid: CiString36 | None = None
    visual_number: Annotated[str, string(64)] | None = None
    issuer: Annotated[str, string(64)] | None = None
    group_id: CiString36 | None = None

    @model_validator(mode="after")
    def _identifies_a_token(self) -> Self:
        if not (self.uid or self.visual_number or self.group_id):
            raise PydanticCustomError(
                "no_token", "One of uid, visual_number and group_id is needed"
            )
        self._needs("uid", "type")
        self._needs("visual_number", "issuer")
        return self

    def _needs(self, given: str, needed: str) -> None:
        if getattr(self, given) and not getattr(self, needed, None):
            raise PydanticCustomError(
                "missing", "Field required when {given} is set", {"field": needed, "given": given}
            )
