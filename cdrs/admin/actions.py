"""What staff can do about CDRs: nothing that changes what was charged."""

from __future__ import annotations

from cdrs import services
from staff.confirmed import Confirmed, acting

CDR_ACTIONS = [
    Confirmed(
        name="forget",
        label="Forget the driver",
        permission="cdrs.change_cdr",
        question="Take the driver out of CDR {object} for good?",
        explanation=(
            "UID and contract of the token, signed metering data and the original with its other versions become"
            " unreadable, and nobody can bring them back; backups from before have them until they expire."
            " Amounts, times, places and the fingerprint of the original stay. Partners are told nothing."
        ),
        perform=acting(services.forget),
        done="The driver of CDR {object} was forgotten.",
        dangerous=True,
        icon="person_off",
        allowed=lambda cdr: cdr.forgotten_at is None,
    ),
]

CONFLICT_ACTIONS = [
    Confirmed(
        name="settle",
        label="Settle",
        permission="cdrs.change_cdrconflict",
        question="Is it settled which of both counts?",
        explanation=(
            "The CDR that came first stays as it is, and the other version stays here beside it. Settle it when"
            " the partner has confirmed the first, or has sent a Credit CDR and a new one."
        ),
        perform=acting(services.settle),
        done="It is settled.",
        icon="task_alt",
        allowed=lambda conflict: conflict.settled_at is None,
    ),
]
