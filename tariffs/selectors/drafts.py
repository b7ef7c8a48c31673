"""What is being written about tariffs."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from ocpi import json
from parties.models import Party
from tariffs.choices import DraftState
from tariffs.models import TariffDraft


def draft_document(draft_pk: int) -> dict[str, Any]:
    """The document of a draft, numbers as exact as they were written.

    Raises ``TariffDraft.DoesNotExist``.
    """
    text = TariffDraft.objects.values_list(Cast("document", TextField()), flat=True)
    return json.loads(text.get(pk=draft_pk).encode())  # type: ignore[no-any-return]


def open_drafts(owner: Party, tariff_key: str) -> QuerySet[TariffDraft]:
    """Drafts of a tariff that are neither published nor discarded, the newest first."""
    return TariffDraft.objects.filter(owner=owner, tariff_key=tariff_key, state=DraftState.DRAFT)
