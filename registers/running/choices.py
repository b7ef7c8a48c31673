"""Choices of a register that is run here, with the label staff read and the badge colour pages show."""

from __future__ import annotations

from django.db import models


class ApplicationKind(models.TextChoices):
    NEW = "new", "A new code"
    ADD_ROLE = "add_role", "Another role for a code"
    DROP_ROLE = "drop_role", "Give up a role of a code"
    RENAME = "rename", "The holder has another name"
    TRANSFER = "transfer", "The code goes to another organisation"
    RENEW = "renew", "Keep a code for another term"


class ApplicationState(models.TextChoices):
    SUBMITTED = "submitted", "Waits for review"
    REVIEWED = "reviewed", "Waits for the decision"
    ISSUED = "issued", "Granted"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"


class MailKind(models.TextChoices):
    """What applicants are told by e-mail."""

    RECEIVED = "received", "That it was received"
    GRANTED = "granted", "That it was granted"
    REFUSED = "refused", "That it was refused, and why"


class MailState(models.TextChoices):
    WAITING = "waiting", "To be sent"
    SENT = "sent", "Sent"
    NOT_SENT = "not_sent", "Not sent"


class CodeState(models.TextChoices):
    ACTIVE = "active", "Active"
    SUSPENDED = "suspended", "Suspended"
    REVOKED = "revoked", "Revoked"
    EXPIRED = "expired", "Expired"


class CodeEventKind(models.TextChoices):
    """The vocabulary that directories of registers have agreed on, and two of ours: taken over, and the reminder."""

    ASSIGNED = "ASSIGNED", "Assigned"
    TAKEN_OVER = "TAKEN_OVER", "Taken over from another list"
    CORRECTED = "CORRECTED", "Corrected"
    ORGANISATION_RENAMED = "ORGANISATION_RENAMED", "Organisation renamed"
    ROLE_ADDED = "ROLE_ADDED", "Role added"
    ROLE_REMOVED = "ROLE_REMOVED", "Role removed"
    SUSPENDED = "SUSPENDED", "Suspended"
    REACTIVATED = "REACTIVATED", "Reactivated"
    RENEWED = "RENEWED", "Renewed"
    EXPIRED = "EXPIRED", "Expired"
    REVOKED = "REVOKED", "Revoked"
    TRANSFERRED = "TRANSFERRED", "Transferred"
    REMINDED = "REMINDED", "Reminded of the end of its term"


OPEN_APPLICATIONS = (ApplicationState.SUBMITTED, ApplicationState.REVIEWED)
HELD_STATES = (CodeState.ACTIVE, CodeState.SUSPENDED)
APPLICATION_BADGES: dict[str, str] = {
    ApplicationState.SUBMITTED: "info",
    ApplicationState.REVIEWED: "warning",
    ApplicationState.ISSUED: "success",
    ApplicationState.REFUSED: "danger",
    ApplicationState.WITHDRAWN: "default",
}
MAIL_BADGES: dict[str, str] = {
    MailState.WAITING: "info",
    MailState.SENT: "success",
    MailState.NOT_SENT: "warning",
}
CODE_BADGES: dict[str, str] = {
    CodeState.ACTIVE: "success",
    CodeState.SUSPENDED: "warning",
    CodeState.REVOKED: "danger",
    CodeState.EXPIRED: "default",
}
