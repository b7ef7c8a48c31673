"""The review of every CDR, and what was decided about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from cdrs.models import CDR
from parties.models import Party
from review.choices import CONCERNING, Action, Direction, ReviewState

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class CDRReview(models.Model):
    """One per CDR, made with it: what the checks found, what we make its price, and what was decided.

    Amounts are in ``currency``. ``stated`` is what the CDR says before tax, ``stated_after`` with tax; ``computed``
    and ``computed_after`` are what we make of its tariffs, empty where that cannot be done; ``difference`` is stated
    minus computed, before tax. ``at_stake`` is what the findings put in question, never negative. ``findings`` are
    what the checks said: ``code``, ``severity``, ``message``, ``amount`` (text of a decimal, or null) and ``detail``
    each; ``reasons`` are the codes of those that hold it up. ``cause`` is the likely reason of a difference, a code
    of ``review.causes``. ``sold`` is what our own customer pays before tax by our selling rules, ``margin`` that
    minus ``stated``. The order of columns that lists sort by is the order of the CDRs' end.
    """

    cdr = models.OneToOneField(
        CDR, primary_key=True, on_delete=models.PROTECT, related_name="review", verbose_name="CDR"
    )
    direction = models.CharField(max_length=10, choices=Direction)
    ours = models.ForeignKey(
        Party, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    partner = models.ForeignKey(
        Party, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    state = models.CharField(max_length=8, choices=ReviewState, default=ReviewState.WAITING)
    ended_at = models.DateTimeField("end")
    received_at = models.DateTimeField("received")
    currency = models.CharField(max_length=3, blank=True)
    stated = models.DecimalField("stated before tax", max_digits=24, decimal_places=8)
    stated_after = models.DecimalField(
        "stated after tax", null=True, blank=True, max_digits=24, decimal_places=8
    )
    computed = models.DecimalField(
        "computed before tax", null=True, blank=True, max_digits=24, decimal_places=8
    )
    computed_after = models.DecimalField(
        "computed after tax", null=True, blank=True, max_digits=24, decimal_places=8
    )
    difference = models.DecimalField(
        "difference before tax", null=True, blank=True, max_digits=24, decimal_places=8
    )
    at_stake = models.DecimalField(max_digits=24, decimal_places=8, default=0)
    sold = models.DecimalField(
        "sold before tax", null=True, blank=True, max_digits=24, decimal_places=8
    )
    margin = models.DecimalField(
        "margin before tax", null=True, blank=True, max_digits=24, decimal_places=8
    )
    rule_set = models.CharField("priced by", max_length=30, blank=True)
    cause = models.CharField("likely cause", max_length=30, blank=True)
    reasons = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    findings = models.JSONField(default=list, blank=True)
    checked_at = models.DateTimeField("checked", null=True, blank=True)
    decided_at = models.DateTimeField("decided", null=True, blank=True)
    decided_by = models.CharField(max_length=150, blank=True)

    if TYPE_CHECKING:
        decisions: RelatedManager[ReviewDecision]

    class Meta:
        verbose_name = "review of a CDR"
        verbose_name_plural = "reviews of CDRs"
        ordering = ["-ended_at", "-cdr"]
        indexes = [
            models.Index(fields=["-ended_at", "-cdr"], name="review_newest"),
            models.Index(fields=["partner", "-ended_at", "-cdr"], name="review_of_partner"),
            models.Index(fields=["direction", "-ended_at", "-cdr"], name="review_by_direction"),
            models.Index(fields=["currency", "-ended_at", "-cdr"], name="review_by_currency"),
            # What is not simply clean is little, and is what people look at. What they narrow it by is in the
            # index too, so that a page of few among many needs no look at the rows.
            models.Index(
                fields=[
                    "state",
                    "-ended_at",
                    "-cdr",
                    "partner",
                    "direction",
                    "currency",
                    "cause",
                    "at_stake",
                ],
                name="review_by_state",
                condition=~Q(state=ReviewState.CLEAN),
            ),
            models.Index(
                fields=[
                    "state",
                    "-at_stake",
                    "-cdr",
                    "partner",
                    "direction",
                    "currency",
                    "cause",
                    "ended_at",
                ],
                include=["stated", "computed", "difference"],
                name="review_queue",
                condition=Q(state__in=CONCERNING),
            ),
            models.Index(
                fields=["partner", "-at_stake", "-cdr"],
                name="review_queue_of_partner",
                condition=Q(state=ReviewState.FLAGGED),
            ),
            GinIndex(
                fields=["reasons"],
                name="review_by_reason",
                condition=Q(state__in=CONCERNING),
                fastupdate=False,
            ),
            # Reviews that were decided long ago are many, and what waits is asked for all the time.
            GinIndex(
                fields=["reasons"],
                name="review_queue_by_reason",
                condition=Q(state=ReviewState.FLAGGED),
                fastupdate=False,
            ),
            models.Index(
                fields=["-ended_at", "-cdr", "at_stake"],
                name="review_at_stake",
                condition=Q(at_stake__gt=0),
            ),
            models.Index(
                fields=["cause", "-ended_at", "-cdr"],
                name="review_by_cause",
                condition=~Q(cause=""),
            ),
            models.Index(
                fields=["cause", "state", "-at_stake", "-cdr"],
                name="review_queue_by_cause",
                condition=~Q(cause=""),
            ),
            # What a search found is put in its order without a look at each of them.
            models.Index(fields=["cdr"], include=["ended_at"], name="review_with_end"),
            models.Index(
                fields=["cdr"], name="review_waiting", condition=Q(state=ReviewState.WAITING)
            ),
            models.Index(
                fields=[
                    "margin",
                    "cdr",
                    "state",
                    "partner",
                    "direction",
                    "currency",
                    "cause",
                    "ended_at",
                ],
                name="review_losing",
                condition=Q(margin__lt=0),
            ),
        ]

    def __str__(self) -> str:
        return str(self.cdr)


class ReviewDecision(models.Model):
    """What was decided about a review, by whom and why; never changed.

    ``amount`` is what was at stake as the deciding person saw it, in ``currency``. ``partner`` and ``currency`` are
    those of the review, kept here so that decisions can be narrowed by them.
    """

    review = models.ForeignKey(
        CDRReview, on_delete=models.PROTECT, related_name="decisions", db_index=False
    )
    action = models.CharField(max_length=8, choices=Action)
    from_state = models.CharField(max_length=8, choices=ReviewState)
    to_state = models.CharField(max_length=8, choices=ReviewState)
    reason = models.TextField(blank=True)
    amount = models.DecimalField(max_digits=24, decimal_places=8, default=0)
    currency = models.CharField(max_length=3, blank=True)
    partner = models.ForeignKey(
        Party, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    by = models.CharField(max_length=150)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = "decision about a CDR"
        verbose_name_plural = "decisions about CDRs"
        ordering = ["-id"]
        indexes = [
            models.Index(F("review"), F("id").desc(), name="decisions_of_review"),
            models.Index(fields=["-at", "-id"], name="decisions_newest"),
            models.Index(fields=["by", "-at", "-id"], name="decisions_by_person"),
            models.Index(fields=["action", "-at", "-id"], name="decisions_by_action"),
            models.Index(fields=["partner", "-at", "-id"], name="decisions_of_partner"),
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()} by {self.by}"


class BulkDecision(models.Model):
    """One decision about many reviews: exactly those that the deciding person was shown.

    ``reviews`` are their primary keys, ``states`` and ``amounts`` what they stood at and what was at stake then; one
    that has changed since is left as it is. ``left`` says so of up to a hundred: ``review`` (primary key),
    ``cdr`` (its ID) and ``why`` each.
    """

    action = models.CharField(max_length=8, choices=Action)
    reason = models.TextField()
    title = models.CharField(max_length=200, blank=True, help_text="Of the disputes.")
    reviews = ArrayField(models.BigIntegerField())
    states = ArrayField(models.CharField(max_length=8))
    amounts = ArrayField(models.DecimalField(max_digits=24, decimal_places=8))
    done = models.BigIntegerField(default=0)
    left_out = models.BigIntegerField(default=0)
    left = models.JSONField(default=list, blank=True)
    by = models.CharField(max_length=150)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = "decision about many CDRs"
        verbose_name_plural = "decisions about many CDRs"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_action_display()} by {self.by}: {len(self.reviews)} CDRs"
