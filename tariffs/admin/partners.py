"""With whom a tariff is agreed, as its page shows it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from staff.links import page_url
from tariffs.models import Tariff
from tariffs.selectors.agreed import agreements_naming, pair_of

_SHOWN = 20


def agreed_with(tariff: Tariff) -> list[dict[str, Any]]:
    """The partners whose agreements give them this tariff, with what charges cost them."""
    found = []
    for row in agreements_naming(tariff.owner, [tariff.tariff_key], timezone.now())[:_SHOWN]:
        pair = pair_of(row.agreement)
        if pair is None:
            continue
        sides = (row.agreement.ours, row.agreement.theirs)
        other = next(side for side in sides if side.pk == pair[1])
        asked = urlencode({"cpo": pair[0], "partner": pair[1]})
        found.append(
            {
                "partner": other,
                "row": row,
                "until": row.valid_until or row.agreement.ended_at,
                "agreement_url": page_url(row.agreement),
                "url": f"{reverse('admin:tariffs_tariff_preview')}?{asked}",
            }
        )
    return found
