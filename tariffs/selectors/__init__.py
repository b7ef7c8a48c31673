"""Reading tariffs, their drafts, what is agreed about them, and how charges are sold."""

from tariffs.selectors.agreed import Agreed, agreed_between, agreed_tariffs, agreements_naming
from tariffs.selectors.drafts import draft_document, open_drafts
from tariffs.selectors.held import (
    Former,
    HeldDocument,
    Wanted,
    documents_of,
    former_places,
    tariffs_at,
)
from tariffs.selectors.selling import SellingRules, load_selling_rules, selling_rules_for
from tariffs.selectors.stored import (
    Held,
    TariffRow,
    by_ids,
    document_of,
    held_id,
    sayings,
    tariff_at,
    visible_page,
)

__all__ = [
    "Agreed",
    "Former",
    "Held",
    "HeldDocument",
    "SellingRules",
    "TariffRow",
    "Wanted",
    "agreed_between",
    "agreed_tariffs",
    "agreements_naming",
    "by_ids",
    "document_of",
    "documents_of",
    "draft_document",
    "former_places",
    "held_id",
    "load_selling_rules",
    "open_drafts",
    "sayings",
    "selling_rules_for",
    "tariff_at",
    "tariffs_at",
    "visible_page",
]
