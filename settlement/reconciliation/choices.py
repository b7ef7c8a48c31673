"""Choices with the label staff read and the badge colour pages show, defined once."""

from __future__ import annotations

from django.db import models


class Way(models.TextChoices):
    """Whether the invoice is one of ours or one that came."""

    SENT = "sent", "Sent by us"
    RECEIVED = "received", "Received"


class RecordState(models.TextChoices):
    """What staff decided about an invoice, by its record."""

    OPEN = "open", "To check"
    ACCEPTED = "accepted", "Accepted"
    DISPUTED = "disputed", "Disputed"


class Origin(models.TextChoices):
    """How a record came."""

    OCPI = "ocpi", "Over OCPI"
    FILE = "file", "From a file"
    HERE = "here", "Made here"


class Finding(models.TextChoices):
    """What matching found about one CDR of a record; the first that applies."""

    WAITING = "waiting", "Not matched yet"
    TWICE = "twice", "Charged twice"
    UNKNOWN = "unknown", "Not here"
    FOREIGN = "foreign", "Somebody else's"
    HELD = "held", "Not to be settled"
    AMOUNT = "amount", "Another amount"
    MATCHED = "matched", "Matches"


DIFFERENCES = (Finding.AMOUNT, Finding.UNKNOWN, Finding.TWICE, Finding.FOREIGN, Finding.HELD)
"""The findings that staff have to look at, in the order in which pages show them."""

STATE_BADGES: dict[str, str] = {
    RecordState.OPEN: "info",
    RecordState.ACCEPTED: "success",
    RecordState.DISPUTED: "danger",
}
FINDING_BADGES: dict[str, str] = {
    Finding.WAITING: "default",
    Finding.TWICE: "danger",
    Finding.UNKNOWN: "warning",
    Finding.FOREIGN: "danger",
    Finding.HELD: "warning",
    Finding.AMOUNT: "danger",
    Finding.MATCHED: "success",
}
