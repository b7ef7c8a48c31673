"""The linter's remarks as pages show them: by code, the gravest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection as database
from django.utils import timezone
from django.utils.safestring import SafeString

from staff import badges
from tariffs.pricing.lint import CODES, SEVERITIES, Remark, Severity, lint

SHOWN = 5
SEVERITY_WORDS: dict[Severity, str] = {
    "error": "Error",
    "warning": "Doubtful",
    "hint": "Worth knowing",
}
_VARIANTS = {"error": "danger", "warning": "warning", "hint": "info"}
_EXPLANATIONS = {
    "error": "Somebody is charged wrongly by it, or nobody can work out what is due.",
    "warning": "Probably not what its owner means.",
    "hint": "Often meant; worth knowing.",
}


class Remarks(NamedTuple):
    """The remarks of one code about a tariff; ``more`` counts those that are not among ``shown``."""

    code: str
    severity: Severity
    title: str
    shown: list[Remark]
    more: int

    @property
    def badge(self) -> SafeString:
        return severity_badge(self.severity)


class Counted(NamedTuple):
    """How many tariffs that are in force have a remark of a code: ours and partners'."""

    code: str
    severity: Severity
    title: str
    ours: int
    theirs: int

    @property
    def badge(self) -> SafeString:
        return severity_badge(self.severity)


def severity_badge(severity: Severity) -> SafeString:
    return badges.label_badge(
        SEVERITY_WORDS[severity], _VARIANTS[severity], title=_EXPLANATIONS[severity]
    )


def remarks_for(document: Mapping[str, Any], at: datetime | None = None) -> list[Remarks]:
    """The remarks about a valid canonical Tariff at a time (now), as ``tariffs/remarks.html`` shows them."""
    return grouped(lint(document, at=at or timezone.now()))


def grouped(remarks: Iterable[Remark]) -> list[Remarks]:
    """Remarks by code, in the order in which the codes come."""
    by_code: dict[str, list[Remark]] = {}
    for one in remarks:
        by_code.setdefault(one.code, []).append(one)
    return [
        Remarks(code, CODES[code].severity, CODES[code].title, found[:SHOWN], len(found[SHOWN:]))
        for code, found in by_code.items()
    ]


def counted() -> list[Counted]:
    """How many tariffs in force have which remark, the gravest and most frequent first.

    It reads all tariffs once; keep the answer for a while.
    """
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT code, count(*) FILTER (WHERE p.is_ours), count(*) FILTER (WHERE NOT p.is_ours)"
            " FROM tariffs_tariff t JOIN parties_party p ON p.id = t.owner_id,"
            " unnest(t.remark_codes) AS code"
            " WHERE t.deleted_at IS NULL AND t.vanished_at IS NULL GROUP BY code"
        )
        rows = cursor.fetchall()
    found = [
        Counted(code, CODES[code].severity, CODES[code].title, ours, theirs)
        for code, ours, theirs in rows
        if code in CODES
    ]
    return sorted(
        found, key=lambda one: (SEVERITIES.index(one.severity), -one.ours - one.theirs, one.title)
    )
