"""What the page of a CDR shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from django.db.models import QuerySet
from django.http import HttpRequest

from cdrs import related, selectors, services, words
from cdrs.admin import originals, sections
from cdrs.admin.badges import marks
from cdrs.models import CDR, CDROriginal
from cdrs.visibility import VISIBILITY
from charging.charts import power
from charging.sessions import places
from exchange.admin import comparing, insight, links, told
from exchange.admin.exchanges import row_of
from exchange.admin.owned import owner_words
from exchange.models import Exchange
from locations.models import Location
from ocpi import convert, json
from ocpi.convert import Beside
from ocpi.tariff_table import price_table
from ocpi.versioned import CANONICAL
from ocpi.versions import SUPPORTED
from parties.models import Event
from staff import badges, fragments
from staff.links import page_url
from tariffs import selectors as tariffs
from tokens.words import type_words

EXCHANGES_SHOWN = 15
CONFLICTS_SHOWN = 10


def context(request: HttpRequest, cdr: CDR) -> dict[str, Any]:
    """Everything about one CDR, for its template."""
    document = selectors.document_of(cdr.pk)
    found = related.related_to(cdr)
    zone = related.zone_of(document, found.location)
    parts = power.periods_of(document)
    conflicts = list(cdr.conflicts.select_related("received_from")[:CONFLICTS_SHOWN])
    return {
        "cdr": cdr,
        "lead": _lead(cdr, document),
        "owner": owner_words(cdr.owner),
        "payer": owner_words(cdr.emsp) if cdr.emsp else "",
        "marks": marks(cdr, conflicts=any(one.settled_at is None for one in conflicts)),
        "costs": words.costs(document, cdr.currency),
        "chart": power.chart(parts, zone),
        "periods": [_period_row(period, zone) for period in parts],
        "zone": str(zone or "UTC"),
        "zone_is_known": zone is not None,
        "start": _when(document, "start_date_time", cdr.start_date_time, zone),
        "end": _when(document, "end_date_time", cdr.end_date_time, zone),
        "duration": words.duration(document.get("total_time")),
        "parking": words.duration(document.get("total_parking_time") or None),
        "energy": words.energy(document.get("total_energy")),
        "method": words.METHODS.get(str(document.get("auth_method")), document.get("auth_method")),
        "place": document.get("cdr_location") or {},
        "token_type": type_words(str((document.get("cdr_token") or {}).get("type") or "")),
        "meter": document.get("meter_id"),
        "remark": document.get("remark"),
        "signed": document.get("signed_data"),
        "related": found,
        "related_urls": {
            name: page_url(row) for name, row in found._asdict().items() if row is not None
        },
        "tariffs": _tariffs(cdr, document),
        "original_cdr": selectors.credited_by(cdr),
        "credits": selectors.credits_of(cdr),
        "sections": sections.CDR_PAGE.shown(request, cdr, document),
        "conflicts": [
            {"row": one, "url": page_url(one), "partner": links.partner(one.received_from)}
            for one in conflicts
        ],
        "received": originals.shown(request, original_of(cdr), bytes(cdr.original_sha256)),
        "copies": _copies(cdr),
        "partners": told.told(_subject(cdr)),
        "as_partner_url": insight.url("as_partner", None, services.MODULE, cdr.reference),
        "exchanges": [row_of(row) for row in _exchanges(cdr)],
        "events": Event.objects.filter(subject=cdr.reference)[:15],
        "written": [_written(version, document, found.location) for version in reversed(SUPPORTED)],
    }


def original_of(cdr: CDR) -> CDROriginal | None:
    return CDROriginal.objects.filter(cdr=cdr).first()


def _lead(cdr: CDR, document: Mapping[str, Any]) -> str:
    """The charge in a sentence."""
    place = document.get("cdr_location") or {}
    where = ", ".join(str(place[name]) for name in ("name", "city") if place.get(name))
    cost = words.amount(cdr.total_cost, cdr.currency)
    if cdr.is_reservation:
        what = "A reservation that never became a charge"
    else:
        what = f"{words.energy(cdr.energy)} in {words.duration(cdr.duration) or 'no time'}"
    return f"{what}{f' at {where}' if where else ''}, for {cost} before tax"


def _when(document: Mapping[str, Any], name: str, at: Any, zone: ZoneInfo | None) -> str:
    """A time of the CDR where it was; 1970 stands for unknown (OCPI 2.3.0, mod_cdrs, CDR object)."""
    if not document.get(name) or at.year == 1970:
        return "Not known to the CPO"
    return words.local(at, zone)


def _period_row(period: power.Period, zone: ZoneInfo | None) -> dict[str, Any]:
    return {
        "start": words.local(period.start, zone),
        "duration": words.duration(period.hours),
        "volumes": period.volumes,
        "power": f"{period.power:.2f} kW" if period.power is not None else "",
        "tariff": period.tariff_id,
    }


def _tariffs(cdr: CDR, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The tariffs in the CDR, each with its page here and whether it said the same when the charge began."""
    embedded = [t for t in document.get("tariffs") or () if isinstance(t, dict) and t.get("id")]
    named = [period.tariff_id for period in power.periods_of(document) if period.tariff_id]
    known = {str(tariff["id"]).upper() for tariff in embedded}
    missing = dict.fromkeys(name for name in named if name.upper() not in known)
    pages = related.tariff_pages(cdr, [*(str(t["id"]) for t in embedded), *missing])
    rows = [
        {
            "id": tariff["id"],
            "url": pages.get(str(tariff["id"]), ""),
            "prices": price_table(tariff),
            "then": _then(cdr, tariff),
        }
        for tariff in embedded
    ]
    return [
        *rows,
        *({"id": name, "url": pages.get(name, ""), "prices": None, "then": ""} for name in missing),
    ]


def _then(cdr: CDR, tariff: Mapping[str, Any]) -> str:
    """How the tariff in the CDR compares with what we held when the charge began (D-012)."""
    held = tariffs.tariff_at(cdr.owner, str(tariff["id"]), cdr.start_date_time)
    if held is None:
        return badges.label_badge(
            "Not here then", "default", title="No such tariff was here when the charge began."
        )
    same = held.document.get("elements") == _plain(tariff.get("elements"))
    if same:
        return badges.label_badge("Same prices as ours then", "success")
    return badges.label_badge(
        "Other prices than ours then",
        "warning",
        title="The tariff we held when the charge began says other prices.",
    )


def _plain(value: Any) -> Any:
    """Numbers as the tariffs' documents are read: floats, not decimals."""
    return orjson.loads(json.dumps(value))


def _copies(cdr: CDR) -> list[dict[str, Any]]:
    rows = cdr.copies.select_related("connection").order_by("connection__name")
    return [
        {
            "partner": links.partner(row.connection),
            "url": row.url,
            "told": fragments.moment(row.told_at),
            "compare": comparing.one_url(row.connection, services.MODULE, cdr.reference)
            if row.connection.is_connected
            else "",
        }
        for row in rows
    ]


def _written(version: str, document: dict[str, Any], location: Location | None) -> dict[str, Any]:
    """The CDR as a version writes it, with what is lost there, or why that version cannot say it."""
    shown: dict[str, Any] = {"version": version, "canonical": version == CANONICAL}
    try:
        converted = convert.from_canonical(version, "cdr", document, beside=_beside(location))
    except convert.Refused as refused:
        return {**shown, "refusal": refused.reason}
    return {**shown, "document": converted.document, "losses": converted.losses}


def _beside(location: Location | None) -> Beside:
    if location is None:
        return Beside()
    place = (location.owner_id, location.location_key)
    return Beside(location=places.locations_at([place]).get(place))


def _subject(cdr: CDR) -> told.Subject:
    return told.Subject(VISIBILITY, "CDR", cdr.pk, cdr.reference, cdr.received_from_id)


def _exchanges(cdr: CDR) -> QuerySet[Exchange]:
    return (
        Exchange.objects.filter(object_reference=cdr.reference, module=services.MODULE)
        .select_related("connection")
        .order_by("-id")[:EXCHANGES_SHOWN]
    )
