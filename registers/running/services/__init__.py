"""What can happen in a register that is run here; the only writers of its tables."""

from registers.running.services.applying import Wish, find, submit, withdraw
from registers.running.services.codes import (
    add_role,
    drop_role,
    reactivate,
    renew,
    revoke,
    suspend,
    transfer,
)
from registers.running.services.deciding import issue, link, refuse, review
from registers.running.services.errors import CodeTaken, NotPossible, TooMany
from registers.running.services.organisations import correct, rename
from registers.running.services.renewing import look_after_terms
from registers.running.services.ruling import set_rules

__all__ = [
    "CodeTaken",
    "NotPossible",
    "TooMany",
    "Wish",
    "add_role",
    "correct",
    "drop_role",
    "find",
    "issue",
    "link",
    "look_after_terms",
    "reactivate",
    "refuse",
    "rename",
    "renew",
    "review",
    "revoke",
    "set_rules",
    "submit",
    "suspend",
    "transfer",
    "withdraw",
]
