"""Remarks about tariffs that were stored before the linter was what it is now."""

from __future__ import annotations

from django.db import transaction

from ocpi import json
from tariffs import selectors
from tariffs.documents import remark_codes
from tariffs.models import Tariff
from tariffs.pricing.lint import EDITION

BATCH = 200


@transaction.atomic
def lint_stored() -> int:
    """Remark upon some tariffs that the present edition of the linter has not seen, deleted ones included.

    What partners see does not change. Returns how many there were; call it again while that is not zero.
    """
    due = list(
        Tariff.objects.select_for_update(skip_locked=True)
        .filter(linted_by__lt=EDITION)
        .order_by("linted_by")
        .only("pk")[:BATCH]
    )
    for row in selectors.by_ids([tariff.pk for tariff in due]):
        Tariff.objects.filter(pk=row.id).update(
            remark_codes=remark_codes(json.loads(row.to_json())), linted_by=EDITION
        )
    return len(due)
