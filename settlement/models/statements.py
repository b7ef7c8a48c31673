"""Statements per partner, direction, month and currency, and the entries they are made of."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from cdrs.models import CDR
from parties.models import Party
from review.choices import Direction
from settlement.choices import Billing, EntryKind, StatementState, TaxTreatment

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

DIRECTIONS = [(choice.value, choice.label) for choice in (Direction.RECEIVABLE, Direction.PAYABLE)]


class SettlementTerms(models.Model):
    """How one of our parties settles with one of theirs; without a row the usual holds.

    ``time_zone`` is the one in which a month begins and ends.
    """

    ours = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="+")
    partner = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="+")
    billing = models.CharField(max_length=7, choices=Billing, default=Billing.DIRECT)
    tax = models.CharField(max_length=14, choices=TaxTreatment, default=TaxTreatment.AS_STATED)
    time_zone = models.CharField(max_length=64, default="UTC")
    payment_days = models.PositiveSmallIntegerField("days to pay", default=30)
    notes = models.TextField(blank=True)
    changed_by = models.CharField(max_length=150, blank=True)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "settlement terms"
        ordering = ["ours", "partner"]
        constraints = [
            models.UniqueConstraint(fields=["ours", "partner"], name="terms_of_partner"),
        ]

    def __str__(self) -> str:
        return f"{self.ours} with {self.partner}"


class Statement(models.Model):
    """What one of our parties and one of a partner's owe for a month, in one direction and one currency.

    ``month`` is its first day. Totals while it is open are those of its tallies; ``frozen`` keeps them, and the terms
    they were made by, once it is closed: ``cdrs``, ``before_tax``, ``tax``, ``after_tax`` (texts of decimals),
    ``rates`` (a list), ``digest``, ``terms`` (see ``settlement.figures``). Triggers of the database refuse entries
    and tallies of one that is not open, and every change of a locked one.
    """

    ours = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+", db_index=False)
    partner = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    direction = models.CharField(max_length=10, choices=DIRECTIONS)
    month = models.DateField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=8, choices=StatementState, default=StatementState.OPEN)
    number = models.CharField(max_length=40, blank=True)
    frozen = models.JSONField(null=True, blank=True)
    notes = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=150, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.CharField(max_length=150, blank=True)
    locked_at = models.DateTimeField(null=True, blank=True)
    locked_by = models.CharField(max_length=150, blank=True)

    if TYPE_CHECKING:
        entries: RelatedManager[Entry]
        tallies: RelatedManager[Tally]

    class Meta:
        ordering = ["-month", "partner", "direction", "currency", "ours"]
        constraints = [
            models.UniqueConstraint(
                fields=["ours", "partner", "direction", "month", "currency"],
                name="statement_identity",
            ),
            models.UniqueConstraint(
                fields=["number"], condition=~Q(number=""), name="statement_number"
            ),
            models.CheckConstraint(
                condition=Q(approved_by="") | ~Q(approved_by=F("closed_by")),
                name="statement_four_eyes",
            ),
        ]
        indexes = [
            models.Index(fields=["-month", "partner"], name="statement_newest"),
            # Few are not locked, and these are asked for all the time.
            models.Index(
                fields=["state", "month"],
                name="statement_unlocked",
                condition=~Q(state=StatementState.LOCKED),
            ),
        ]
        permissions = [("approve_statement", "Can approve statements that somebody else closed")]

    def __str__(self) -> str:
        return self.number or f"{self.partner} {self.month:%Y-%m} {self.currency}"


class Entry(models.Model):
    """A CDR on a statement, its correction, or an adjustment: what it adds, negative amounts included.

    An adjustment is of no CDR; what it is about says its :class:`~settlement.models.Adjustment`.

    ``rates`` says the amounts per rate of tax, a list of ``name``, ``rate`` (text of a decimal, or null),
    ``before_tax`` and ``tax`` (texts of decimals; ``tax`` is null where nobody says it, and counts as nothing). A CDR
    has one entry at most that is not a correction, and each correction takes back the entry before it. ``late`` is
    what belongs to an earlier month, which was closed already. ``country`` is where it was, ISO 3166 alpha-3.
    ``sold`` and ``margin`` are those of its review when it was booked, empty where we sell to nobody.
    """

    statement = models.ForeignKey(
        Statement, on_delete=models.PROTECT, related_name="entries", db_index=False
    )
    cdr = models.ForeignKey(
        CDR,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="entries",
        db_index=False,
    )
    kind = models.CharField(max_length=10, choices=EntryKind, default=EntryKind.CHARGE)
    ended_at = models.DateTimeField()
    energy = models.DecimalField("energy, kWh", max_digits=24, decimal_places=8)
    before_tax = models.DecimalField(max_digits=24, decimal_places=8)
    tax = models.DecimalField(max_digits=24, decimal_places=8)
    rates = models.JSONField(default=list)
    sold = models.DecimalField(null=True, blank=True, max_digits=24, decimal_places=8)
    margin = models.DecimalField(null=True, blank=True, max_digits=24, decimal_places=8)
    late = models.BooleanField(default=False)
    country = models.CharField(max_length=3, blank=True)
    reason = models.TextField(blank=True)
    booked_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "entries"
        ordering = ["ended_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["cdr"], condition=~Q(kind=EntryKind.CORRECTION), name="entry_of_cdr"
            ),
        ]
        indexes = [
            models.Index(fields=["cdr"], name="entries_of_cdr"),
            models.Index(F("statement"), F("ended_at"), F("id"), name="entries_of_statement"),
            # What people look at one by one.
            models.Index(
                F("statement"),
                F("id"),
                name="entries_out_of_the_ordinary",
                condition=~Q(kind=EntryKind.CHARGE) | Q(late=True),
            ),
        ]

    def __str__(self) -> str:
        return str(self.cdr or self.get_kind_display())

    @property
    def after_tax(self) -> Decimal:
        return self.before_tax + self.tax


class Tally(models.Model):
    """What the entries of a statement of one kind come to at one rate of tax, kept with every booking.

    ``rate`` is text, such as ``VAT 21 %`` (see ``settlement.amounts``). ``cdrs`` counts each entry of a CDR at its
    first rate only; ``energy``, ``sold`` and ``margin`` likewise. ``tax_unknown`` counts those of which nobody says
    the tax. ``digest`` is the sum of numbers made of the entries (``settlement.digests``), so that two ways to the
    same total can be compared.
    """

    statement = models.ForeignKey(
        Statement, on_delete=models.CASCADE, related_name="tallies", db_index=False
    )
    kind = models.CharField(max_length=10, choices=EntryKind, default=EntryKind.CHARGE)
    late = models.BooleanField(default=False)
    rate = models.CharField(max_length=60, blank=True)
    cdrs = models.BigIntegerField("CDRs", default=0)
    energy = models.DecimalField("energy, kWh", max_digits=24, decimal_places=8, default=0)
    before_tax = models.DecimalField(max_digits=24, decimal_places=8, default=0)
    tax = models.DecimalField(max_digits=24, decimal_places=8, default=0)
    tax_unknown = models.BigIntegerField("without a stated tax", default=0)
    sold = models.DecimalField(max_digits=24, decimal_places=8, default=0)
    margin = models.DecimalField(max_digits=24, decimal_places=8, default=0)
    digest = models.DecimalField(max_digits=40, decimal_places=0, default=0)

    class Meta:
        verbose_name_plural = "tallies"
        ordering = ["rate", "kind", "late"]
        constraints = [
            models.UniqueConstraint(
                fields=["statement", "kind", "late", "rate"], name="tally_of_rate"
            ),
        ]

    def __str__(self) -> str:
        return self.rate


class Numbering(models.Model):
    """The last number that a company of ours gave a statement of a year; the next one is one more."""

    country_code = models.CharField(max_length=2)
    party_id = models.CharField(max_length=3)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["country_code", "party_id", "year"], name="numbering_of_year"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country_code}*{self.party_id} {self.year}"
