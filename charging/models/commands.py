"""What is asked of charge points, and reservations."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from charging.commands.choices import (
    OPEN,
    AnsweredBy,
    CommandModule,
    CommandState,
    CommandType,
)
from charging.commands.life import Life
from exchange.fields import DocumentField
from parties.models import Connection, Party

PUBLIC_ID_BYTES = 24


def new_public_id() -> str:
    """A name that nobody guesses: 32 characters of 192 random bits."""
    return secrets.token_urlsafe(PUBLIC_ID_BYTES)


class Reservation(models.Model):
    """A reservation that somebody asked for, and the number by which we speak of it.

    ``reservation_id`` is what its eMSP calls it, unique for that eMSP and location only; towards whoever carries it
    out it is ``number``, the primary key, so that no eMSP can replace or cancel another's (OCPI 2.3.0, mod_commands,
    ReserveNow). ``location_key`` is a CiString key. ``canceled_at`` says when its CPO or its eMSP took it back.
    """

    owner = models.ForeignKey(
        Party, on_delete=models.PROTECT, related_name="reservations", verbose_name="CPO"
    )
    sender = models.ForeignKey(
        Party, on_delete=models.PROTECT, related_name="own_reservations", verbose_name="eMSP"
    )
    reservation_id = models.CharField("reservation ID", max_length=36)
    reservation_key = models.CharField(max_length=36, db_collation="C")
    location_key = models.CharField(max_length=255, db_collation="C")
    evse_key = models.CharField(max_length=255, blank=True, db_collation="C")
    expires_at = models.DateTimeField("expires")
    canceled_at = models.DateTimeField("canceled", null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["sender", "owner", "reservation_key", "location_key"],
                name="reservation_identity",
            ),
        ]

    def __str__(self) -> str:
        return self.reservation_id

    @property
    def number(self) -> str:
        """What it is called towards whoever carries it out; a number, as OCPI 2.1.1 wants it."""
        return str(self.pk)


class Command(models.Model):
    """One request to a charge point that is answered at once and settled later (modules Commands, ChargingProfiles).

    ``owner`` is the CPO that is asked, ``sender`` the eMSP that asks. It came over ``requested_by``, or from the
    member of staff ``actor``; it is carried out over ``executed_by``, or answered as ``answered_by`` says. What it
    is about are natural keys (CiString keys; ``token_key`` as in ``Token``): what they name may come later.
    ``document`` is the canonical request as it came, with the requester's own ``response_url`` and reservation ID;
    ``public_id`` stands in ours. ``state`` and what decides about it are written by :mod:`charging.commands.life`
    under the row's lock. ``settle_at`` is when the clock decides, empty when nothing is left to decide.
    ``told_response`` is what its requester was told directly; only after ACCEPTED is a result told, until
    ``tell_until``. ``version`` counts what there is to tell.
    """

    public_id = models.CharField(
        max_length=43, default=new_public_id, unique=True, editable=False, db_collation="C"
    )
    module = models.CharField(max_length=20, choices=CommandModule, default=CommandModule.COMMANDS)
    type = models.CharField(max_length=20, choices=CommandType)
    owner = models.ForeignKey(
        Party, on_delete=models.PROTECT, related_name="commands_to_it", verbose_name="CPO"
    )
    sender = models.ForeignKey(
        Party, on_delete=models.PROTECT, related_name="commands_of_it", verbose_name="eMSP"
    )
    requested_by = models.ForeignKey(
        Connection,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="requested_commands",
    )
    actor = models.CharField("member of staff", max_length=150, blank=True)
    executed_by = models.ForeignKey(
        Connection,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="executed_commands",
    )
    answered_by = models.CharField(max_length=13, choices=AnsweredBy, blank=True)
    response_url = models.CharField("response URL", max_length=255, blank=True)
    document = DocumentField()
    fingerprint = models.CharField(
        max_length=64,
        blank=True,
        help_text="Of the request as it came, by which one that is sent twice is known.",
    )
    token_key = models.CharField(max_length=511, blank=True, db_collation="C")
    location_key = models.CharField(max_length=255, blank=True, db_collation="C")
    evse_key = models.CharField(max_length=255, blank=True, db_collation="C")
    session_key = models.CharField(max_length=255, blank=True, db_collation="C")
    authorization_reference = models.CharField(max_length=36, blank=True)
    authorization_key = models.CharField(max_length=36, blank=True, db_collation="C")
    reservation = models.ForeignKey(
        Reservation, null=True, blank=True, on_delete=models.PROTECT, related_name="commands"
    )

    state = models.CharField(max_length=11, choices=CommandState, default=CommandState.SENDING)
    response = models.CharField("direct answer", max_length=32, blank=True)
    response_document = DocumentField(default=dict, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    result = models.CharField(max_length=32, blank=True)
    late_result = models.CharField(max_length=32, blank=True)
    result_document = DocumentField(default=dict, blank=True)
    result_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    early = models.BooleanField("result came before the answer", default=False)
    late = models.BooleanField("result came after the deadline", default=False)
    repeated = models.BooleanField("result came more than once", default=False)
    contradicted = models.BooleanField("results contradict each other", default=False)
    unanswered = models.BooleanField("request without an answer", default=False)
    canceled = models.BooleanField("reservation taken back by the CPO", default=False)
    notes = ArrayField(
        models.CharField(max_length=400),
        default=list,
        blank=True,
        help_text="Sentences for staff about what was odd.",
    )

    deadline_at = models.DateTimeField(null=True, blank=True)
    settle_at = models.DateTimeField(null=True, blank=True)
    told_response = models.CharField(max_length=32, blank=True)
    tell_until = models.DateTimeField(null=True, blank=True)
    correlation_id = models.CharField(max_length=255, blank=True)
    version = models.BigIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        permissions = [("unlock_connector", "Can send UNLOCK_CONNECTOR")]
        indexes = [
            # Few rows wait; the clock looks at those alone.
            models.Index(
                fields=["settle_at"],
                name="command_to_settle",
                condition=Q(settle_at__isnull=False),
            ),
            models.Index(
                fields=["-id"],
                name="command_open",
                condition=Q(state__in=[state.value for state in OPEN]),
            ),
            models.Index(fields=["state", "-id"], name="command_by_state"),
            models.Index(
                fields=["-id"],
                name="command_odd",
                condition=Q(contradicted=True) | Q(late=True) | Q(unanswered=True),
            ),
            models.Index(
                fields=["finished_at"],
                name="command_without_result",
                condition=Q(state=CommandState.TIMED_OUT, response="ACCEPTED", result=""),
            ),
            models.Index(fields=["token_key", "-id"], name="command_by_token"),
            models.Index(fields=["location_key", "-id"], name="command_by_location"),
            models.Index(
                fields=["session_key", "-id"],
                name="command_by_session",
                condition=~Q(session_key=""),
            ),
            models.Index(
                fields=["authorization_key"],
                name="command_by_authorization",
                condition=~Q(authorization_key=""),
            ),
            models.Index(
                fields=["requested_by", "fingerprint", "-id"],
                name="command_by_fingerprint",
                condition=~Q(fingerprint=""),
            ),
            models.Index(fields=["sender", "-id"], name="command_of_sender"),
            models.Index(fields=["owner", "-id"], name="command_of_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.get_type_display()} {self.pk}"

    @property
    def reference(self) -> str:
        """How staff and the log name it: ``NL*ABC/17``, the CPO and our number."""
        return f"{self.owner.identity}/{self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether something is still to come."""
        return self.state in OPEN

    @property
    def life(self) -> Life:
        """What decides about it."""
        return Life(
            state=CommandState(self.state),
            response=self.response,
            result=self.result,
            late_result=self.late_result,
            early=self.early,
            late=self.late,
            repeated=self.repeated,
            contradicted=self.contradicted,
            unanswered=self.unanswered,
            canceled=self.canceled,
        )

    @property
    def timeout(self) -> timedelta | None:
        """How long its result may take, from the direct answer; ``None`` before that."""
        if self.deadline_at is None or self.answered_at is None:
            return None
        return self.deadline_at - self.answered_at
