"""An InvoiceReconciliationRecord taken apart into columns, and made."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

import orjson

from ocpi import json
from ocpi.datetimes import format_datetime, parse_datetime, to_milliseconds
from ocpi.ids import PartyId, ci_key


@dataclass(slots=True, frozen=True)
class RecordParts:
    """A record taken apart; ``cdrs`` are ids as they are listed, ``document`` is canonical."""

    owner: PartyId
    record_id: str
    record_key: str
    invoice_id: str
    invoice_key: str
    cdrs: tuple[str, ...]
    document: dict[str, Any]
    content_sha256: bytes
    last_updated: datetime

    @property
    def reference(self) -> str:
        """How staff and the log name it: ``NL*ABC/1b4b3a3c``."""
        return f"{self.owner}/{self.record_id}"

    @property
    def keys(self) -> list[str]:
        """The CiString keys of the CDRs, in the order in which they are listed."""
        return [identifier.upper() for identifier in self.cdrs]


class Line(NamedTuple):
    """A CDR as an invoice lists it; ``amount``, ``currency`` and ``started_at`` are what only a file says."""

    cdr_id: str
    amount: Decimal | None = None
    currency: str = ""
    started_at: datetime | None = None


def take_apart(document: Mapping[str, Any]) -> RecordParts:
    """Raises ``KeyError`` or ``ValueError`` for what cannot be stored, naming it."""
    identifier, invoice = _text(document, "id"), _text(document, "invoice_id")
    listed = document.get("cdrs")
    if not isinstance(listed, list) or not all(isinstance(cdr, str) and cdr for cdr in listed):
        raise ValueError("cdrs must be a list of CDR IDs")
    if not listed:
        raise ValueError("cdrs is empty: it lists no CDR")
    for cdr in listed:
        ci_key(cdr)
    return RecordParts(
        owner=PartyId.of(document["country_code"], document["party_id"]),
        record_id=identifier,
        record_key=ci_key(identifier),
        invoice_id=invoice,
        invoice_key=ci_key(invoice),
        cdrs=tuple(listed),
        document=dict(document),
        content_sha256=content_digest(document),
        last_updated=to_milliseconds(parse_datetime(str(document["last_updated"]))),
    )


def content_digest(document: Mapping[str, Any]) -> bytes:
    """SHA-256 of what a record says, whatever the order of its members and of its CDRs, and when it was last sent."""
    said = {name: value for name, value in document.items() if name != "last_updated"}
    said["cdrs"] = sorted(str(cdr).upper() for cdr in said.get("cdrs") or ())
    plain = orjson.loads(json.dumps(said))
    return hashlib.sha256(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)).digest()


def made(
    owner: PartyId, record_id: str, invoice_id: str, cdrs: Sequence[str], at: datetime
) -> dict[str, Any]:
    """A canonical record; ``at`` is aware."""
    return {
        **owner._asdict(),
        "id": record_id,
        "invoice_id": invoice_id,
        "cdrs": list(cdrs),
        "last_updated": format_datetime(at),
    }


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is missing")
    if len(value) > 255:
        raise ValueError(f"{name} is longer than 255 characters")
    return value
