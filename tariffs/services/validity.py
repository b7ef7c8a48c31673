"""Tariffs whose validity begins or ends: some versions cannot say when that is, and so need to be told.

OCPI 2.1.1 knows no ``start_date_time`` and ``end_date_time``: outside of its validity a tariff is refused
there, and its partners get it at its beginning and a DELETE at its end.
"""

from __future__ import annotations

from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from exchange.announce import announce
from ocpi import json
from tariffs import selectors
from tariffs.documents import fits, next_turn
from tariffs.models import Tariff
from tariffs.services.announcing import MODULE

BATCH = 500


def turn() -> int:
    """Work out anew in which versions tariffs can be said whose validity just began or ended.

    Ours are announced to the partners of the versions for which that changed. Returns how many were due;
    call it again while that is not zero.
    """
    with transaction.atomic():
        due = list(
            Tariff.objects.select_for_update(skip_locked=True)
            .filter(turns_at__lte=timezone.now())
            .order_by("turns_at")
            .only("pk", "valid_from", "valid_until", "refused_in")[:BATCH]
        )
        for tariff in due:
            _turn(tariff)
        return len(due)


def _turn(tariff: Tariff) -> None:
    before = set(tariff.refused_in)
    fitting = fits(selectors.document_of(tariff.pk))
    changed = sorted(before.symmetric_difference(fitting.refused_in))
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE tariffs_tariff SET turns_at = %s,"
            " differs_in = ARRAY(SELECT json_array_elements_text(%s::json)),"
            " refused_in = ARRAY(SELECT json_array_elements_text(%s::json)) WHERE id = %s",
            [
                next_turn(tariff.valid_from, tariff.valid_until),
                json.dumps(fitting.differs_in).decode(),
                json.dumps(fitting.refused_in).decode(),
                tariff.pk,
            ],
        )
    if changed:
        announce(MODULE, [tariff.pk], versions=changed)
