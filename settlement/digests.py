"""A number made of each line of a statement, whose sum shows whether two ways to a total took the same lines.

The database makes the same number, where it looks at all of them: see :data:`SQL`.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal

from settlement.amounts import Rate, text

_DIGITS = 15

SQL = (
    "('x' || left(encode(sha256({content} || convert_to({kind} || '|' || ({rate}->>'label') || '|'"
    " || ({rate}->>'before_tax') || '|' || coalesce({rate}->>'tax', '0.00000000'), 'UTF8')), 'hex'),"
    " 15))::bit(60)::bigint"
)
"""The same in PostgreSQL, to be formatted with ``content`` (SHA-256 of the CDR), ``kind`` and ``rate`` (jsonb)."""


def number(content_sha256: bytes, kind: str, rate: Rate) -> int:
    """The number of one entry at one rate: of the CDR's content, the kind of entry and its amounts."""
    amounts = f"{kind}|{rate.label}|{text(rate.before_tax)}|{text(rate.tax or Decimal(0))}"
    digest = hashlib.sha256(content_sha256 + amounts.encode())
    return int(digest.hexdigest()[:_DIGITS], 16)
