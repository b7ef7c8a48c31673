"""Taking a Tariff's JSON apart into columns and a document, and putting it together again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ocpi import convert, json
from ocpi.convert import Fits
from ocpi.datetimes import format_datetime, parse_datetime, to_milliseconds
from ocpi.ids import PartyId, ci_key
from ocpi.versions import SUPPORTED
from tariffs.choices import TariffType, TaxIncluded
from tariffs.pricing.lint import lint


@dataclass(slots=True)
class TariffParts:
    """A Tariff taken apart; ``document`` is JSON text, times are aware and UTC."""

    owner: PartyId
    tariff_id: str
    tariff_key: str
    currency: str
    type: str
    valid_from: datetime | None
    valid_until: datetime | None
    is_free: bool
    has_elements: bool
    tax_included: str
    document: str
    last_updated: datetime
    turns_at: datetime | None = None
    differs_in: list[str] = field(default_factory=list)
    refused_in: list[str] = field(default_factory=list)
    remark_codes: list[str] = field(default_factory=list)

    @property
    def reference(self) -> str:
        return f"{self.owner}/{self.tariff_id}"


def take_apart(document: dict[str, Any]) -> TariffParts:
    """Columns and document of a canonical Tariff.

    Raises ``KeyError`` or ``ValueError`` for what validation should have refused before.
    """
    tax = document.get("tax_included")
    kind = document.get("type")
    fitting = fits(document)
    valid_from, valid_until = validity_of(document)
    return TariffParts(
        owner=PartyId.of(document["country_code"], document["party_id"]),
        tariff_id=document["id"],
        tariff_key=ci_key(document["id"]),
        currency=str(document.get("currency") or "")[:3].upper(),
        type=kind if kind in TariffType.values else "",
        valid_from=valid_from,
        valid_until=valid_until,
        is_free=is_free(document),
        has_elements=bool(document.get("elements")),
        tax_included=tax if tax in TaxIncluded.values else TaxIncluded.NO,
        document=_without_last_updated(document),
        last_updated=to_milliseconds(parse_datetime(document["last_updated"])),
        turns_at=next_turn(valid_from, valid_until),
        differs_in=fitting.differs_in,
        refused_in=fitting.refused_in,
        remark_codes=remark_codes(document),
    )


def remark_codes(document: Mapping[str, Any]) -> list[str]:
    """The codes of what the linter remarks about a canonical Tariff, whatever the time."""
    return sorted({remark.code for remark in lint(document)})


def fits(document: dict[str, Any]) -> Fits:
    """What each version we speak makes of a canonical Tariff now; versions differ about its validity.

    One that says no price, or in no currency, is no Tariff in any of them (F-009).
    """
    if not (document.get("elements") and document.get("currency")):
        return Fits(list(SUPPORTED), list(SUPPORTED))
    return convert.fit_per_version("tariff", document)


def validity_of(document: Mapping[str, Any]) -> tuple[datetime | None, datetime | None]:
    """From when until when a Tariff is valid (UTC); ``None`` where it does not say."""
    return _moment(document, "start_date_time"), _moment(document, "end_date_time")


def next_turn(valid_from: datetime | None, valid_until: datetime | None) -> datetime | None:
    """When validity begins or ends next; ``None`` when it does neither any more."""
    now = datetime.now(UTC)
    return min(
        (at for at in (valid_from, valid_until) if at is not None and at > now), default=None
    )


def is_free(document: Mapping[str, Any]) -> bool:
    """Whether nothing can ever be charged by it (F-011): every price is zero, and no minimum is not."""
    prices = [component.get("price") for component in _components(document)]
    minimum = document.get("min_price")
    least = minimum.get("before_taxes") if isinstance(minimum, Mapping) else None
    return bool(prices) and all(price == 0 for price in prices) and not least


def _components(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for element in document.get("elements") or ():
        yield from element.get("price_components") or ()


def _moment(document: Mapping[str, Any], name: str) -> datetime | None:
    value = document.get(name)
    if not isinstance(value, str):
        return None
    try:
        return to_milliseconds(parse_datetime(value))
    except ValueError:
        return None


def _without_last_updated(document: Mapping[str, Any]) -> str:
    kept = {name: value for name, value in document.items() if name != "last_updated"}
    return json.dumps(kept).decode()


def dated(document: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """A draft's document as if it had been changed at ``at``, in whole seconds, which every version can say."""
    return {**document, "last_updated": format_datetime(at, whole_seconds=True)}


def join_tariff(document: str, last_updated: datetime) -> bytes:
    """The canonical JSON of a Tariff from its row."""
    return f'{document[:-1]},"last_updated":"{format_datetime(last_updated)}"}}'.encode()
