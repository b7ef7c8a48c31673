"""What staff can do to a token of ours; each asks first and leaves an event."""

from __future__ import annotations

from typing import Any

from staff.confirmed import Confirmed, acting
from tokens import services

PERMISSION = "tokens.change_token"


def _told(token: Any) -> str:
    told = "Partners are told at once."
    if token.received_from is not None:
        return f"{told} {token.received_from}, which keeps this token up to date, is not: it may undo this."
    return told


def _blocking(token: Any) -> str:
    asked = (
        ""
        if token.whitelist == "ALWAYS"
        else " Where its whitelist says so, CPOs ask again when it is used."
    )
    return f"It is not valid any more, and stays here. {_told(token)}{asked}"


def _is_ours(token: Any) -> bool:
    return bool(token.owner.is_ours and token.vanished_at is None)


ACTIONS = [
    Confirmed(
        name="block",
        label="Block",
        permission=PERMISSION,
        question="Block token {object}?",
        explanation=_blocking,
        perform=acting(services.block),
        done="{object} is blocked. Partners are told.",
        dangerous=True,
        icon="block",
        allowed=lambda token: _is_ours(token) and token.valid,
        refusals=(services.NotOurs,),
    ),
    Confirmed(
        name="unblock",
        label="Unblock",
        permission=PERMISSION,
        question="Make token {object} valid again?",
        explanation=_told,
        perform=acting(services.unblock),
        done="{object} is valid again. Partners are told.",
        icon="lock_open",
        allowed=lambda token: _is_ours(token) and not token.valid,
        refusals=(services.NotOurs,),
    ),
]
