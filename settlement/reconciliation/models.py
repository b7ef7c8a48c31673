"""Invoices by the CDRs they charge: ours that partners are told, and theirs that we check."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from cdrs.models import CDR
from exchange.fields import DocumentField
from parties.choices import Role
from parties.models import Connection, Party
from settlement.models.statements import Statement
from settlement.reconciliation.choices import Finding, Origin, RecordState, Way

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class InvoiceRecord(models.Model):
    """An InvoiceReconciliationRecord (OCPI 2.3.0): whose invoice it is, and which CDRs it charges.

    ``owner`` sends the invoice: the CPO with direct billing, the eMSP with reverse billing. ``cpo`` is whose CDRs
    they are, which is what makes their ids unique; ``emsp`` is empty while nobody can tell which of ours is meant.
    ``document`` is canonical JSON (of one that came from a file what it would say); ``content_sha256`` is of what it
    says, whenever that was last sent. ``version`` grows with every change that partners are told. The amounts of the
    invoice are not in OCPI: staff enter them, or a file says them. ``lines_include_tax`` says what the amounts of its
    lines are. ``unexplained`` is the invoice's total minus what we make of it, once both are known.
    ``match_due`` is set while it has yet to be matched again.
    """

    owner = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="invoice_records")
    cpo = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+", verbose_name="CPO")
    emsp = models.ForeignKey(
        Party,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="eMSP",
    )
    record_id = models.CharField("record ID", max_length=255)
    record_key = models.CharField(max_length=255, db_collation="C")
    invoice_id = models.CharField("invoice", max_length=255)
    invoice_key = models.CharField(max_length=255, db_collation="C")
    way = models.CharField(max_length=8, choices=Way)
    origin = models.CharField("came", max_length=4, choices=Origin, default=Origin.OCPI)
    document = DocumentField()
    content_sha256 = models.BinaryField(max_length=32)
    cdrs = models.PositiveIntegerField("CDRs", default=0)
    version = models.BigIntegerField(default=1)
    last_updated = models.DateTimeField()
    received_from = models.ForeignKey(
        Connection,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="invoice_records",
        help_text="The connection that told us; empty for a file and for what was made here.",
    )
    created_at = models.DateTimeField("here since", db_default=Now())
    deleted_at = models.DateTimeField("withdrawn", null=True, blank=True)
    statement = models.ForeignKey(
        Statement, null=True, blank=True, on_delete=models.PROTECT, related_name="invoice_records"
    )
    state = models.CharField(max_length=8, choices=RecordState, default=RecordState.OPEN)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=150, blank=True)
    reason = models.TextField(blank=True)
    currency = models.CharField("currency of the invoice", max_length=3, blank=True)
    total_before_tax = models.DecimalField(null=True, blank=True, max_digits=24, decimal_places=8)
    total_after_tax = models.DecimalField(null=True, blank=True, max_digits=24, decimal_places=8)
    lines_include_tax = models.BooleanField(default=False)
    unexplained = models.DecimalField(null=True, blank=True, max_digits=24, decimal_places=8)
    match_due = models.BooleanField(default=True)

    if TYPE_CHECKING:
        lines: RelatedManager[InvoiceRecordCDR]
        sums: RelatedManager[ReconciliationSum]
        result: ReconciliationResult

    class Meta:
        verbose_name = "invoice"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "record_key"], name="invoicerecord_identity"),
        ]
        indexes = [
            models.Index(fields=["owner", "-id"], name="invoicerecord_of_owner"),
            models.Index(fields=["way", "-id"], name="invoicerecord_by_way"),
            models.Index(fields=["invoice_key"], name="invoicerecord_by_invoice"),
            models.Index(fields=["record_key"], name="invoicerecord_by_key"),
            models.Index(fields=["last_updated"], name="invoicerecord_updated"),
            models.Index(fields=["id"], name="invoicerecord_due", condition=Q(match_due=True)),
            models.Index(
                fields=["-id"],
                name="invoicerecord_open",
                condition=Q(state=RecordState.OPEN, deleted_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.invoice_id

    @property
    def reference(self) -> str:
        """How staff and the log name it: ``NL*ABC/1b4b3a3c``."""
        return f"{self.owner.identity}/{self.record_id}"

    @property
    def is_reverse(self) -> bool:
        """Whether the eMSP writes the invoice (reverse billing)."""
        return self.owner.role == Role.EMSP

    @property
    def counterparty(self) -> Party | None:
        """Whom the invoice goes to; ``None`` while nobody can tell."""
        return self.cpo if self.is_reverse else self.emsp


class InvoiceRecordCDR(models.Model):
    """A CDR as an invoice lists it, and what matching found.

    ``cdr`` is the one that is meant, where it is here. ``amount``, ``currency`` and ``started_at`` are what a file
    says of it. ``also_in`` is the earlier invoice that lists it too, or this one where that lists it before.
    """

    record = models.ForeignKey(
        InvoiceRecord, on_delete=models.CASCADE, related_name="lines", db_index=False
    )
    position = models.PositiveIntegerField()
    listed_id = models.CharField("CDR ID", max_length=255)
    listed_key = models.CharField(max_length=255, db_collation="C")
    cdr = models.ForeignKey(
        CDR,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="invoice_lines",
        db_index=False,
    )
    amount = models.DecimalField(null=True, blank=True, max_digits=24, decimal_places=8)
    currency = models.CharField(max_length=3, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finding = models.CharField(max_length=8, choices=Finding, default=Finding.WAITING)
    also_in = models.ForeignKey(
        InvoiceRecord, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = "CDR of an invoice"
        verbose_name_plural = "CDRs of invoices"
        ordering = ["record", "position"]
        constraints = [
            models.UniqueConstraint(fields=["record", "position"], name="invoiceline_place"),
        ]
        indexes = [
            models.Index(fields=["record", "finding", "position"], name="invoiceline_by_finding"),
            models.Index(fields=["listed_key"], name="invoiceline_by_key"),
            models.Index(fields=["cdr"], name="invoiceline_of_cdr", condition=Q(cdr__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.listed_id


class ReconciliationResult(models.Model):
    """What matching a record came to, in numbers of CDRs; ``statement`` is the one of ours it was held against.

    ``unlisted`` counts the CDRs of that statement which no invoice lists.
    """

    record = models.OneToOneField(
        InvoiceRecord, primary_key=True, on_delete=models.CASCADE, related_name="result"
    )
    matched = models.PositiveIntegerField(default=0)
    unknown = models.PositiveIntegerField(default=0)
    twice = models.PositiveIntegerField(default=0)
    foreign = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    amount = models.PositiveIntegerField(default=0)
    unlisted = models.PositiveIntegerField(default=0)
    statement = models.ForeignKey(
        Statement, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    matched_at = models.DateTimeField()

    class Meta:
        verbose_name = "result of matching an invoice"
        verbose_name_plural = "results of matching invoices"
        ordering = ["record"]

    def __str__(self) -> str:
        return f"Result of {self.record_id}"

    @property
    def differences(self) -> int:
        """How many CDRs of the invoice staff have to look at."""
        return self.unknown + self.twice + self.foreign + self.held + self.amount


class ReconciliationSum(models.Model):
    """What the CDRs of one finding come to in one currency; ``listed`` is the sum of what a file says they cost."""

    record = models.ForeignKey(
        InvoiceRecord, on_delete=models.CASCADE, related_name="sums", db_index=False
    )
    finding = models.CharField(max_length=8)
    currency = models.CharField(max_length=3, blank=True)
    cdrs = models.PositiveIntegerField("CDRs", default=0)
    energy = models.DecimalField("energy, kWh", default=0, max_digits=24, decimal_places=8)
    before_tax = models.DecimalField(default=0, max_digits=24, decimal_places=8)
    tax = models.DecimalField(default=0, max_digits=24, decimal_places=8)
    listed = models.DecimalField(null=True, blank=True, max_digits=24, decimal_places=8)

    class Meta:
        verbose_name = "sum of an invoice"
        verbose_name_plural = "sums of invoices"
        ordering = ["record", "finding", "currency"]
        constraints = [
            models.UniqueConstraint(
                fields=["record", "finding", "currency"], name="reconciliationsum_of_finding"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.finding} {self.currency}"
