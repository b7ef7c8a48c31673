"""What we make the price of a CDR: by the tariffs it carries, else by those we held when it began."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import models

from ocpi.ids import ci_key
from tariffs import pricing as engine
from tariffs.pricing import Charge, CompiledTariff, Priced, RuleSet

Document = Mapping[str, Any]
REMEMBERED = 4096
"""As many compiled tariffs are kept; a partner has a few, and most of a batch's CDRs carry the same."""


class Source(models.TextChoices):
    """Where the tariffs come from that a CDR was priced by."""

    EMBEDDED = "embedded", "the tariff in the CDR"
    HELD = "held", "the tariff that its periods name, as we held it then"
    AGREED = "agreed", "the tariff that was agreed, as we held it then"
    CONNECTOR = "connector", "the tariff of the connector, as we held it then"


class Used(NamedTuple):
    """A tariff of the CDR's owner: its CiString key, what it says, and that made ready to price by.

    ``compiled`` is ``None`` where the document cannot be priced by; ``problem`` says why. Two of the same
    ``digest`` say the same.
    """

    key: str
    document: Document
    compiled: CompiledTariff | None
    digest: str
    problem: str = ""


class _Remembered:
    """Compiled tariffs by what they say; the ones not asked for longest are forgotten first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[str, Used] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, digest: str) -> Used | None:
        with self._lock:
            found = self._held.get(digest)
            if found is not None:
                self._held.move_to_end(digest)
            return found

    def put(self, used: Used) -> Used:
        with self._lock:
            self._held[used.digest] = used
            while len(self._held) > self._most:
                self._held.popitem(last=False)
        return used


_remembered = _Remembered(REMEMBERED)


def known(digest: str) -> Used | None:
    """A tariff that was made ready a while ago, by its digest."""
    return _remembered.get(digest)


def ready(document: Document, digest: str = "") -> Used:
    """A canonical Tariff, made ready to price by and remembered. Its ``digest`` may be known from elsewhere."""
    digest = digest or hashlib.blake2b(repr(document).encode(), digest_size=16).hexdigest()
    found = _remembered.get(digest)
    if found is not None:
        return found
    key = _key(document.get("id"))
    try:
        used = Used(key, document, engine.compile_tariff(document), digest)
    except engine.NotATariff as problem:
        used = Used(key, document, None, digest, str(problem))
    return _remembered.put(used)


def _key(identifier: Any) -> str:
    try:
        return ci_key(str(identifier or ""))
    except ValueError:
        return str(identifier).upper()


def embedded(document: Document) -> tuple[Used, ...]:
    """The tariffs that a canonical CDR carries."""
    return tuple(
        ready(tariff)
        for tariff in document.get("tariffs") or ()
        if isinstance(tariff, Mapping) and tariff.get("elements")
    )


def named(document: Document) -> tuple[str, ...]:
    """The keys of the tariffs that its periods name."""
    found = (
        period.get("tariff_id")
        for period in document.get("charging_periods") or ()
        if isinstance(period, Mapping)
    )
    return tuple(dict.fromkeys(_key(one) for one in found if one))


@dataclass(frozen=True, slots=True)
class Pricing:
    """How a CDR was priced. ``priced`` is ``None`` where that could not be done; ``why_not`` says why.

    ``tariffs`` are those it was priced by, ``held`` those that we held when the charge began, by key. Totals are
    before and after tax, in the tariff's currency, and ``None`` where they are not known.
    """

    tariffs: tuple[Used, ...] = ()
    held: Mapping[str, Used] | None = None
    source: str = ""
    rule_set: str = ""
    charge: Charge | None = None
    priced: Priced | None = None
    why_not: str = ""

    @property
    def before_taxes(self) -> Decimal | None:
        return None if self.priced is None else self.priced.total_cost.before_taxes

    @property
    def after_taxes(self) -> Decimal | None:
        return None if self.priced is None else self.priced.total_cost.after_taxes


NOT_PRICED = Pricing()


class Offered(NamedTuple):
    """The tariffs that may price a CDR: those it carries, those we held then, and which of these to look for.

    ``agreed`` and ``of_connector`` are keys.
    """

    carried: Sequence[Used]
    held: Mapping[str, Used]
    agreed: Sequence[str] = ()
    of_connector: Sequence[str] = ()


def price_cdr(
    document: Document, offered: Offered, *, time_zone: str | None, rule_set: str
) -> Pricing:
    """Price a canonical CDR by the best of the tariffs offered; ``rule_set`` is a key of ``RULE_SETS``."""
    try:
        charge = engine.charge_of_cdr(document, time_zone=time_zone)
    except engine.NotACharge as problem:
        return Pricing(held=offered.held, why_not=f"It cannot be read as a charge: {problem}.")
    source, tariffs, why_not = _chosen(document, offered)
    found = Pricing(tariffs, offered.held, source, rule_set, charge, None, why_not)
    if why_not:
        return found
    try:
        priced = price_by(charge, tariffs, engine.RULE_SETS[rule_set])
    except engine.MixedCurrencies as problem:
        return _failed(found, f"Its tariffs are in several currencies: {problem}.")
    for one in priced.unpriced:
        if one.reason == "TARIFF_NOT_AT_HAND":
            return _failed(
                found, f"Its periods name the tariff {one.tariff_id}, which is not here."
            )
        if one.reason == "NO_TARIFF" and len(tariffs) > 1:
            return _failed(found, "It carries several tariffs and does not say which holds when.")
    return Pricing(tariffs, offered.held, source, rule_set, charge, priced)


def _failed(found: Pricing, why_not: str) -> Pricing:
    return Pricing(
        found.tariffs, found.held, found.source, found.rule_set, found.charge, None, why_not
    )


def price_by(charge: Charge, tariffs: Iterable[Used], rules: RuleSet) -> Priced:
    """Price a charge by tariffs that were made ready. Raises ``MixedCurrencies``."""
    return engine.price(charge, at_hand(charge, tariffs), rules)


def at_hand(charge: Charge, tariffs: Iterable[Used]) -> dict[str, CompiledTariff]:
    """Tariffs that were made ready, by the IDs as the charge's periods spell them."""
    ready_made = {used.key: used.compiled for used in tariffs if used.compiled is not None}
    # Periods may spell the ids in their own way.
    spelled = {
        period.tariff_id: ready_made[_key(period.tariff_id)]
        for period in charge.periods
        if period.tariff_id is not None and _key(period.tariff_id) in ready_made
    }
    unnamed = {key: one for key, one in ready_made.items() if one not in spelled.values()}
    return {**unnamed, **spelled}


def _chosen(document: Document, offered: Offered) -> tuple[str, tuple[Used, ...], str]:
    """Where the tariffs come from, which they are, and why there are none."""
    carried = tuple(one for one in offered.carried if one.compiled is not None)
    wanted = named(document)
    if carried:
        there = {one.key for one in carried}
        added = tuple(
            offered.held[key] for key in wanted if key not in there and key in offered.held
        )
        return Source.EMBEDDED, (*carried, *_usable(added)), ""
    found = _usable(offered.held[key] for key in wanted if key in offered.held)
    if found:
        return Source.HELD, found, ""
    ways: tuple[tuple[str, Sequence[str]], ...] = (
        (Source.AGREED, offered.agreed),
        (Source.CONNECTOR, offered.of_connector),
    )
    for source, keys in ways:
        found = _usable(offered.held[key] for key in keys if key in offered.held)
        if len(found) == 1:
            return source, found, ""
        if found:
            said = ", ".join(one.key for one in found)
            return "", (), f"It names no tariff, and several could apply: {said}."
    broken = next((one for one in offered.carried if one.problem), None)
    if broken is not None:
        return "", (), f"The tariff {broken.key} in it cannot be read: {broken.problem}."
    if wanted:
        return "", (), f"It carries no tariff, and {', '.join(wanted)} was not here when it began."
    return "", (), "It carries no tariff and names none, and none was agreed."


def _usable(found: Iterable[Used]) -> tuple[Used, ...]:
    return tuple(one for one in found if one.compiled is not None)


def other_prices(carried: Used, held: Used) -> bool:
    """Whether two versions of a tariff say other prices."""
    return carried.digest != held.digest and _prices(carried) != _prices(held)


def _prices(used: Used) -> tuple[Any, ...]:
    document = used.document
    return (
        document.get("currency"),
        document.get("elements"),
        document.get("min_price"),
        document.get("max_price"),
        document.get("tax_included") or "NO",
    )
