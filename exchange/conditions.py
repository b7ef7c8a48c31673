"""The conditions of "who sees what", asked one by one about an object."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection as database

from parties.visibility import Condition, Visibility


@dataclass(frozen=True)
class Answered:
    """A condition and whether it holds."""

    condition: Condition
    holds: bool

    @property
    def sentence(self) -> str:
        return self.condition.yes if self.holds else self.condition.no


def ask(
    rules: Visibility, object_id: int, connection_ids: Collection[int]
) -> dict[int, list[Answered]]:
    """Every condition about one object for each of these connections, in the order in which they matter.

    Empty for an object that is not there.
    """
    conditions = rules.conditions()
    columns = ", ".join(condition.sql for condition in conditions)
    with database.cursor() as cursor:
        cursor.execute(
            f"SELECT c.id, {columns} FROM {rules.table} o CROSS JOIN parties_connection c"  # noqa: S608
            " WHERE o.id = %s AND c.id = ANY(%s)",
            [object_id, list(connection_ids)],
        )
        return {
            connection_id: [
                Answered(condition, bool(holds))
                for condition, holds in zip(conditions, answers, strict=True)
            ]
            for connection_id, *answers in cursor.fetchall()
        }


def reachable(rules: Visibility, object_id: int, connection_id: int) -> bool:
    """Whether no hub says that the party which the object is about is away."""
    with database.cursor() as cursor:
        cursor.execute(
            f"SELECT {rules.reachable()} FROM {rules.table} o CROSS JOIN parties_connection c"  # noqa: S608
            " WHERE o.id = %s AND c.id = %s",
            [object_id, connection_id],
        )
        found = cursor.fetchone()
    return found is None or bool(found[0])


def first_refusal(answers: Collection[Answered]) -> Answered | None:
    """The first condition that does not hold."""
    return next((answer for answer in answers if not answer.holds), None)
