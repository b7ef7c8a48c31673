"""Conversion of commands, their answers and results to and from OCPI 2.1.1.

2.1.1 numbers reservations, cannot cancel them, and has one CommandResponse both for the direct answer and for what
came of it, without a timeout, without a text and with fewer results.
"""

from __future__ import annotations

from typing import Final, get_args

from ocpi.command_classes import CommandResponseType
from ocpi.convert.results import Converted, Document, Origin, Refused
from ocpi.convert.steps import Losses, applied, dropped, whole_seconds
from ocpi.convert.v2_1_1.tokens import token_from_canonical, token_to_canonical

VERSION = "2.1.1"
ASSUMED_TIMEOUT: Final = 60
"""Seconds until a command is given up whose CPO speaks 2.1.1, which has no field for it."""

_LATER = frozenset({"authorization_reference", "connector_id"})
_ANSWER_LATER = frozenset({"timeout", "message"})
_RESULTS = frozenset({"ACCEPTED", "NOT_SUPPORTED", "REJECTED", "TIMEOUT"})
_RESPONSES = frozenset(get_args(CommandResponseType))


def with_token_from_canonical(document: Document) -> Converted:
    """A canonical StartSession or ReserveNow as 2.1.1.

    Refused when its Token cannot be said, or its reservation is not named by a number.
    """
    losses = Losses(VERSION)
    changes = dropped(document, _LATER, "", losses)
    token = token_from_canonical(document["token"])
    losses += [loss._replace(path=f"token.{loss.path}") for loss in token.losses]
    changes["token"] = token.document
    if "reservation_id" in document:
        changes["reservation_id"] = _number(document["reservation_id"])
    if "expiry_date" in document:
        changes["expiry_date"] = whole_seconds(document["expiry_date"], "expiry_date", losses)
    return Converted(applied(document, changes), losses)


def _number(identifier: str) -> int:
    if not (identifier.isascii() and identifier.isdigit()):
        raise Refused("OCPI 2.1.1 names a reservation by a number")
    return int(identifier)


def with_token_to_canonical(document: Document, origin: Origin) -> Converted:
    """A 2.1.1 StartSession or ReserveNow as canonical: the owner of its Token is the origin's."""
    losses = Losses(VERSION)
    changes = dropped(document, _LATER, "", losses)
    token = token_to_canonical(document["token"], origin)
    losses += [loss._replace(path=f"token.{loss.path}") for loss in token.losses]
    changes["token"] = token.document
    if "reservation_id" in document:
        changes["reservation_id"] = str(document["reservation_id"])
    return Converted(applied(document, changes), losses)


def cancellation_from_canonical(document: Document) -> Converted:
    """Nothing of 2.1.1 says it."""
    raise Refused("OCPI 2.1.1 has no command that cancels a reservation")


def response_from_canonical(document: Document) -> Converted:
    """A canonical CommandResponse as 2.1.1."""
    losses = Losses(VERSION)
    return Converted(applied(document, dropped(document, _ANSWER_LATER, "", losses)), losses)


def response_to_canonical(document: Document) -> Converted:
    """A 2.1.1 CommandResponse as the direct answer: a timeout there means that it was not accepted."""
    losses = Losses(VERSION)
    known = applied(document, dropped(document, _ANSWER_LATER, "", losses))
    result = known["result"]
    if result not in _RESPONSES:
        losses.add("value_of_version_only", "result", result)
        result = "REJECTED"
    return Converted({**known, "result": result, "timeout": ASSUMED_TIMEOUT}, losses)


def result_from_canonical(document: Document) -> Converted:
    """A canonical CommandResult as a CommandResponse of 2.1.1; what it has no word for is REJECTED.

    Refused for a reservation that its CPO took back: 2.1.1 would take it for the answer to the command.
    """
    if document["result"] == "CANCELED_RESERVATION":
        raise Refused("OCPI 2.1.1 has no word for a reservation that was canceled by its CPO")
    losses = Losses(VERSION)
    changes = dropped(document, _ANSWER_LATER, "", losses)
    if document["result"] not in _RESULTS:
        losses.add("result_as_rejected", "result", document["result"])
        changes["result"] = "REJECTED"
    return Converted(applied(document, changes), losses)


def result_to_canonical(document: Document) -> Converted:
    """A CommandResponse of 2.1.1 that came later, as the CommandResult that it stands for."""
    losses = Losses(VERSION)
    known = applied(document, dropped(document, _ANSWER_LATER, "", losses))
    if known["result"] in _RESULTS:
        return Converted(known, losses)
    losses.add("value_of_version_only", "result", known["result"])
    return Converted({**known, "result": "REJECTED"}, losses)
