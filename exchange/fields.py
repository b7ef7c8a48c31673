"""The column that keeps what a partner said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from django.db import models

from ocpi import json

if TYPE_CHECKING:
    DocumentBase = models.Field[dict[str, Any], dict[str, Any]]
else:
    DocumentBase = models.Field


class DocumentField(DocumentBase):
    """A JSON document as text in PostgreSQL's ``json`` type: member order and number forms stay as written.

    Unlike ``jsonb`` it costs nothing to read back, which is what lists live from; nothing is ever searched
    inside it, that is what columns are for.
    """

    def db_type(self, connection: Any) -> str:
        return "json"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> dict[str, Any] | None:
        if value is None or isinstance(value, dict):
            return value
        return orjson.loads(value)  # type: ignore[no-any-return]

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> str | None:
        return None if value is None else json.dumps(value).decode()

    def to_python(self, value: Any) -> Any:
        return orjson.loads(value) if isinstance(value, str | bytes) else value

    def value_to_string(self, obj: models.Model) -> str:
        return json.dumps(self.value_from_object(obj)).decode()
