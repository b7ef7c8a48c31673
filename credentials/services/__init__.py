"""Connecting with partners: invite them, or register, renew, change, unregister and look at them."""

from credentials.services.inviting import Expected, Invitation, invite, reinvite
from credentials.services.making import Refused, presented
from credentials.services.preparing import (
    prepare_compromise,
    prepare_discovery,
    prepare_registration,
    prepare_retry,
    prepare_rotation,
    prepare_test,
    prepare_unregistration,
    prepare_version_change,
)
from credentials.services.running import fail_interrupted, run
from credentials.services.upkeep import due_discoveries, due_renewals
from credentials.services.waiting import approve, refuse

__all__ = [
    "Expected",
    "Invitation",
    "Refused",
    "approve",
    "due_discoveries",
    "due_renewals",
    "fail_interrupted",
    "invite",
    "prepare_compromise",
    "prepare_discovery",
    "prepare_registration",
    "prepare_retry",
    "prepare_rotation",
    "prepare_test",
    "prepare_unregistration",
    "prepare_version_change",
    "presented",
    "refuse",
    "reinvite",
    "run",
]
