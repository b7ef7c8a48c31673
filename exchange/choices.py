"""Choices with the label staff read and the badge colour pages show, defined once."""

from django.db import models


class Direction(models.TextChoices):
    IN = "in", "In"
    OUT = "out", "Out"


class Outcome(models.TextChoices):
    """How an exchange ended, in words staff use."""

    OK = "ok", "OK"
    REFUSED = "refused", "Refused"
    FAILED = "failed", "Failed"
    UNKNOWN = "unknown", "Unclear"


class QuarantineState(models.TextChoices):
    OPEN = "open", "Waiting"
    RESOLVED = "resolved", "Taken in"
    DROPPED = "dropped", "Dropped"


class JobState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    HELD = "held", "Waiting to go on"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class CrawlState(models.TextChoices):
    """What became of reading one list."""

    RUNNING = "running", "Under way"
    DONE = "done", "Read to its end"
    INCOMPLETE = "incomplete", "Read, but not certainly all"
    FAILED = "failed", "Failed"
    GIVEN_UP = "given_up", "Given up"


class DeliveryResult(models.TextChoices):
    """What the last attempt said (see ``exchange.outcomes``)."""

    NONE = "", "Not tried yet"
    DELIVERED = "delivered", "Delivered"
    RETRY = "retry", "Will be tried again"
    AMBIGUOUS = "ambiguous", "Unclear, will be sent whole"
    DEAD = "dead", "Refused by the partner"
    STOPPED = "stopped", "Stopped"


class Known(models.TextChoices):
    """Whether the partner holds the object, as far as we can tell."""

    NO = "no", "No"
    ASSUMED = "assumed", "Assumed"
    CONFIRMED = "confirmed", "Confirmed"
    FETCHED = "fetched", "It fetched it"
    WITHDRAWN = "withdrawn", "It was told that it is gone"


BADGES: dict[str, str] = {
    Outcome.OK: "success",
    Outcome.REFUSED: "warning",
    Outcome.FAILED: "danger",
    Outcome.UNKNOWN: "info",
    QuarantineState.OPEN: "warning",
    QuarantineState.RESOLVED: "success",
    QuarantineState.DROPPED: "default",
    JobState.WAITING: "info",
    JobState.RUNNING: "info",
    JobState.HELD: "warning",
    JobState.DONE: "success",
    JobState.FAILED: "danger",
    DeliveryResult.DELIVERED: "success",
    DeliveryResult.RETRY: "warning",
    DeliveryResult.AMBIGUOUS: "warning",
    DeliveryResult.DEAD: "danger",
    DeliveryResult.STOPPED: "danger",
}
CRAWL_BADGES: dict[str, str] = {
    CrawlState.RUNNING: "info",
    CrawlState.DONE: "success",
    CrawlState.INCOMPLETE: "warning",
    CrawlState.FAILED: "danger",
    CrawlState.GIVEN_UP: "default",
}
