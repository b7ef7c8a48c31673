"""Registers published as JSON: EV Roam, BDEW, AFIREV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from registers.formats.listed import CPO, EMSP, Holder, NotReadable, Row, cleaned, rows_of

_EVROAM_FIELDS = {
    "operatorId": CPO,
    "serviceProviderId": EMSP,
    "operatorIdIE": CPO,
    "serviceProviderIdIE": EMSP,
}
_AFIREV_ROLES = {"CHARGE": (CPO,), "MOBILITY": (EMSP,), "BOTH": (CPO, EMSP)}
_AFIREV_STATUS = {
    "ACTIVE": "active",
    "INACTIVE": "inactive",
    "SUSPENDED": "suspended",
    "AWAITING_PAYMENT": "awaiting_payment",
}


def evroam(content: bytes) -> Iterator[Row]:
    """EV Roam: ``{"items": [{"title", "operatorId", "serviceProviderId", "operatorIdIE", …}]}``."""
    for place, item in _objects(_loaded(content), "items", "EV Roam"):
        holder = Holder(cleaned(item.get("title")), website=cleaned(item.get("website")))
        for name, role in _EVROAM_FIELDS.items():
            code = cleaned(item.get(name))
            if code:
                yield from rows_of([code], role, holder, f"{place}, {name}")


def bdew(content: bytes) -> Iterator[Row]:
    """BDEW: ``{"cpo": [{"Id", "Code", "Company"}], "emsp": […]}``."""
    document = _loaded(content)
    for name, role in (("cpo", CPO), ("emsp", EMSP)):
        for place, item in _objects(document, name, "BDEW"):
            holder = Holder(cleaned(item.get("Company")).strip('"'))
            yield from rows_of([cleaned(item.get("Code"))], role, holder, f"{name}, {place}")


def afirev(content: bytes) -> Iterator[Row]:
    """AFIREV: ``{"data": [{"prefixId", "name", "exploitantName", "type", "status"}]}``; BOTH is two roles."""
    for place, item in _objects(_loaded(content), "data", "AFIREV"):
        operator = cleaned(item.get("exploitantName"))
        holder = Holder(
            operator or cleaned(item.get("name")),
            legal_name=cleaned(item.get("amenageurName")),
            status=_AFIREV_STATUS.get(cleaned(item.get("status")), "unknown"),
        )
        for role in _AFIREV_ROLES.get(cleaned(item.get("type")), ()):
            yield from rows_of([cleaned(item.get("prefixId"))], role, holder, place)


def _loaded(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise NotReadable(f"It is not JSON: {error}") from None


def _objects(document: Any, name: str, whose: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    items = document.get(name) if isinstance(document, Mapping) else None
    if not isinstance(items, Sequence) or isinstance(items, str):
        raise NotReadable(f"A list “{name}” is missing, which the register of {whose} has.")
    for number, item in enumerate(items, 1):
        if isinstance(item, Mapping):
            yield f"entry {number}", item
