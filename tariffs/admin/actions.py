"""What staff can do to a tariff of ours; each asks first and leaves an event."""

from __future__ import annotations

from typing import Any

from staff.confirmed import Confirmed, acting
from tariffs import services, usage

PERMISSION = "tariffs.change_tariff"
SHOWN = 8


def _question(tariff: Any) -> str:
    used = usage.of(tariff)
    if not used.connectors:
        return f"Delete tariff {tariff}?"
    return f"Delete tariff {tariff}, although {used} still name it?"


def _consequences(tariff: Any) -> str:
    """F-005: no connector should name a tariff that is deleted; those that do are listed."""
    told = "Partners are told at once to delete it. It stays here as history, and can be put back."
    if not usage.of(tariff).connectors:
        return f"{told} No connector names it."
    places = usage.examples(tariff, SHOWN + 1)
    names = ", ".join(place.label for place in places[:SHOWN])
    more = " and others" if len(places) > SHOWN else ""
    return (
        f"{told} Connectors at {names}{more} would name a tariff that does not exist, and drivers would"
        " see no price there. Give these connectors another tariff first."
    )


ACTIONS = [
    Confirmed(
        name="withdraw",
        label="Delete",
        permission=PERMISSION,
        question=_question,
        explanation=_consequences,
        perform=acting(services.withdraw),
        done="{object} was deleted. Partners are told.",
        dangerous=True,
        icon="delete",
        allowed=lambda tariff: tariff.owner.is_ours and tariff.deleted_at is None,
        refusals=(services.NotOurs,),
    ),
    Confirmed(
        name="restore",
        label="Put back",
        permission=PERMISSION,
        question="Put {object} back as it was?",
        explanation="Partners get it again, as it was when it was deleted.",
        perform=acting(services.restore),
        done="{object} is back. Partners are told.",
        icon="undo",
        allowed=lambda tariff: tariff.owner.is_ours and tariff.deleted_at is not None,
        refusals=(services.NotOurs,),
    ),
]
