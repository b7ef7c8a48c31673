"""What can happen to tariffs; the only writers of their tables."""

from tariffs.services.agreed import AgreedRefused, AgreedTerms, remove_agreed, save_agreed
from tariffs.services.announcing import MODULE
from tariffs.services.drafts import DraftRefused, base_anew, change_draft, discard, start_draft
from tariffs.services.editing import NotOurs, restore, withdraw
from tariffs.services.linting import lint_stored
from tariffs.services.publishing import publish, publish_due, refusal, schedule, unschedule
from tariffs.services.pushes import delete_tariff, patch_tariff, put_tariff
from tariffs.services.receiving import receive, retire
from tariffs.services.selling import SellingRefused, save_rule
from tariffs.services.validity import turn

__all__ = [
    "MODULE",
    "AgreedRefused",
    "AgreedTerms",
    "DraftRefused",
    "NotOurs",
    "SellingRefused",
    "base_anew",
    "change_draft",
    "delete_tariff",
    "discard",
    "lint_stored",
    "patch_tariff",
    "publish",
    "publish_due",
    "put_tariff",
    "receive",
    "refusal",
    "remove_agreed",
    "restore",
    "retire",
    "save_agreed",
    "save_rule",
    "schedule",
    "start_draft",
    "turn",
    "unschedule",
    "withdraw",
]
