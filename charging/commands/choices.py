"""Choices of commands with the label staff read and the badge colour pages show, defined once."""

from __future__ import annotations

from django.db import models

from parties.choices import CommandRule


class CommandModule(models.TextChoices):
    """The OCPI modules whose requests are answered at once and settled later."""

    COMMANDS = "commands", "Commands"
    CHARGING_PROFILES = "chargingprofiles", "Charging profiles"


class CommandType(models.TextChoices):
    """OCPI 2.3.0, mod_commands, CommandType; and what the module ChargingProfiles asks in the same way."""

    START_SESSION = "START_SESSION", "Start a session"
    STOP_SESSION = "STOP_SESSION", "Stop a session"
    RESERVE_NOW = "RESERVE_NOW", "Reserve"
    CANCEL_RESERVATION = "CANCEL_RESERVATION", "Cancel a reservation"
    UNLOCK_CONNECTOR = "UNLOCK_CONNECTOR", "Unlock a connector"
    SET_PROFILE = "SET_PROFILE", "Set a charging profile"
    GET_PROFILE = "GET_PROFILE", "Ask for the charging profile"
    CLEAR_PROFILE = "CLEAR_PROFILE", "Clear the charging profile"


class CommandState(models.TextChoices):
    """Where a command is; those after ``ACCEPTED`` are ends, and stay."""

    SENDING = "sending", "Sending"
    ACCEPTED = "accepted", "Waiting for the result"
    SUCCEEDED = "succeeded", "Done"
    FAILED = "failed", "Failed"
    TIMED_OUT = "timed_out", "Timed out"
    REFUSED = "refused", "Refused"
    UNREACHABLE = "unreachable", "Not reached"


OPEN = (CommandState.SENDING, CommandState.ACCEPTED)
"""States in which something is still to come."""

BADGES: dict[str, str] = {
    CommandState.SENDING: "info",
    CommandState.ACCEPTED: "info",
    CommandState.SUCCEEDED: "success",
    CommandState.FAILED: "danger",
    CommandState.TIMED_OUT: "warning",
    CommandState.REFUSED: "danger",
    CommandState.UNREACHABLE: "danger",
}


class AnsweredBy(models.TextChoices):
    """Who answers when no connection does: the rule of the party, or we ourselves."""

    NOT_SUPPORTED = CommandRule.NOT_SUPPORTED.value, "Its rule: not supported"
    REJECTED = CommandRule.REJECTED.value, "Its rule: reject"
    STAFF = CommandRule.STAFF.value, "Its rule: staff carry it out"
    PORTAL = "PORTAL", "The portal itself"
