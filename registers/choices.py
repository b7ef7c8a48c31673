"""Choices with the label staff read and the badge colour pages show, defined once."""

from __future__ import annotations

from django.db import models


class RegisterFormat(models.TextChoices):
    """In which form a register is published; see ``registers.formats``."""

    EVROAM = "evroam", "EV Roam (JSON)"
    BENELUX = "benelux", "Benelux IDRO (CSV)"
    BDEW = "bdew", "BDEW (JSON)"
    AFIREV = "afirev", "AFIREV (JSON)"
    EIPA = "eipa", "EIPA (CSV)"
    TII = "tii", "TII (text or PDF)"
    PLAIN = "plain", "Plain table (CSV: country, code, role, organisation, website, status)"
    DIRECTORY = "directory", "Directory of many registers (CSV)"


class CodeRole(models.TextChoices):
    """What a code is issued for."""

    CPO = "CPO", "Operator (CPO)"
    EMSP = "EMSP", "Provider (eMSP)"


class EntryStatus(models.TextChoices):
    """What a register says of a code. Most say nothing, which counts as active."""

    ACTIVE = "active", "Active"
    INACTIVE = "inactive", "Inactive"
    SUSPENDED = "suspended", "Suspended"
    AWAITING_PAYMENT = "awaiting_payment", "Fee not paid yet"
    RESERVED = "reserved", "Reserved"
    UNKNOWN = "unknown", "Not said"


class ImportState(models.TextChoices):
    DONE = "done", "Taken over"
    UNCHANGED = "unchanged", "Nothing new"
    HELD = "held", "Held: somebody has to look"
    REFUSED = "refused", "Not taken over"
    FAILED = "failed", "Could not be read"


class ChangeKind(models.TextChoices):
    ADDED = "added", "Listed for the first time"
    RETURNED = "returned", "Listed again"
    VANISHED = "vanished", "Not listed any more"
    RENAMED = "renamed", "Holder named differently"
    STATUS = "status", "Status changed"
    WEBSITE = "website", "Website changed"
    OBSERVED = "observed", "Other OCPI party IDs"


ENTRY_BADGES: dict[str, str] = {
    EntryStatus.ACTIVE: "success",
    EntryStatus.INACTIVE: "default",
    EntryStatus.SUSPENDED: "danger",
    EntryStatus.AWAITING_PAYMENT: "warning",
    EntryStatus.RESERVED: "info",
    EntryStatus.UNKNOWN: "default",
}
IMPORT_BADGES: dict[str, str] = {
    ImportState.DONE: "success",
    ImportState.UNCHANGED: "default",
    ImportState.HELD: "warning",
    ImportState.REFUSED: "default",
    ImportState.FAILED: "danger",
}
