"""Changes of a connection's dialect that its traffic speaks for, in both directions.

A rule turns one kind of observation (``exchange.quality.observing``, and codes of ``ocpi.lenient``) into one change
of one field. Nothing is changed by itself: staff apply a suggestion or set it aside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from exchange import wake
from exchange.models import Delivery, DismissedSuggestion, WarningCount
from ocpi import dialects
from ocpi.dialect import TO_THE_LETTER, Dialect
from parties import events
from parties import services as parties
from parties.models import Connection

QUIET = timedelta(days=1)
EITHER = "either"
PAGE_SIZE = 100
"""Objects per page to ask for where a page was too large."""


class Observation(NamedTuple):
    """One kind of deviation as it was counted."""

    module: str
    code: str
    times: int
    first_seen_at: datetime | None
    last_seen_at: datetime
    example_reference: str = ""
    example_path: str = ""
    example_value: str = ""


@dataclass(frozen=True)
class Suggestion:
    """One change of one field; ``evidence`` is what speaks for it, the most frequent first."""

    field: str
    value: Any
    evidence: tuple[Observation, ...]

    @property
    def question(self) -> dialects.Question:
        return dialects.QUESTION[self.field]

    @property
    def answer(self) -> str:
        return dialects.answer(self.field, self.value)

    @property
    def title(self) -> str:
        """The change in one line."""
        return f"{self.question.question} {self.answer.capitalize()}."

    @property
    def count(self) -> int:
        return sum(seen.times for seen in self.evidence)

    @property
    def since(self) -> datetime | None:
        return min((s.first_seen_at for s in self.evidence if s.first_seen_at), default=None)

    @property
    def last_seen_at(self) -> datetime:
        return max(seen.last_seen_at for seen in self.evidence)


class Rule(NamedTuple):
    """Which observation speaks for which value of a field; ``applies`` sees the dialect and what was seen."""

    code: str
    field: str
    value: Any
    applies: Callable[[Dialect, Observation], bool]


def _unset(field: str) -> Callable[[Dialect, Observation], bool]:
    """While the field is as in the specification: what staff have decided is not suggested away."""
    usual = asdict(TO_THE_LETTER)[field]
    return lambda dialect, seen: bool(getattr(dialect, field) == usual)


def _repairs(dialect: Dialect, seen: Observation) -> bool:
    return not dialect.lenient_pushes


def _looks_like_a_fraction(dialect: Dialect, seen: Observation) -> bool:
    try:
        return not dialect.vat_as_fraction and 0 < float(seen.example_value) < 1
    except ValueError:
        return False


RULES: tuple[Rule, ...] = (
    Rule("token_spelling", "token_in", EITHER, lambda d, seen: d.token_in != EITHER),
    Rule("slash_wanted", "trailing_slash", True, _unset("trailing_slash")),
    Rule("patch_refused", "whole_objects", True, _unset("whole_objects")),
    Rule("fraction_refused", "whole_seconds", True, _unset("whole_seconds")),
    Rule("routing_refused", "routing_headers", False, _unset("routing_headers")),
    Rule("party_wanted", "name_party", "always", lambda d, seen: d.name_party != "always"),
    Rule("date_filter_refused", "date_filters", False, _unset("date_filters")),
    Rule("date_filter_ignored", "date_filters", False, _unset("date_filters")),
    Rule("party_ignored", "name_party", "never", lambda d, seen: d.name_party == "auto"),
    Rule("busy_as_403", "busy_403", True, _unset("busy_403")),
    Rule("page_too_large", "page_size", PAGE_SIZE, _unset("page_size")),
    Rule("push_would_pass", "lenient_pushes", True, _repairs),
    Rule("push_without_ids", "ids_from_url", True, _unset("ids_from_url")),
    Rule("time_in_future", "local_times", True, _unset("local_times")),
    Rule("vat_implausible", "vat_as_fraction", True, _looks_like_a_fraction),
)


def suggest(dialect: Dialect, observed: Iterable[Observation]) -> list[Suggestion]:
    """The changes that what was observed speaks for, in the order of the rules."""
    found: dict[tuple[str, Any], list[Observation]] = {}
    seen = list(observed)
    for rule in RULES:
        for observation in seen:
            if observation.code == rule.code and rule.applies(dialect, observation):
                found.setdefault((rule.field, rule.value), []).append(observation)
    return [
        Suggestion(field, value, tuple(sorted(evidence, key=lambda o: -o.times)))
        for (field, value), evidence in found.items()
    ]


def observations(connection: Connection) -> list[Observation]:
    """What was counted of a partner's dialect."""
    codes = {rule.code for rule in RULES}
    rows = WarningCount.objects.filter(connection=connection, code__in=codes).order_by("-count")
    return [
        Observation(
            row.module,
            row.code,
            row.count,
            row.first_seen_at,
            row.last_seen_at,
            row.example_reference,
            row.example_path,
            row.example_value,
        )
        for row in rows
    ]


def of(connection: Connection) -> list[Suggestion]:
    """What is suggested for a connection now, without what staff have set aside."""
    found = suggest(connection.dialect, observations(connection))
    if not found:
        return []
    aside = dict(connection.dismissed_suggestions.values_list("field", "dismissed_at"))
    return [each for each in found if not _is_quiet(each, aside.get(each.field))]


def numbers() -> dict[int, int]:
    """How many suggestions each connection has that has any, by primary key."""
    codes = {rule.code for rule in RULES}
    observed = WarningCount.objects.filter(code__in=codes).exclude(connection=None)
    connections = Connection.objects.filter(pk__in=observed.values("connection"))
    counts = {connection.pk: len(of(connection)) for connection in connections}
    return {key: number for key, number in counts.items() if number}


def _is_quiet(suggestion: Suggestion, dismissed_at: datetime | None) -> bool:
    return dismissed_at is not None and suggestion.last_seen_at < dismissed_at + QUIET


def find(connection: Connection, field: str) -> Suggestion:
    """The suggestion for a field; ``ValueError`` when there is none (any more)."""
    for suggestion in of(connection):
        if suggestion.field == field:
            return suggestion
    raise ValueError("This is not suggested any more.")


def apply(connection: Connection, field: str, *, actor: events.Actor = None) -> Suggestion:
    """Change the dialect as suggested. ``ValueError`` when it is not suggested any more."""
    suggestion = find(connection, field)
    changed = connection.dialect.but(**{field: suggestion.value})
    set_dialect(connection, changed, actor=actor, why="As suggested:")
    return suggestion


def dismiss(connection: Connection, field: str, *, actor: events.Actor = None) -> Suggestion:
    """Not now: it is suggested again when it is seen again a day later. ``ValueError`` as in :func:`find`."""
    suggestion = find(connection, field)
    with transaction.atomic():
        DismissedSuggestion.objects.update_or_create(
            connection=connection,
            field=field,
            defaults={
                "dismissed_at": timezone.now(),
                "dismissed_by": events.actor_name(actor),
            },
        )
        events.record(
            "connection.suggestion_dismissed",
            f"Not now: {suggestion.title}",
            connection=connection,
            actor=actor,
        )
    return suggestion


def set_dialect(
    connection: Connection,
    dialect: Dialect,
    *,
    actor: events.Actor = None,
    why: str = "Its dialect was changed:",
) -> list[str]:
    """Make ``dialect`` the connection's; what waits for the partner after a failure is tried again at once.

    Returns what changed, a line each.
    """
    with transaction.atomic():
        changed = parties.set_dialect(connection, dialect, actor=actor, why=why)
        if changed:
            failing = Delivery.objects.pending().filter(connection=connection, attempts__gt=0)
            if failing.update(next_attempt_at=Now()):
                transaction.on_commit(lambda: wake.connections([connection.pk]))
    return changed
