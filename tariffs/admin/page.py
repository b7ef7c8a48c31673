"""What the page of a tariff shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from exchange.admin import insight, told
from exchange.admin.exchanges import row_of
from exchange.admin.owned import owner_words
from exchange.models import Exchange
from ocpi import convert
from ocpi.tariff_table import price_table
from ocpi.versioned import CANONICAL
from ocpi.versions import SUPPORTED
from parties.models import Event
from tariffs import history, selectors, services, usage, words
from tariffs.admin import week
from tariffs.admin.badges import standing_badge
from tariffs.admin.offers import default_zone
from tariffs.admin.partners import agreed_with
from tariffs.admin.preview_form import DEFAULT_KW
from tariffs.models import Tariff
from tariffs.visibility import VISIBILITY
from tariffs.workshop import preview
from tariffs.workshop.remarks import remarks_for

EXCHANGES_SHOWN = 15
VERSIONS_SHOWN = 30
USERS_SHOWN = 10
DRAFTS_SHOWN = 5


def context(request: HttpRequest, tariff: Tariff) -> dict[str, Any]:
    """Everything about one tariff, for its template."""
    document = selectors.document_of(tariff.pk)
    used, prices = usage.of(tariff), price_table(document)
    return {
        "tariff": tariff,
        "owner": owner_words(tariff.owner),
        "standing": standing_badge(tariff),
        "price": words.price_line(tariff.document, prices),
        "prices": prices,
        "texts": words.texts(document),
        "green": _green(document),
        "remarks": remarks_for(document),
        "week": _week(tariff, document),
        "agreed": agreed_with(tariff),
        "used": used,
        "used_url": usage.list_url(tariff) if used.connectors else "",
        "users": usage.examples(tariff, USERS_SHOWN) if used.connectors else [],
        "versions": history.changes(tariff, VERSIONS_SHOWN),
        "partners": told.told(_subject(tariff)),
        "as_partner_url": insight.url("as_partner", None, services.MODULE, tariff.reference),
        "exchanges": [row_of(row) for row in _exchanges(tariff)],
        "events": Event.objects.filter(subject=tariff.reference)[:15],
        "may_replace": tariff.owner.is_ours and request.user.has_perm("tariffs.change_tariff"),
        "written": written_per_version(document),
        **_writing(request, tariff),
    }


def _week(tariff: Tariff, document: Mapping[str, Any]) -> dict[str, Any]:
    zone = default_zone(tariff)
    today = timezone.localdate(timezone=ZoneInfo(zone))
    url = f"{reverse('admin:tariffs_tariff_preview')}?tariff={tariff.pk}"
    return week.shown(
        preview.compiled(document), today, DEFAULT_KW, zone, lambda stage: f"{url}&stage={stage}"
    )


def _writing(request: HttpRequest, tariff: Tariff) -> dict[str, Any]:
    """What staff can write from here, and what is being written."""
    may_write = request.user.has_perm("tariffs.add_tariffdraft")
    address = reverse("admin:tariffs_tariffdraft_add")
    return {
        "edit_url": f"{address}?tariff={tariff.pk}"
        if may_write and tariff.owner.is_ours and tariff.is_in_force
        else "",
        "copy_url": f"{address}?copy={tariff.pk}" if may_write else "",
        "drafts": selectors.open_drafts(tariff.owner, tariff.tariff_key)[:DRAFTS_SHOWN],
    }


def written_per_version(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The tariff as each version we speak writes it, the newest first."""
    return [_written(version, document) for version in reversed(SUPPORTED)]


def _green(document: Mapping[str, Any]) -> str:
    mix = document.get("energy_mix")
    if not isinstance(mix, Mapping):
        return ""
    green = "Green energy" if mix.get("is_green_energy") else "Not only green energy"
    return f"{green}, {mix['supplier_name']}" if mix.get("supplier_name") else green


def _written(version: str, document: dict[str, Any]) -> dict[str, Any]:
    """The tariff as a version writes it, with what is lost there, or why that version cannot say it."""
    shown: dict[str, Any] = {"version": version, "canonical": version == CANONICAL}
    if not document.get("elements"):
        return {**shown, "document": document, "refusal": "It says no price, and OCPI demands one."}
    try:
        converted = convert.from_canonical(version, "tariff", document)
    except convert.Refused as refused:
        return {**shown, "refusal": refused.reason}
    return {**shown, "document": converted.document, "losses": converted.losses}


def _subject(tariff: Tariff) -> told.Subject:
    return told.Subject(VISIBILITY, "tariff", tariff.pk, tariff.reference, tariff.received_from_id)


def _exchanges(tariff: Tariff) -> QuerySet[Exchange]:
    return (
        Exchange.objects.filter(object_reference=tariff.reference, module=services.MODULE)
        .select_related("connection")
        .order_by("-id")[:EXCHANGES_SHOWN]
    )
