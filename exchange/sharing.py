"""Changes of who sees what, and telling partners what that makes appear or disappear.

Whatever changes what connections may see (an agreement, the parties a connection shows or speaks for, who is
hosted here) happens inside :func:`changing`, which looks before and after and marks the difference in the same
transaction: what became visible is delivered whole, what became invisible is withdrawn where it was ever told.
What changes in an object itself needs none of this: ``announce`` asks the same predicate.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db import connection as database
from django.db import transaction

from exchange import registry, wake
from exchange.announce import TO_WITHDRAW, mark
from ocpi.ids import PartyId
from parties import events
from parties import services as parties
from parties.choices import ConnectionState
from parties.models import Agreement, Connection, Party
from parties.sight import sight

SEEING_STATES = (ConnectionState.CONNECTED, ConnectionState.SUSPENDED)
_numbers = itertools.count()


@dataclass(frozen=True)
class Difference:
    """What changed for one connection and module; ``withdrawn`` of the ``hidden`` objects it was told about."""

    connection_id: int
    module: str
    shown: int
    hidden: int
    withdrawn: int


@dataclass
class Change:
    """What a change of sharing came to; filled when :func:`changing` ends."""

    differences: list[Difference] = field(default_factory=list)

    @property
    def shown(self) -> int:
        return sum(one.shown for one in self.differences)

    @property
    def hidden(self) -> int:
        return sum(one.hidden for one in self.differences)

    @property
    def withdrawn(self) -> int:
        return sum(one.withdrawn for one in self.differences)


def seeing() -> Any:
    """The connections that see anything: connected ones, and those that wait to be resumed."""
    return Connection.objects.filter(state__in=SEEING_STATES)


def seeing_for(agreement_or_party: Agreement | Party) -> list[int]:
    """The connections that an agreement concerns: those that speak for the partner's party."""
    party = (
        agreement_or_party.theirs
        if isinstance(agreement_or_party, Agreement)
        else agreement_or_party
    )
    speaking = seeing().filter(connection_parties__party=party, connection_parties__approved=True)
    return sorted(speaking.values_list("pk", flat=True))


@contextmanager
def changing(
    connection_ids: Iterable[int],
    *,
    owners: Collection[Party] | None = None,
    marks: bool = True,
) -> Iterator[Change]:
    """Change what these connections may see, and mark what that makes appear or disappear for them.

    ``owners`` limits it to objects of these parties, where only those can be concerned; without ``marks`` it is
    only counted. One transaction, in
    which a handful of statements per connection and module look at whole tables; nobody else's change is lost
    in between, as an object that changes meanwhile is announced by whoever changes it.
    """
    ids = sorted(set(seeing().filter(pk__in=list(connection_ids)).values_list("pk", flat=True)))
    change = Change()
    with transaction.atomic():
        if not ids:
            yield change
            return
        comparing = _Comparing(ids, [party.pk for party in owners] if owners is not None else None)
        comparing.look()
        yield change
        change.differences = comparing.differences(marks=marks)
        comparing.close()
        if change.shown or change.withdrawn:
            transaction.on_commit(partial(wake.connections, frozenset(ids)))


def preview(
    connection_ids: Iterable[int],
    perform: Callable[[], object],
    *,
    owners: Collection[Party] | None = None,
) -> Change:
    """What a change would come to: it is made, looked at, and taken back."""
    with transaction.atomic():
        with changing(connection_ids, owners=owners, marks=False) as change:
            perform()
        transaction.set_rollback(True)
    return change


def host(
    party: PartyId, roles: Collection[str], *, name: str = "", actor: events.Actor = None
) -> list[Party]:
    """Make a party ours in each of ``roles``; what is here of it appears to those who may see it."""
    known = list(Party.objects.identified(party))
    with changing(_everybody() if known else (), owners=known):
        return parties.host_party(party, roles, name=name, actor=actor)


def present(connection: Connection, ours: Iterable[Party]) -> Change:
    """Show a connection these of our parties (none for all of them)."""
    with changing([connection.pk]) as change:
        connection.presents.set(ours)
    return change


def _everybody() -> list[int]:
    return list(seeing().values_list("pk", flat=True))


def pairs(connection_ids: Collection[int], owners: Collection[Party]) -> int:
    """How much :func:`changing` has to look at: objects of these owners, times connections."""
    total = 0
    with database.cursor() as cursor:
        for outbox in _outboxes():
            cursor.execute(
                f"SELECT count(*) FROM {outbox.visibility.table} WHERE owner_id = ANY(%s)",  # noqa: S608
                [[party.pk for party in owners]],
            )
            total += cursor.fetchone()[0]
    return total * len(connection_ids)


def _outboxes() -> list[registry.Outbox]:
    return [module.outbox for module in registry.shown_modules() if module.outbox is not None]


class _Comparing:
    """What each connection sees before and after, in temporary tables of this transaction."""

    def __init__(self, connection_ids: list[int], owner_ids: list[int] | None) -> None:
        self.connections = Connection.objects.in_bulk(connection_ids)
        self.owner_ids = owner_ids
        # Two changes may be under way in one transaction, one inside the other.
        number = next(_numbers)
        self.before, self.change = f"sharing_before_{number}", f"sharing_change_{number}"

    def look(self) -> None:
        columns = "(connection_id bigint, module varchar, object_id bigint"
        self._run(f"CREATE TEMPORARY TABLE {self.before} {columns}) ON COMMIT DROP")
        self._run(f"CREATE TEMPORARY TABLE {self.change} {columns}, shown boolean) ON COMMIT DROP")
        for connection_id, outbox in self._each():
            self._run(
                f"INSERT INTO {self.before} SELECT %(connection)s, %(module)s, o.id {{seen}}",
                connection_id,
                outbox,
            )
        self._run(f"ANALYZE {self.before}")

    def differences(self, *, marks: bool) -> list[Difference]:
        found = [self._difference(*one, marks=marks) for one in self._each()]
        return [one for one in found if one.shown or one.hidden]

    def close(self) -> None:
        self._run(f"DROP TABLE {self.before}, {self.change}")

    def _each(self) -> Iterator[tuple[int, registry.Outbox]]:
        return itertools.product(self.connections, _outboxes())

    def _difference(
        self, connection_id: int, outbox: registry.Outbox, *, marks: bool
    ) -> Difference:
        self._run(
            f"""
            INSERT INTO {self.change}
            SELECT %(connection)s, %(module)s, coalesce(n.id, b.object_id), n.id IS NOT NULL
            FROM (SELECT o.id {{seen}}) n
            FULL JOIN (SELECT object_id FROM {self.before}
                       WHERE connection_id = %(connection)s AND module = %(module)s) b
            ON b.object_id = n.id WHERE b.object_id IS NULL OR n.id IS NULL
            """,  # noqa: S608 - names made here, conditions from declarations
            connection_id,
            outbox,
        )
        shown, hidden = self._counts(connection_id, outbox)
        withdrawn = self._to_withdraw(connection_id, outbox) if hidden else 0
        if marks and shown:
            self._mark(connection_id, outbox, "TRUE", shown=True)
        if marks and withdrawn:
            condition = f"({outbox.visibility.audience()} AND {TO_WITHDRAW})"
            self._mark(connection_id, outbox, condition, shown=False)
        return Difference(connection_id, outbox.visibility.module, shown, hidden, withdrawn)

    def _counts(self, connection_id: int, outbox: registry.Outbox) -> tuple[int, int]:
        shown, hidden = self._one(
            "SELECT count(*) FILTER (WHERE shown), count(*) FILTER (WHERE NOT shown)"  # noqa: S608
            f" FROM {self.change} WHERE connection_id = %(connection)s AND module = %(module)s",
            connection_id,
            outbox,
        )
        return int(shown), int(hidden)

    def _to_withdraw(self, connection_id: int, outbox: registry.Outbox) -> int:
        (number,) = self._one(
            f"SELECT count(*) FROM {outbox.visibility.table} o CROSS JOIN parties_connection c"  # noqa: S608
            f" WHERE c.id = %(connection)s AND {self._objects(shown=False)}"
            " AND %(module)s = ANY(c.push_modules)"
            f" AND {outbox.visibility.audience()} AND {TO_WITHDRAW}",
            connection_id,
            outbox,
        )
        return int(number)

    def _mark(
        self, connection_id: int, outbox: registry.Outbox, condition: str, *, shown: bool
    ) -> None:
        statement = mark(
            outbox,
            f"c.id = %(connection)s AND {condition}",
            self._objects(shown=shown),
        )
        self._run(statement, connection_id, outbox)

    def _objects(self, *, shown: bool) -> str:
        return (
            f"o.id IN (SELECT n.object_id FROM {self.change} n WHERE n.connection_id = %(connection)s"  # noqa: S608
            f" AND n.module = %(module)s AND {'' if shown else 'NOT '}n.shown)"
        )

    def _one(self, statement: str, connection_id: int, outbox: registry.Outbox) -> Any:
        with database.cursor() as cursor:
            cursor.execute(statement, self._parameters(connection_id, outbox))
            return cursor.fetchone()

    def _run(
        self, statement: str, connection_id: int = 0, outbox: registry.Outbox | None = None
    ) -> None:
        """Execute a statement; ``{seen}`` in it stands for the table of what the connection sees."""
        parameters = self._parameters(connection_id, outbox) if outbox else None
        if outbox is not None and parameters is not None and "{seen}" in statement:
            seen = sight(outbox.visibility, self.connections[connection_id])
            limit = "" if self.owner_ids is None else "AND o.owner_id = ANY(%(owners)s)"
            table = f"FROM {outbox.visibility.table} o WHERE {seen.sql} {limit}"
            statement = statement.replace("{seen}", table)
            parameters |= seen.parameters
        with database.cursor() as cursor:
            cursor.execute(statement, parameters)

    def _parameters(self, connection_id: int, outbox: registry.Outbox) -> dict[str, Any]:
        return {
            "connection": connection_id,
            "module": outbox.visibility.module,
            "owners": self.owner_ids,
            "changed": ["*"],
            "source": 0,
            "versions": None,
        }
