"""Forgetting a driver: what names them goes, what was charged stays."""

from __future__ import annotations

from typing import Any

from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from cdrs import selectors
from cdrs.documents import take_apart
from cdrs.models import CDR, CDRConflict, CDROriginal
from parties import events

FORGOTTEN = "FORGOTTEN"
_OF_THE_DRIVER = ("cdr_token", "signed_data")


def forget(cdr: CDR, *, actor: events.Actor = None) -> bool:
    """Take the driver's token out of a CDR for good; whether there was one to take out.

    The keys of the original and of every conflicting version are destroyed, so that nobody can read these bytes any
    more. In document and columns UID and contract become ``FORGOTTEN``; signed metering data,
    which names the card too, is left out. Amounts, times, places and both hashes stay, so that it can be shown
    that a document from elsewhere is the one that was here.
    """
    with transaction.atomic():
        locked = CDR.objects.select_for_update(of=("self",)).select_related("owner").get(pk=cdr.pk)
        if locked.forgotten_at is not None:
            return False
        document = _without_driver(selectors.document_of(locked.pk))
        parts = take_apart(document)
        CDROriginal.objects.filter(cdr=locked).update(key_encrypted=None)
        _forget_conflicts(locked)
        with database.cursor() as cursor:
            cursor.execute(
                "UPDATE cdrs_cdr SET document = %s, token_uid = %s, token_key = %s, contract_id = %s,"
                " contract_key = %s, forgotten_at = %s WHERE id = %s",
                [
                    parts.document,
                    parts.token_uid,
                    parts.token_key,
                    parts.contract_id,
                    parts.contract_key,
                    timezone.now(),
                    locked.pk,
                ],
            )
        events.record(
            "cdr.forgotten",
            f"The driver of CDR {locked.reference} was forgotten: token and original are gone.",
            actor=actor,
            subject=locked.reference,
        )
    cdr.refresh_from_db()
    return True


def _without_driver(document: dict[str, Any]) -> dict[str, Any]:
    token = document.get("cdr_token")
    kept = {name: value for name, value in document.items() if name != "signed_data"}
    if isinstance(token, dict):
        whose = {name: token.get(name) for name in ("country_code", "party_id", "type")}
        kept["cdr_token"] = {**whose, "uid": FORGOTTEN, "contract_id": FORGOTTEN}
    return kept


def _forget_conflicts(cdr: CDR) -> None:
    for conflict in CDRConflict.objects.select_for_update().filter(cdr=cdr):
        conflict.key_encrypted = None
        conflict.differences = [
            one
            for one in conflict.differences
            if str(one["path"]).partition(".")[0] not in _OF_THE_DRIVER
        ]
        conflict.save(update_fields=["key_encrypted", "differences"])
