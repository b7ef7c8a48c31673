"""Who may see a Tariff: how the one predicate of ``parties.visibility`` asks about tariffs."""

from __future__ import annotations

from parties.visibility import Visibility

VISIBILITY = Visibility(
    module="tariffs",
    table="tariffs_tariff",
    key="o.tariff_key",
    present="(o.deleted_at IS NULL AND o.vanished_at IS NULL)",
    gone="It was deleted, or vanished from its owner's list.",
    refused_in="o.refused_in",
)
