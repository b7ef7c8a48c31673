"""Choices with the label staff read and the badge colour pages show, defined once."""

from django.db import models


class HandshakeKind(models.TextChoices):
    REGISTRATION = "registration", "Registration"
    ROTATION = "rotation", "Token rotation"
    UNREGISTRATION = "unregistration", "Unregistration"
    TEST = "test", "Test"
    VERSION = "version", "Change of version"
    COMPROMISE = "compromise", "Token renewal after a suspected compromise"
    DISCOVERY = "discovery", "Look for changed endpoints"


# Those that end with new tokens in both directions.
RENEWING = (HandshakeKind.ROTATION, HandshakeKind.VERSION, HandshakeKind.COMPROMISE)


class HandshakeDirection(models.TextChoices):
    """Who began it."""

    IN = "in", "By the partner"
    OUT = "out", "By us"


class HandshakeState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class StepState(models.TextChoices):
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    WARNING = "warning", "Done, with a warning"
    FAILED = "failed", "Failed"
    SKIPPED = "skipped", "Skipped"


class Problem(models.TextChoices):
    """Why a handshake failed, as far as it can be told apart."""

    ADDRESS_REFUSED = "address_refused", "Address refused"
    NOT_REACHABLE = "not_reachable", "Not reachable"
    TLS = "tls", "No secure connection"
    TIMEOUT = "timeout", "No answer in time"
    UNAUTHORIZED = "unauthorized", "Token not accepted"
    NOT_FOUND = "not_found", "Address not found"
    NOT_OCPI = "not_ocpi", "Not OCPI"
    NO_COMMON_VERSION = "no_common_version", "No common version"
    MISSING_MODULE = "missing_module", "Module missing"
    NO_CALLBACK = "no_callback", "Partner could not call us back"
    ALREADY_REGISTERED = "already_registered", "Registered already"
    INVALID_CREDENTIALS = "invalid_credentials", "Invalid credentials"
    REFUSED = "refused", "Refused by the partner"
    PARTNER_ERROR = "partner_error", "Error on the partner's side"
    NOTHING_PRESENTED = "nothing_presented", "No party of ours to present"
    INTERRUPTED = "interrupted", "Interrupted"
    OUR_ERROR = "our_error", "Error on our side"


BADGES: dict[str, str] = {
    HandshakeState.WAITING: "info",
    HandshakeState.RUNNING: "info",
    HandshakeState.DONE: "success",
    HandshakeState.FAILED: "danger",
    StepState.WARNING: "warning",
    StepState.SKIPPED: "default",
}
