"""Charge detail records as they were received, and never changed after that."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.db.models.lookups import GreaterThan

from exchange.fields import DocumentField
from parties.models import Connection, Party

LONG = timedelta(days=3)
"""Charges that lasted longer than this are few, and have indexes of their own."""
_IS_LONG = Q(
    GreaterThan(F("end_date_time") - F("start_date_time"), LONG),
    # 1970 stands for a start that the CPO does not know.
    start_date_time__gte=datetime(1971, 1, 1, tzinfo=UTC),
)


class CDR(models.Model):
    """An OCPI CDR: evidence. Columns for what is asked, ``document`` for what its owner, a CPO, says.

    ``document`` is canonical (OCPI 2.3.0) JSON without ``last_updated``, which is a column and laid over it on the
    way out. A trigger of the database refuses every change, but for :func:`cdrs.services.forget` and the end of the
    connection it came from; ``version`` stays 1. Money is in ``currency``, energy in kWh, times in hours. The
    keys are CiString keys of what it refers to, which may be here or not: see ``cdrs.related``. ``emsp`` is empty
    where nobody could tell whose token it was. ``address`` is the unguessable end of its URL at our receiver.
    ``original_sha256`` is that of the bytes as received (see :class:`CDROriginal`), ``content_sha256`` that of the
    canonical document; both stay when a driver is forgotten.
    """

    owner = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="cdrs")
    cdr_id = models.CharField("CDR ID", max_length=255)
    cdr_key = models.CharField(max_length=255, db_collation="C")
    emsp = models.ForeignKey(
        Party, null=True, blank=True, on_delete=models.PROTECT, related_name="charged_cdrs"
    )
    address = models.UUIDField(default=uuid.uuid4, editable=False)
    start_date_time = models.DateTimeField("start")
    end_date_time = models.DateTimeField("end")
    currency = models.CharField(max_length=3, blank=True)
    total_cost = models.DecimalField("total before tax", max_digits=24, decimal_places=8)
    total_cost_after_tax = models.DecimalField(
        "total after tax", null=True, blank=True, max_digits=24, decimal_places=8
    )
    energy = models.DecimalField("energy, kWh", max_digits=24, decimal_places=8)
    duration = models.DecimalField("time, hours", max_digits=24, decimal_places=8)
    parking_time = models.DecimalField(
        "parking, hours", null=True, blank=True, max_digits=24, decimal_places=8
    )
    session_key = models.CharField("session", max_length=255, blank=True, db_collation="C")
    authorization_key = models.CharField(
        "authorization reference", max_length=255, blank=True, db_collation="C"
    )
    token_uid = models.CharField("token UID", max_length=255, blank=True)
    token_key = models.CharField(
        max_length=511,
        blank=True,
        db_collation="C",
        help_text="Type and UID together, RFID:012345678, as tokens are kept.",
    )
    contract_id = models.CharField("contract ID", max_length=255, blank=True)
    contract_key = models.CharField(max_length=255, blank=True, db_collation="C")
    location_key = models.CharField("location", max_length=255, blank=True, db_collation="C")
    evse_key = models.CharField("EVSE", max_length=255, blank=True, db_collation="C")
    credit = models.BooleanField("credit CDR", default=False)
    credit_reference_key = models.CharField("credits", max_length=255, blank=True, db_collation="C")
    is_reservation = models.BooleanField("reservation that was not used", default=False)
    home_charging_compensation = models.BooleanField(default=False)
    invoice_reference_id = models.CharField("invoice reference", max_length=255, blank=True)
    document = DocumentField()
    last_updated = models.DateTimeField()
    original_sha256 = models.BinaryField(max_length=32)
    content_sha256 = models.BinaryField(max_length=32)
    differs_in = ArrayField(
        models.CharField(max_length=10),
        default=list,
        blank=True,
        help_text="The OCPI versions that cannot say all of it; elsewhere it goes out as it lies here.",
    )
    refused_in = ArrayField(
        models.CharField(max_length=10),
        default=list,
        blank=True,
        help_text="The OCPI versions in which it would mislead, so that partners there do not get it.",
    )
    version = models.BigIntegerField(default=1)
    received_at = models.DateTimeField("received", db_default=Now())
    received_from = models.ForeignKey(
        Connection,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="received_cdrs",
        help_text="The connection that told us; empty for an import.",
    )
    forgotten_at = models.DateTimeField(
        null=True, blank=True, help_text="When the driver's token was taken out of it."
    )

    class Meta:
        verbose_name = "CDR"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "cdr_key"], name="cdr_identity"),
            models.UniqueConstraint(fields=["address"], name="cdr_address"),
        ]
        indexes = [
            models.Index(fields=["-start_date_time", "-id"], name="cdr_newest"),
            models.Index(fields=["owner", "-start_date_time", "-id"], name="cdr_of_owner"),
            models.Index(fields=["emsp", "-start_date_time", "-id"], name="cdr_of_emsp"),
            # Counting and paging what a partner sees reads these and nothing else.
            models.Index(
                fields=["emsp", "id"], include=["owner", "refused_in"], name="cdr_visible"
            ),
            models.Index(fields=["last_updated"], name="cdr_last_updated"),
            models.Index(fields=["received_at"], name="cdr_received"),
            # With the key of the row, so that many that begin alike are found without a look at each.
            models.Index(fields=["cdr_key"], include=["id"], name="cdr_with_key"),
            models.Index(
                fields=["owner", "session_key"],
                name="cdr_of_session",
                condition=~Q(session_key=""),
            ),
            models.Index(
                fields=["authorization_key"],
                name="cdr_of_authorization",
                condition=~Q(authorization_key=""),
            ),
            # With the start: charges at the same time are looked for as each CDR arrives.
            models.Index(fields=["token_key", "start_date_time"], name="cdr_by_token"),
            # The few that lasted so long that no span before another charge would find them.
            models.Index(
                fields=["token_key", "start_date_time"],
                name="cdr_long_by_token",
                condition=_IS_LONG,
            ),
            models.Index(
                fields=["owner", "location_key", "evse_key", "start_date_time"],
                name="cdr_long_by_evse",
                condition=_IS_LONG,
            ),
            models.Index(fields=["contract_key"], include=["id"], name="cdr_with_contract"),
            models.Index(
                fields=["owner", "location_key", "evse_key", "start_date_time"], name="cdr_by_evse"
            ),
            models.Index(fields=["received_at"], name="cdr_credits", condition=Q(credit=True)),
            # What staff pick out, which is little.
            models.Index(fields=["total_cost"], name="cdr_by_cost"),
            models.Index(
                fields=["-start_date_time", "-id"],
                name="cdr_reservations",
                condition=Q(is_reservation=True),
            ),
            models.Index(
                fields=["-start_date_time", "-id"],
                name="cdr_at_home",
                condition=Q(home_charging_compensation=True),
            ),
            models.Index(
                fields=["owner", "credit_reference_key"],
                name="cdr_crediting",
                condition=~Q(credit_reference_key=""),
            ),
            models.Index(
                fields=["invoice_reference_id"],
                name="cdr_of_invoice",
                condition=~Q(invoice_reference_id=""),
            ),
        ]

    def __str__(self) -> str:
        return self.cdr_id

    @property
    def reference(self) -> str:
        """How staff and the log name it: ``NL*ABC/12345``."""
        return f"{self.owner.identity}/{self.cdr_id}"


class Sealed(models.Model):
    """Bytes of a CDR as they were received, encrypted under a key of their own.

    ``key_encrypted`` is that key, encrypted with the portal's; without it nobody can read ``content`` any more.
    ``version`` is the OCPI version they are written in, ``source`` the way they came, for staff.
    """

    key_encrypted = models.BinaryField(null=True, blank=True)
    content = models.BinaryField()
    version = models.CharField(max_length=10, blank=True)
    source = models.CharField(max_length=200)

    class Meta:
        abstract = True

    @property
    def is_readable(self) -> bool:
        return self.key_encrypted is not None


class CDROriginal(Sealed):
    """What a CDR is made from, byte for byte: the body of a POST, or its part of a list or file."""

    cdr = models.OneToOneField(CDR, on_delete=models.PROTECT, related_name="original")

    class Meta:
        verbose_name = "original of a CDR"

    def __str__(self) -> str:
        return f"Original of {self.cdr_id}"


class CDRConflict(Sealed):
    """Another version of a CDR we hold: it came with the same id and said something else.

    Never taken over. ``differences`` are those of the two documents, each with ``path``, ``ours``, ``theirs``
    (as text, shortened) and ``words``. The same again only counts as seen once more.
    """

    cdr = models.ForeignKey(CDR, on_delete=models.PROTECT, related_name="conflicts", db_index=False)
    sha256 = models.BinaryField(max_length=32)
    differences = models.JSONField(default=list)
    received_from = models.ForeignKey(
        Connection, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    times_seen = models.PositiveIntegerField(default=1)
    received_at = models.DateTimeField("received", db_default=Now())
    last_seen_at = models.DateTimeField(db_default=Now())
    settled_at = models.DateTimeField(null=True, blank=True, help_text="When staff settled it.")
    settled_by = models.CharField(max_length=150, blank=True)

    class Meta:
        verbose_name = "conflict of CDRs"
        verbose_name_plural = "conflicts of CDRs"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["cdr", "sha256"], name="cdrconflict_once"),
        ]
        indexes = [
            models.Index(
                fields=["received_at"], name="cdrconflict_open", condition=Q(settled_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"Another version of {self.cdr}"


class CDRCopy(models.Model):
    """Where a partner keeps its copy of a CDR of ours: the ``Location`` header of its answer."""

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="cdr_copies", db_index=False
    )
    cdr = models.ForeignKey(CDR, on_delete=models.CASCADE, related_name="copies")
    url = models.CharField(max_length=2000)
    told_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = "copy of a CDR"
        verbose_name_plural = "copies of CDRs"
        constraints = [
            models.UniqueConstraint(fields=["connection", "cdr"], name="cdrcopy_identity"),
        ]

    def __str__(self) -> str:
        return f"{self.cdr_id} at {self.connection_id}"
