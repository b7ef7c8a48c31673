"""How sessions go out: first the whole, then what changed, as long as it is certain what the partner holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from charging.sessions import places, selectors
from charging.sessions.periods import PATCHED, known_before
from charging.sessions.visibility import REFERENCE, VISIBILITY
from exchange import registry
from exchange.registry import Push
from ocpi import convert
from ocpi.headers import RoutingHeaders
from parties.models import Connection, Party

# A PATCH appends charging periods since 2.2; before, it replaces them.
_REPLACES = frozenset({"2.1.1"})
_NAMES = {"start_date_time": "start_datetime", "end_date_time": "end_datetime"}


class SessionsOutbox(registry.Outbox):
    """The sessions' side of deliveries; see :class:`exchange.registry.Outbox`.

    A session that a partner may not see any more is not withdrawn: OCPI has no word for that, and INVALID would be
    wrong.
    """

    visibility = VISIBILITY
    reference = REFERENCE

    def render(
        self,
        connection: Connection,
        object_id: int,
        changed: Sequence[str],
        *,
        whole: bool,
        withdrawn: bool = False,
    ) -> Push | None:
        found = selectors.by_ids([object_id])
        if not found or withdrawn:
            return None
        row = found[0]
        parties = Party.objects.in_bulk([row.owner_id, row.emsp_id])
        owner = parties[row.owner_id].identity
        routing = RoutingHeaders(to=parties[row.emsp_id].identity, from_=owner)
        segments = (*owner, row.session_id)
        known = None if whole else known_before(changed)
        if known is not None:
            data, losses = _patch(connection.version, row, known)
            return Push("PATCH", segments, data, False, row.version, routing, losses)
        _, location = next(places.with_locations([row], connection.version))
        said = row.said_in(connection.version, location)
        return Push("PUT", segments, said.json, True, row.version, routing, said.losses)


def _patch(
    version: str, row: selectors.SessionRow, known: int
) -> tuple[dict[str, Any], Sequence[Any]]:
    """What a session that goes on has come to, with the charging periods that are new."""
    document = row.parsed()
    beside = places.beside(version, row)
    said, losses = convert.from_canonical(version, "session", document, beside=beside)
    names = {_NAMES.get(name, name) for name in PATCHED} if version in _REPLACES else PATCHED
    data = {name: value for name, value in said.items() if name in names}
    if version in _REPLACES:
        periods = said.get("charging_periods") or []
    else:
        periods = (said.get("charging_periods") or [])[known:]
    if len(document.get("charging_periods") or ()) > known and periods:
        data["charging_periods"] = periods
    kept = [loss for loss in losses if loss.path.partition(".")[0] in {*data, *PATCHED}]
    return data, kept
