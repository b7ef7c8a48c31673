"""Where a partner stands with an object now: is it told the current state, or that the object is gone?

Asked when a delivery goes out and not only when it was marked, because the answer may change while it waits.
"""

from __future__ import annotations

from enum import Enum

from django.db import connection as database

from exchange import registry
from exchange.choices import Known
from exchange.models import Delivery
from parties.models import Connection


class Standing(Enum):
    """What is due to a partner."""

    TELL = "tell"
    """It may see the object: tell it the current state."""

    WITHDRAW = "withdraw"
    """It was told about the object and may not see it any more: tell it that the object is gone."""

    SETTLED = "settled"
    """It was told about the object, and there is nothing more to say."""

    AWAY = "away"
    """It is about a party that the hub says is away: nothing is sent, and nothing waits for it."""

    STRANGER = "stranger"
    """It was never told about the object and may not see it: it must not learn that there is one."""


def was_told(delivery: Delivery) -> bool:
    """Whether a request about the object ever went to the partner, whatever came of it, or it fetched it.

    The attempt that a worker has just claimed does not count; one whose worker died does.
    """
    under_way = 1 if delivery.lease_token else 0
    return (
        delivery.known == Known.FETCHED
        or delivery.last_exchange_id is not None
        or delivery.attempts > under_way
    )


WAS_TOLD = (
    "({row}.last_exchange_id IS NOT NULL OR {row}.attempts > 0"
    f" OR {{row}}.known = '{Known.FETCHED}')"
)
STILL_TO_WITHDRAW = f"({WAS_TOLD} AND {{row}}.known <> '{Known.WITHDRAWN}')"


def _standing(
    outbox: registry.Outbox, connection: Connection, delivery: Delivery
) -> tuple[Standing, int]:
    """Where ``connection`` stands with the delivery's object, and as of which of the object's versions.

    :attr:`Standing.SETTLED` when the object is no more.
    """
    rules = outbox.visibility
    with database.cursor() as cursor:
        cursor.execute(
            f"SELECT {rules.visible()}, {rules.audience()}, {rules.reachable()}, o.version"  # noqa: S608 - from declarations
            f" FROM {rules.table} o CROSS JOIN parties_connection c WHERE o.id = %s AND c.id = %s",
            [delivery.object_id, connection.pk],
        )
        found = cursor.fetchone()
    if found is None:
        return Standing.SETTLED, 0
    visible, audience, reachable, version = found
    if not reachable:
        return Standing.AWAY, version
    if visible:
        return Standing.TELL, version
    if not was_told(delivery):
        return Standing.STRANGER, version
    if audience and delivery.known != Known.WITHDRAWN:
        return Standing.WITHDRAW, version
    return Standing.SETTLED, version


def push_due(
    outbox: registry.Outbox, connection: Connection, delivery: Delivery, *, whole: bool
) -> tuple[Standing, registry.Push | None]:
    """The request that is due now; ``None`` where nothing is to be told.

    An object that changed between the two looks at it is looked at again: it may just have been deleted, and its
    last state must not count as having told that.
    """
    while True:
        where, version = _standing(outbox, connection, delivery)
        if where not in (Standing.TELL, Standing.WITHDRAW):
            return where, None
        is_gone = where is Standing.WITHDRAW
        push = outbox.render(
            connection,
            delivery.object_id,
            delivery.changed,
            whole=whole or is_gone or delivery.known in (Known.NO, Known.WITHDRAWN),
            withdrawn=is_gone,
        )
        if push is None or push.version <= version:
            return where, push
