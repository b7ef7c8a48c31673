"""The tariffs that may price the CDRs of a batch: those they carry, and those we held when they began."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from review import pricing
from review.checks import CDRFacts, Connector
from review.pricing import Offered, Used
from tariffs import selectors
from tariffs.selectors import HeldDocument, Wanted

FORMER = 20
"""As many former versions of a tariff are tried for the cause of a difference."""


class Placed(NamedTuple):
    """A CDR with where it was: ``time_zone`` is an IANA name, ``country`` alpha-3, empty where nobody says it."""

    facts: CDRFacts
    document: Mapping[str, Any]
    time_zone: str | None
    country: str
    connector: Connector | None

    @property
    def of_connector(self) -> tuple[str, ...]:
        """The keys of the connector's tariffs."""
        return self.connector.tariffs if self.connector else ()


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one CDR may be priced by, by key."""

    carried: tuple[Used, ...]
    agreed: tuple[str, ...]
    of_connector: tuple[str, ...]
    wanted: tuple[Wanted, ...]


def offers(cdrs: Sequence[Placed]) -> dict[int, Offered]:
    """By the CDRs' primary keys; four statements at most, and none for what is remembered."""
    agreed = selectors.agreed_between(
        {(cdr.facts.owner_id, cdr.facts.emsp_id) for cdr in cdrs if cdr.facts.emsp_id is not None}
    )
    asked = {cdr.facts.id: _asked(cdr, agreed) for cdr in cdrs}
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


def _asked(cdr: Placed, agreed: selectors.Agreed) -> _Asked:
    facts = cdr.facts
    carried = pricing.embedded(cdr.document)
    terms: list[str] = []
    if facts.emsp_id is not None:
        terms = agreed.tariffs(facts.owner_id, facts.emsp_id, facts.start, cdr.country or None)
    keys = dict.fromkeys(
        [*(one.key for one in carried), *pricing.named(cdr.document), *terms, *cdr.of_connector]
    )
    wanted = tuple(Wanted(facts.owner_id, key, facts.start) for key in keys if key)
    return _Asked(carried, tuple(terms), cdr.of_connector, wanted)


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


def former_versions(cdr: CDRFacts, tariff_key: str) -> list[Used]:
    """What a tariff of a CDR's owner said before the charge began, the latest first."""
    places = selectors.former_places(cdr.owner_id, tariff_key, before=cdr.start, most=FORMER)
    missing = [place for place in places if pricing.known(place.digest) is None]
    made = _made_ready(missing)
    found = (pricing.known(place.digest) or made.get(place.digest) for place in places)
    return [used for used in found if used is not None]
