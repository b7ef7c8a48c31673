"""What can happen to tariffs; the only writers of their tables."""

from tariffs.services.announcing import MODULE
from tariffs.services.editing import NotOurs, restore, withdraw
from tariffs.services.linting import lint_stored
from tariffs.services.pushes import delete_tariff, patch_tariff, put_tariff
from tariffs.services.receiving import receive, retire
from tariffs.services.validity import turn

__all__ = [
    "MODULE",
    "NotOurs",
    "delete_tariff",
    "lint_stored",
    "patch_tariff",
    "put_tariff",
    "receive",
    "restore",
    "retire",
    "turn",
    "withdraw",
]
