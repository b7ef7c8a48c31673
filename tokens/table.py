"""Tokens as lines of a CSV file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from exchange.registry import Column, Counts, Source
from ocpi import json
from ocpi.datetimes import format_datetime
from ocpi.errors import InvalidParameters, Problem
from ocpi.versioned import CANONICAL, validate_document
from tokens import selectors, services
from tokens.choices import TokenType, Whitelist
from tokens.documents import key_of

COLUMNS: tuple[Column, ...] = (
    Column("uid", True, "what the reader of the charging station reads, or the app sends"),
    Column("type", False, f"{', '.join(TokenType.values)}; RFID when it is not said"),
    Column("contract_id", True, "the contract, as in NL-ABC-C12345678-X"),
    Column("visual_number", False, "the number printed on the card"),
    Column("issuer", True, "the company whose name is on the card"),
    Column("group_id", False, "what several tokens of one driver have in common"),
    Column("valid", False, "true or false (yes, no, 1, 0); new tokens are valid"),
    Column(
        "whitelist",
        False,
        f"{', '.join(Whitelist.values)}; new cards are ALLOWED, everything else NEVER",
    ),
    Column("language", False, "two letters of ISO 639-1, as in nl"),
)
_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
# What a line leaves empty of these is not cleared but kept, or given its default.
_NEVER_EMPTY = ("valid", "whitelist")
# Whatever is checked with a line, which names neither owner nor time.
_FRAME = {
    "country_code": "NL",
    "party_id": "XXX",
    "valid": True,
    "whitelist": Whitelist.NEVER.value,
    "last_updated": format_datetime(datetime(2026, 1, 1, tzinfo=UTC)),
}


class TokensTable:
    """See :class:`exchange.registry.Table`."""

    columns = COLUMNS

    def read(self, cells: Mapping[str, str]) -> tuple[dict[str, Any], list[Problem]]:
        problems: list[Problem] = []
        document: dict[str, Any] = {name: text or None for name, text in cells.items()}
        document["type"] = _choice("type", cells.get("type") or TokenType.RFID, problems)
        if cells.get("whitelist"):
            document["whitelist"] = _choice("whitelist", cells["whitelist"], problems)
        if cells.get("valid"):
            document["valid"] = _boolean(cells["valid"], problems)
        for name in _NEVER_EMPTY:
            if document.get(name, "") is None:
                del document[name]
        told = {problem.path for problem in problems}
        problems += [problem for problem in _faults(document) if problem.path not in told]
        return document, problems

    def key(self, document: Mapping[str, Any]) -> str:
        return key_of(document["uid"], document["type"])

    def take(self, documents: Sequence[dict[str, Any]], source: Source) -> Counts:
        return services.take_lines(documents, source)

    def write(self, object_ids: Sequence[int]) -> Iterator[list[str]]:
        for row in selectors.by_ids(object_ids):
            document = json.loads(row.to_json())
            yield [_cell(document.get(column.name)) for column in COLUMNS]


def _choice(name: str, text: str, problems: list[Problem]) -> str:
    choices = TokenType.values if name == "type" else Whitelist.values
    upper = text.upper()
    if upper not in choices:
        problems.append(Problem("not_a_choice", name, f"is none of {', '.join(choices)}", text))
    return upper


def _boolean(text: str, problems: list[Problem]) -> bool:
    found = _BOOLEANS.get(text.lower())
    if found is None:
        problems.append(Problem("not_a_boolean", "valid", "is neither true nor false", text))
    return bool(found)


def _faults(document: Mapping[str, Any]) -> list[Problem]:
    given = {name: value for name, value in document.items() if value is not None}
    try:
        validate_document(CANONICAL, "token", {**_FRAME, **given})
    except InvalidParameters as error:
        return list(error.problems)
    return []


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
