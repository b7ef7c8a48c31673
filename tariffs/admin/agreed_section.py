"""The panel of an agreement's page that says which tariffs apply under it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from exchange.admin.sections import AGREEMENT
from parties.models import Agreement
from staff import badges
from staff.links import list_url, page_url
from staff.sections import Section
from tariffs import words
from tariffs.models import AgreedTariff, Tariff
from tariffs.services.agreed import cpo_of

ADD, CHANGE = "tariffs.add_agreedtariff", "tariffs.change_agreedtariff"


def period_words(begin: datetime | None, end: datetime | None) -> str:
    """From when until when, in the reader's time."""
    parts = [f"from {_local(begin)}"] if begin else []
    parts += [f"until {_local(end)}"] if end else []
    return " ".join(parts) or "at any time"


def _local(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def state_badge(agreed: AgreedTariff) -> str:
    """Whether it holds now."""
    now = timezone.now()
    ends = [at for at in (agreed.valid_until, agreed.agreement.ended_at) if at is not None]
    if any(at <= now for at in ends):
        return badges.label_badge("Over")
    if agreed.valid_from is not None and agreed.valid_from > now:
        return badges.label_badge("Later", "info")
    return badges.label_badge("Holds", "success")


def context(request: HttpRequest, agreement: Agreement) -> dict[str, Any] | None:
    """Which tariffs apply under an agreement; ``None`` where neither side has any, or for whom it is not."""
    cpo = cpo_of(agreement)
    if cpo is None or not request.user.has_perm("tariffs.view_agreedtariff"):
        return None
    rows = list(agreement.agreed_tariffs.all())
    keys = [row.tariff_key for row in rows]
    known = {
        tariff.tariff_key: tariff
        for tariff in Tariff.objects.filter(owner=cpo, tariff_key__in=keys, deleted_at=None)
    }
    may_change = request.user.has_perm(CHANGE)
    shown = [
        {
            "row": row,
            "tariff": (found := known.get(row.tariff_key)),
            "tariff_url": page_url(found) if found else "",
            "price": words.price_line(found.document) if found else "",
            "period": period_words(row.valid_from, row.valid_until),
            "state": state_badge(row),
            "edit_url": page_url(row) if may_change else "",
        }
        for row in rows
    ]
    add = request.user.has_perm(ADD) and agreement.ended_at is None
    return {
        "cpo": cpo,
        "rows": shown,
        "add_url": f"{reverse('admin:tariffs_agreedtariff_add')}?agreement={agreement.pk}"
        if add
        else "",
        "list_url": list_url(AgreedTariff),
    }


AGREEMENT.register(Section("tariffs/agreement_section.html", context))
