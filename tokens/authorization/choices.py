"""Choices with the label staff read and the badge colour pages show, defined once."""

from __future__ import annotations

from django.db import models


class Allowed(models.TextChoices):
    """OCPI 2.3.0, mod_tokens, AllowedType."""

    ALLOWED = "ALLOWED", "Allowed"
    BLOCKED = "BLOCKED", "Blocked"
    EXPIRED = "EXPIRED", "Expired"
    NO_CREDIT = "NO_CREDIT", "No credit"
    NOT_ALLOWED = "NOT_ALLOWED", "Not allowed here"


class How(models.TextChoices):
    """How it was decided, or why it was not."""

    WHITELIST = "whitelist", "By the eMSP's whitelist"
    OURS = "ours", "By our own tokens"
    COMMAND = "command", "A command came before"
    ASKED = "asked", "The eMSP answered"
    OFFLINE = "offline", "The eMSP did not answer"
    UNKNOWN = "unknown", "Nobody knows it"
    TIMEOUT = "timeout", "Nobody answered in time"
    REFUSED = "refused", "The question was not enough"


class Reply(models.TextChoices):
    """What one eMSP that was asked came back with."""

    ANSWERED = "answered", "It answered"
    UNKNOWN = "unknown", "It does not know the card"
    REFUSED = "refused", "It refused the question"
    TIMEOUT = "timeout", "It did not answer in time"
    UNREACHABLE = "unreachable", "It could not be reached"
    FAILED = "failed", "It failed, or made no sense"
    NOT_ASKED = "not_asked", "There was no time left to ask it"


BADGES: dict[str, str] = {
    Allowed.ALLOWED: "success",
    Allowed.BLOCKED: "danger",
    Allowed.EXPIRED: "warning",
    Allowed.NO_CREDIT: "warning",
    Allowed.NOT_ALLOWED: "warning",
    Reply.ANSWERED: "success",
    Reply.UNKNOWN: "default",
    Reply.REFUSED: "warning",
    Reply.TIMEOUT: "danger",
    Reply.UNREACHABLE: "danger",
    Reply.FAILED: "danger",
    Reply.NOT_ASKED: "default",
}

# Tokens of these types come with commands only, and are never presented at a charge point: nobody is asked
# about them (OCPI 2.3.0, mod_commands, StartSession and ReserveNow).
NEVER_ASKED = frozenset({"APP_USER", "AD_HOC_USER"})
