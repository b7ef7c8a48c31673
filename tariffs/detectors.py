"""What of tariffs can be late."""

from __future__ import annotations

from datetime import timedelta

from exchange.detectors import Detector
from staff.links import page_url_of
from tariffs.models import TariffDraft


def _url(reference: str) -> str | None:
    """The page of a draft by what the detector calls it: ``NL*ABC/T1, draft 7``."""
    number = reference.rpartition(" ")[2]
    return page_url_of(TariffDraft, int(number)) if number.isascii() and number.isdigit() else None


NOT_PUBLISHED = Detector(
    name="tariffs_not_published",
    title="Tariffs that were not published in time",
    sentence="Drafts of tariffs that were to be published by themselves, and could not be.",
    advice="The draft says why. Base it on what is in force now and publish it, or discard it.",
    usual=timedelta(0),
    table="tariffs_tariffdraft o JOIN parties_party p ON p.id = o.owner_id",
    since="coalesce(o.refused_at, o.publish_at)",
    condition="o.state = 'draft'"
    " AND (o.refused_at IS NOT NULL OR o.publish_at < now() - interval '15 minutes')",
    connection="NULL::bigint",
    reference="p.country_code || '*' || p.party_id || '/' || o.tariff_id || ', draft ' || o.id",
    url=_url,
    permission="tariffs.view_tariffdraft",
)
