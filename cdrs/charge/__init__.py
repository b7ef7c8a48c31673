"""One charge from the card to the CDR, across everything the portal knows of it."""

from cdrs.charge.following import Charge, follow
from cdrs.charge.steps import Step, steps

__all__ = ["Charge", "Step", "follow", "steps"]
