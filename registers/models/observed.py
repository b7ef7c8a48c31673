"""Public registers, as we saw them: what they list, since when, and what changed with each import."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from registers.choices import ChangeKind, CodeRole, EntryStatus, ImportState, RegisterFormat

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class Register(models.Model):
    """A register of party IDs: who keeps it, for which countries and roles, and where it can be read.

    ``jurisdictions`` are alpha-2 codes; what a register lists of other countries is kept, and marked as not its own.
    An import that would remove more than ``removal_limit`` percent of what is listed is held for a person.
    """

    key = models.SlugField(unique=True, max_length=40)
    name = models.CharField(max_length=120)
    authority = models.CharField(max_length=160, blank=True)
    jurisdictions = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    roles = ArrayField(models.CharField(max_length=4, choices=CodeRole), default=list, blank=True)
    format = models.CharField(max_length=10, choices=RegisterFormat, default=RegisterFormat.PLAIN)
    url = models.CharField("address of its list", max_length=500, blank=True)
    homepage = models.CharField(max_length=500, blank=True)
    is_official = models.BooleanField("kept by an authority", default=True)
    reuse = models.CharField("terms of reuse", max_length=200, blank=True)
    removal_limit = models.DecimalField(
        "hold an import that removes more than (%)",
        max_digits=5,
        decimal_places=2,
        default=Decimal(20),
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    refresh_days = models.PositiveSmallIntegerField(
        "read it every (days)", null=True, blank=True, help_text="Empty: only when staff do."
    )
    read_at = models.DateTimeField("last read", null=True, blank=True)
    notes = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())

    if TYPE_CHECKING:
        entries: RelatedManager[RegisterEntry]
        imports: RelatedManager[RegisterImport]

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class RegisterImport(models.Model):
    """One reading of a register: when, of what, and what it changed.

    ``content`` is kept while the import is held, so that a person can still take it over.
    """

    register = models.ForeignKey(
        Register, on_delete=models.CASCADE, related_name="imports", db_index=False
    )
    state = models.CharField(max_length=9, choices=ImportState)
    source = models.CharField("read from", max_length=500)
    sha256 = models.BinaryField(max_length=32)
    content = models.BinaryField(null=True)
    rows = models.PositiveIntegerField("codes listed", default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    vanished = models.PositiveIntegerField(default=0)
    malformed = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=400, blank=True)
    at = models.DateTimeField("read", db_default=Now())
    by = models.CharField(max_length=150, blank=True)
    decided_by = models.CharField(max_length=150, blank=True)

    if TYPE_CHECKING:
        faults: RelatedManager[RegisterFault]

    class Meta:
        verbose_name = "reading of a register"
        verbose_name_plural = "readings of registers"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["register", "-id"], name="imports_of_register"),
            models.Index(fields=["-id"], name="imports_held", condition=Q(state=ImportState.HELD)),
        ]

    def __str__(self) -> str:
        return f"{self.register} on {self.at:%Y-%m-%d}"


class RegisterEntry(models.Model):
    """What a register lists now, or did: a code in one role.

    ``first_seen`` and ``last_seen`` are our times. ``vanished_at``: the last list lacks it, which does not mean that
    the code was revoked. ``observed`` are party IDs that its holder uses in OCPI instead, where a register says so,
    such as ``IE*EGO``. ``issued_on`` is when the register says it issued the code, where it does.
    ``is_foreign``: of another country than the register is for.
    """

    register = models.ForeignKey(
        Register, on_delete=models.CASCADE, related_name="entries", db_index=False
    )
    country_code = models.CharField(max_length=2, db_collation="C")
    party_id = models.CharField("code", max_length=3, db_collation="C")
    role = models.CharField(max_length=4, choices=CodeRole)
    organisation = models.CharField(max_length=300, blank=True)
    legal_name = models.CharField(max_length=300, blank=True)
    website = models.CharField(max_length=300, blank=True)
    status = models.CharField(max_length=16, choices=EntryStatus, default=EntryStatus.ACTIVE)
    observed = ArrayField(
        models.CharField(max_length=6), default=list, blank=True, verbose_name="OCPI party IDs"
    )
    source_value = models.CharField("as it is written there", max_length=40, blank=True)
    issued_on = models.DateField("issued", null=True, blank=True)
    is_foreign = models.BooleanField("of another country", default=False)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    vanished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "listed code"
        ordering = ["country_code", "party_id", "role", "register"]
        constraints = [
            models.UniqueConstraint(
                fields=["register", "country_code", "party_id", "role"], name="entry_identity"
            ),
        ]
        indexes = [
            models.Index(fields=["country_code", "party_id"], name="entry_of_code"),
            models.Index(fields=["party_id"], name="entry_by_code"),
        ]

    def __str__(self) -> str:
        return f"{self.country_code}*{self.party_id} {self.role}"

    @property
    def is_listed(self) -> bool:
        return self.vanished_at is None


class RegisterChange(models.Model):
    """What an import changed about one code in one role: the history of every code, never changed itself."""

    entry = models.ForeignKey(
        RegisterEntry, on_delete=models.CASCADE, related_name="changes", db_index=False
    )
    imported = models.ForeignKey(
        RegisterImport, on_delete=models.CASCADE, related_name="changes", db_index=False
    )
    kind = models.CharField(max_length=8, choices=ChangeKind)
    before = models.CharField(max_length=320, blank=True)
    after = models.CharField(max_length=320, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = "change in a register"
        verbose_name_plural = "changes in registers"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["entry", "-id"], name="changes_of_entry"),
            models.Index(fields=["imported", "id"], name="changes_of_import"),
        ]

    def __str__(self) -> str:
        return f"{self.entry}: {self.get_kind_display()}"


class RegisterFault(models.Model):
    """A line of a register that cannot be a code, such as ``SE*ALEG`` with its four characters."""

    imported = models.ForeignKey(RegisterImport, on_delete=models.CASCADE, related_name="faults")
    place = models.CharField(max_length=40)
    source_value = models.CharField("as it is written there", max_length=80)
    organisation = models.CharField(max_length=300, blank=True)
    reason = models.CharField(max_length=300)

    class Meta:
        verbose_name = "malformed code"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.source_value
