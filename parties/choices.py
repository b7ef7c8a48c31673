"""Choices with the label staff read and the badge colour pages show, defined once."""

from django.db import models


class Role(models.TextChoices):
    """OCPI 2.3.0, types, Role enum, with HUB of 2.2.1 and PTP of the payments module beside it."""

    CPO = "CPO", "CPO (charge point operator)"
    EMSP = "EMSP", "EMSP (e-mobility service provider)"
    HUB = "HUB", "HUB (roaming hub)"
    NAP = "NAP", "NAP (national access point)"
    NSP = "NSP", "NSP (navigation service provider)"
    OTHER = "OTHER", "OTHER"
    SCSP = "SCSP", "SCSP (smart charging service provider)"
    PTP = "PTP", "PTP (payment terminal provider)"


class ConnectionKind(models.TextChoices):
    PARTNER = "partner", "Partner"
    BACK_OFFICE = "back_office", "Our back office"
    HUB = "hub", "Hub"


class Environment(models.TextChoices):
    TEST = "test", "Test"
    PRODUCTION = "production", "Production"


class ConnectionState(models.TextChoices):
    """The life of a connection; only ``CONNECTED`` exchanges modules."""

    NEW = "new", "New"
    INVITED = "invited", "Invited"
    CONNECTED = "connected", "Connected"
    SUSPENDED = "suspended", "Suspended"
    UNREGISTERED = "unregistered", "Unregistered"


class TokenKind(models.TextChoices):
    """What a token that a partner presents to us is good for."""

    REGISTRATION = "registration", "Registration (token A)"
    ACCESS = "access", "Access"


class PartySource(models.TextChoices):
    DECLARED = "declared", "Declared in the handshake"
    STAFF = "staff", "Approved by staff"
    HUB = "hub", "Reached through the hub"


class HubStatus(models.TextChoices):
    """What a hub says of a party behind it (OCPI 2.3.0, mod_hub_client_info, ConnectionStatus)."""

    CONNECTED = "CONNECTED", "Connected"
    OFFLINE = "OFFLINE", "Offline"
    PLANNED = "PLANNED", "Planned"
    SUSPENDED = "SUSPENDED", "Suspended"


class VanishPolicy(models.TextChoices):
    """What becomes of objects that a partner's complete list no longer holds."""

    RETIRE = "retire", "Retire them"
    ASK = "ask", "Wait until staff allow it"
    KEEP = "keep", "Keep them"


class Sharing(models.TextChoices):
    """How much of a module one of our parties shares with one of theirs."""

    PUBLIC = "public", "What is public"
    SELECTED = "selected", "Only what is selected"
    EXCEPT = "except", "All but what is selected"
    NOTHING = "nothing", "Nothing"


class PrivateLocations(models.TextChoices):
    """Which of the locations that are not published a partner gets."""

    NEVER = "never", "None"
    ENTITLED = "entitled", "Those that are open to its tokens"
    ALWAYS = "always", "All of them"


class CommandRule(models.TextChoices):
    """How a party of ours without a back office answers commands and charging profiles."""

    NOT_SUPPORTED = "NOT_SUPPORTED", "Say that it is not supported"
    REJECTED = "REJECTED", "Reject"
    STAFF = "STAFF", "Accept; staff carry it out and report the result"


class AuthorizationRule(models.TextChoices):
    """Who decides for an eMSP of ours whether a token may charge."""

    WHITELIST = "whitelist", "The tokens here; its back office where their whitelist says to ask"
    BACK_OFFICE = "back_office", "Always its back office"
    TOKENS = "tokens", "Always the tokens here"


BADGES: dict[str, str] = {
    ConnectionState.NEW: "info",
    ConnectionState.INVITED: "warning",
    ConnectionState.CONNECTED: "success",
    ConnectionState.SUSPENDED: "danger",
    ConnectionState.UNREGISTERED: "default",
    Environment.TEST: "info",
    Environment.PRODUCTION: "default",
    HubStatus.CONNECTED: "success",
    HubStatus.OFFLINE: "warning",
    HubStatus.PLANNED: "info",
    HubStatus.SUSPENDED: "danger",
}
