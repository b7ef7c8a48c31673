"""Choices with the label staff read and the badge colour pages show, defined once."""

from __future__ import annotations

from django.db import models


class Direction(models.TextChoices):
    """Who owes whom for a CDR, seen from the parties hosted here."""

    RECEIVABLE = "receivable", "They owe us"
    PAYABLE = "payable", "We owe them"
    INTERNAL = "internal", "Between parties of ours"
    PASSED_ON = "passed_on", "Between others"


class ReviewState(models.TextChoices):
    """Where the review of a CDR stands. Only what is ``CLEAN`` or ``ACCEPTED`` is settled."""

    WAITING = "waiting", "Not checked yet"
    CLEAN = "clean", "Nothing found"
    FLAGGED = "flagged", "To review"
    ACCEPTED = "accepted", "Accepted"
    DISPUTED = "disputed", "Disputed"
    DROPPED = "dropped", "Dropped"


SETTLEABLE = frozenset({ReviewState.CLEAN.value, ReviewState.ACCEPTED.value})
DECIDED = frozenset(
    {ReviewState.ACCEPTED.value, ReviewState.DISPUTED.value, ReviewState.DROPPED.value}
)
CONCERNING = (
    ReviewState.FLAGGED.value,
    ReviewState.DISPUTED.value,
    ReviewState.ACCEPTED.value,
    ReviewState.DROPPED.value,
)
"""The states of reviews of which something was found, or that somebody decided about."""
BADGES: dict[str, str] = {
    ReviewState.WAITING: "default",
    ReviewState.CLEAN: "success",
    ReviewState.FLAGGED: "warning",
    ReviewState.ACCEPTED: "success",
    ReviewState.DISPUTED: "danger",
    ReviewState.DROPPED: "default",
}


class Action(models.TextChoices):
    """What was decided about a review, by staff, by a dispute or by the checks themselves."""

    CHECK = "check", "Checked"
    ACCEPT = "accept", "Accepted"
    DISPUTE = "dispute", "Disputed"
    DROP = "drop", "Dropped"
    RETRY = "retry", "Checked again"
    REOPEN = "reopen", "Taken back"


class Severity(models.TextChoices):
    """Whether what a check found holds a CDR up, or is only said."""

    HOLD = "hold", "Holds the CDR until somebody decides"
    NOTE = "note", "Is noted, and does not hold it up"


class AwaitedKind(models.TextChoices):
    """What a check did not find, or found to say something else, and what is said once it came."""

    SESSION = "session", "its session arrived"
    TOKEN = "token", "its card arrived"
    CONTRACT = "contract", "a card of its contract arrived"
    TARIFF = "tariff", "its tariff arrived"
    TERMS = "terms", "which tariffs are agreed was set"


class DisputeState(models.TextChoices):
    DRAFT = "draft", "Draft"
    OPEN = "open", "Waiting for the partner"
    ANSWERED = "answered", "Waiting for us"
    CLOSED = "closed", "Closed"


class DisputeOutcome(models.TextChoices):
    CREDITED = "credited", "Credited by the partner"
    PARTLY = "partly", "Credited in part"
    PAID = "paid", "Accepted as it is"
    WITHDRAWN = "withdrawn", "Dropped, nobody pays"
