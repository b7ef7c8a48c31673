"""What an eMSP of ours checks about the place that a question names.

Never opening hours or the status of an EVSE (OCPI 2.3.0, mod_tokens, Real-time authorization): what we hold may be
old. A location that we do not hold is not wrong either: it is a private one, and usually allowed.
"""

from __future__ import annotations

from typing import NamedTuple

from locations.models import EVSE, Location
from ocpi.errors import UnknownLocation
from ocpi.ids import ci_key
from tokens.authorization.questions import Document, Question


class Place(NamedTuple):
    """The location of a question as we hold it (``None``: we do not), and the references to give back."""

    held: Location | None
    references: Document | None


def find(question: Question) -> Place:
    """The place of a question, with the EVSEs that are there.

    Raises UnknownLocation (2003) when the location is here and none of the EVSEs is part of it.
    """
    if question.location is None:
        return Place(None, None)
    found = held(question)
    if found is None or not question.evse_uids:
        return Place(found, question.location)
    keys = {ci_key(uid): uid for uid in question.evse_uids}
    there = set(
        EVSE.objects.filter(location=found, uid_key__in=list(keys)).values_list(
            "uid_key", flat=True
        )
    )
    uids = [uid for key, uid in keys.items() if key in there]
    if not uids:
        raise UnknownLocation(
            f"evse_uids: none of {', '.join(question.evse_uids)} is an EVSE of location "
            f"{found.location_id}."
        )
    return Place(found, {**question.location, "evse_uids": uids})


def held(question: Question) -> Location | None:
    """The location of a question as one of the asking CPO's; ids are unique per owner only."""
    if question.location is None:
        return None
    return (
        Location.objects.filter(
            owner__in=question.cpos,
            location_key=ci_key(question.location_id),
            vanished_at=None,
        )
        .only("id", "owner_id", "country", "location_id")
        .first()
    )
