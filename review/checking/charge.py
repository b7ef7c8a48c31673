"""What is here about the charges of a batch: sessions, tokens, and the places where it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

import orjson
from django.db import connection as database

from ocpi.numbers import exact_decimal
from review.checks import CDRFacts, Connector, SessionFacts, TokenFacts

_THOUSAND = Decimal(1000)
_PHASES = {"AC_3_PHASE": 3, "AC_2_PHASE": 2, "AC_2_PHASE_SPLIT": 2}


class Place(NamedTuple):
    """A location here, and the document of the EVSE; empty where it has none of that UID."""

    time_zone: str
    country: str
    evse: str


@dataclass(slots=True)
class Around:
    """What was found, by what CDRs name it."""

    sessions: dict[tuple[int, str], SessionFacts] = field(default_factory=dict)
    telling_sessions: frozenset[int] = frozenset()
    telling_tokens: frozenset[int] = frozenset()
    by_card: dict[str, list[TokenFacts]] = field(default_factory=dict)
    by_contract: dict[str, list[TokenFacts]] = field(default_factory=dict)
    places: dict[tuple[int, str, str], Place] = field(default_factory=dict)

    def token_of(self, cdr: CDRFacts) -> TokenFacts | None:
        """The eMSP's own token: by UID and type, else by its contract."""
        found = [*self.by_card.get(cdr.token_key, ()), *self.by_contract.get(cdr.contract_key, ())]
        return next((token for token in found if token.owner_id == cdr.emsp_id), None)

    def foreign_token_of(self, cdr: CDRFacts) -> TokenFacts | None:
        """Another eMSP's card of the same UID and type."""
        others = self.by_card.get(cdr.token_key, ())
        return next((token for token in others if token.owner_id != cdr.emsp_id), None)


def around(cdrs: Sequence[CDRFacts]) -> Around:
    """Six statements at most, each by an index."""
    return Around(
        sessions=_sessions(cdrs),
        telling_sessions=_telling("charging_session", {cdr.owner_id for cdr in cdrs}),
        telling_tokens=_telling("tokens_token", {cdr.emsp_id for cdr in cdrs if cdr.emsp_id}),
        by_card=_cards(cdrs),
        by_contract=_contracts(cdrs),
        places=places((cdr.owner_id, cdr.location_key, cdr.evse_key) for cdr in cdrs),
    )


def _sessions(cdrs: Sequence[CDRFacts]) -> dict[tuple[int, str], SessionFacts]:
    keys = sorted({(cdr.owner_id, cdr.session_key) for cdr in cdrs if cdr.session_key})
    rows = _joined(
        "SELECT i.owner_id, i.key, s.id, s.status, s.started_at, s.ended_at, s.kwh, s.currency, s.total_cost"
        " FROM unnest(%s::bigint[], %s::varchar[]) AS i(owner_id, key)"
        " JOIN charging_session s ON s.owner_id = i.owner_id AND s.session_key = i.key",
        keys,
    )
    return {(owner, key): SessionFacts(*rest) for owner, key, *rest in rows}


def _telling(table: str, owners: set[int]) -> frozenset[int]:
    """Those of these parties that have anything in a table."""
    rows = _joined(
        "SELECT i.owner_id FROM unnest(%s::bigint[]) AS i(owner_id)"  # noqa: S608 - a constant
        f" WHERE EXISTS (SELECT 1 FROM {table} t WHERE t.owner_id = i.owner_id)",
        [(owner,) for owner in sorted(owners)],
    )
    return frozenset(owner for (owner,) in rows)


_TOKEN = "t.owner_id, p.country_code || '*' || p.party_id, t.valid, t.contract_key"  # noqa: S105
_OWNED = "JOIN parties_party p ON p.id = t.owner_id"


def _cards(cdrs: Sequence[CDRFacts]) -> dict[str, list[TokenFacts]]:
    """By UID and type; the same card may be of several eMSPs (PF-44)."""
    keys = {cdr.token_key for cdr in cdrs if cdr.token_key and not cdr.is_forgotten}
    rows = _joined(
        f"SELECT t.token_key, {_TOKEN} FROM unnest(%s::varchar[], %s::varchar[]) AS i(type, uid_key)"  # noqa: S608
        f" JOIN tokens_token t ON t.uid_key = i.uid_key AND t.type = i.type {_OWNED}",
        sorted((kind, uid) for kind, _, uid in (key.partition(":") for key in keys)),
    )
    return _gathered(rows)


def _contracts(cdrs: Sequence[CDRFacts]) -> dict[str, list[TokenFacts]]:
    """Of the eMSP that is to pay: a contract may have any number of cards."""
    keys = sorted(
        {
            (cdr.emsp_id, cdr.contract_key)
            for cdr in cdrs
            if cdr.emsp_id and cdr.contract_key and not cdr.is_forgotten
        }
    )
    rows = _joined(
        f"SELECT i.key, {_TOKEN} FROM unnest(%s::bigint[], %s::varchar[]) AS i(owner_id, key)"  # noqa: S608
        # Said in two steps, or each look-up may walk through all the tokens of the eMSP.
        " JOIN LATERAL (SELECT * FROM (SELECT * FROM tokens_token t WHERE t.contract_key = i.key OFFSET 0) t"
        f" WHERE t.owner_id = i.owner_id LIMIT 1) t ON true {_OWNED}",
        keys,
    )
    return _gathered(rows)


def _gathered(rows: Iterable[Sequence[Any]]) -> dict[str, list[TokenFacts]]:
    found: dict[str, list[TokenFacts]] = {}
    for key, *rest in rows:
        found.setdefault(key, []).append(TokenFacts(*rest))
    return found


def places(wanted: Iterable[tuple[int, str, str]]) -> dict[tuple[int, str, str], Place]:
    """Locations by owner (primary key), key and EVSE key, as far as they are here."""
    keys = sorted({one for one in wanted if one[1]})
    rows = _joined(
        "SELECT i.owner_id, i.key, i.evse_key, l.time_zone, l.country, coalesce(e.document::text, '')"
        " FROM unnest(%s::bigint[], %s::varchar[], %s::varchar[]) AS i(owner_id, key, evse_key)"
        " JOIN locations_location l ON l.owner_id = i.owner_id AND l.location_key = i.key"
        " LEFT JOIN locations_evse e ON e.location_id = l.id AND e.uid_key = i.evse_key",
        keys,
    )
    return {(owner, key, evse): Place(*rest) for owner, key, evse, *rest in rows}


def _joined(statement: str, keys: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """Rows for keys that are given as columns of ``unnest``."""
    if not keys:
        return []
    with database.cursor() as cursor:
        cursor.execute(statement, [list(column) for column in zip(*keys, strict=True)])
        return list(cursor.fetchall())


def connector_of(place: Place, connector_id: str) -> Connector | None:
    """The connector of an EVSE as its location says it; ``None`` where that has none of this ID."""
    if not place.evse:
        return None
    for connector in orjson.loads(place.evse).get("connectors") or ():
        if isinstance(connector, dict) and str(connector.get("id")).upper() == connector_id.upper():
            tariffs = connector.get("tariff_ids") or ()
            return Connector(_power_kw(connector), tuple(str(one).upper() for one in tariffs))
    return None


def _power_kw(connector: Mapping[str, Any]) -> Decimal | None:
    """The most it gives: as said, in W, else voltage times amperage of its phases (OCPI, mod_locations, Connector).

    The voltage of three phases is that between a phase and neutral.
    """
    said = connector.get("max_electric_power")
    if isinstance(said, int | float) and said > 0:
        return exact_decimal(said) / _THOUSAND
    voltage, amperage = connector.get("max_voltage"), connector.get("max_amperage")
    if not isinstance(voltage, int | float) or not isinstance(amperage, int | float):
        return None
    phases = _PHASES.get(str(connector.get("power_type")), 1)
    power = exact_decimal(voltage) * exact_decimal(amperage) * phases / _THOUSAND
    return power if power > 0 else None
