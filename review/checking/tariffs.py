"""The tariffs that may price the CDRs of a batch: those they carry, and those we held when they began."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from charging.models import Session
from review import pricing
from review.checking import charge
from review.checks import CDRFacts, Connector
from review.pricing import Offered, Used
from tariffs import selectors
from tariffs.selectors import HeldDocument, Wanted

FORMER = 20
"""As many former versions of a tariff are tried for the cause of a difference."""


class Placed(NamedTuple):
    """A charge with where it was: ``time_zone`` is an IANA name, ``country`` alpha-3, empty where nobody says it.

    ``id`` is whatever it is known by; owner and eMSP are primary keys.
    """

    id: int
    owner_id: int
    emsp_id: int | None
    start: datetime
    document: Mapping[str, Any]
    time_zone: str | None
    country: str
    connector: Connector | None

    @property
    def of_connector(self) -> tuple[str, ...]:
        """The keys of the connector's tariffs."""
        return self.connector.tariffs if self.connector else ()


def placed_sessions(
    sessions: Sequence[tuple[Session, Mapping[str, Any]]],
) -> dict[int, Placed]:
    """Sessions, each with its canonical document, by primary key; one statement for where all of them were."""
    places = charge.places(_where(session) for session, _ in sessions)
    return {
        session.pk: _placed(session, document, places.get(_where(session)))
        for session, document in sessions
    }


def _where(session: Session) -> tuple[int, str, str]:
    return session.owner_id, session.location_key, session.evse_key


def _placed(session: Session, document: Mapping[str, Any], place: charge.Place | None) -> Placed:
    return Placed(
        session.pk,
        session.owner_id,
        session.emsp_id,
        session.started_at,
        document,
        (place.time_zone if place else "") or None,
        place.country if place else "",
        charge.connector_of(place, session.connector_id) if place else None,
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one charge may be priced by."""

    carried: tuple[Used, ...]
    agreed: tuple[str, ...]
    of_connector: tuple[str, ...]
    wanted: tuple[Wanted, ...]


def offers(charges: Sequence[Placed]) -> dict[int, Offered]:
    """By what the charges are known by; four statements at most, and none for what is remembered."""
    agreed = selectors.agreed_between(
        {(one.owner_id, one.emsp_id) for one in charges if one.emsp_id is not None}
    )
    asked = {one.id: _asked(one, agreed) for one in charges}
    held = held_at(one for found in asked.values() for one in found.wanted)
    return {
        key: Offered(
            found.carried,
            {one.tariff_key: held[one] for one in found.wanted if one in held},
            found.agreed,
            found.of_connector,
        )
        for key, found in asked.items()
    }


def _asked(charge: Placed, agreed: selectors.Agreed) -> _Asked:
    carried = pricing.embedded(charge.document)
    terms: list[str] = []
    if charge.emsp_id is not None:
        terms = agreed.tariffs(
            charge.owner_id, charge.emsp_id, charge.start, charge.country or None
        )
    keys = dict.fromkeys(
        [
            *(one.key for one in carried),
            *pricing.named(charge.document),
            *terms,
            *charge.of_connector,
        ]
    )
    wanted = tuple(Wanted(charge.owner_id, key, charge.start) for key in keys if key)
    return _Asked(carried, tuple(terms), charge.of_connector, wanted)


def held_at(wanted: Iterable[Wanted]) -> dict[Wanted, Used]:
    """Tariffs as we held them, made ready to price by."""
    found = selectors.tariffs_at(wanted)
    ready = {place.digest: pricing.known(place.digest) for place in set(found.values())}
    missing = {place.digest: place for place in found.values() if ready[place.digest] is None}
    ready |= _made_ready(missing.values())
    return {one: used for one, place in found.items() if (used := ready[place.digest]) is not None}


def _made_ready(places: Iterable[HeldDocument]) -> dict[str, Used | None]:
    texts = selectors.documents_of(places)
    return {
        place.digest: pricing.ready(json.loads(text, parse_float=Decimal), place.digest)
        for place, text in texts.items()
    }


class FormerVersions:
    """What tariffs said before, looked up once for all CDRs of a batch whose price nothing else explains."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], list[tuple[datetime, Used]]] = {}

    def before(self, cdr: CDRFacts, tariff_key: str) -> list[Used]:
        """What a tariff of the CDR's owner had said until the charge began, the latest first."""
        key = (cdr.owner_id, tariff_key)
        if key not in self._known:
            self._known[key] = _former(*key)
        return [used for replaced_at, used in self._known[key] if replaced_at <= cdr.start]


def _former(owner_id: int, tariff_key: str) -> list[tuple[datetime, Used]]:
    found = selectors.former_places(owner_id, tariff_key, most=FORMER)
    made = _made_ready(one.place for one in found if pricing.known(one.place.digest) is None)
    ready = (
        (one.replaced_at, pricing.known(one.place.digest) or made.get(one.place.digest))
        for one in found
    )
    return [(replaced_at, used) for replaced_at, used in ready if used is not None]
