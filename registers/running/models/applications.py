"""What is applied for, by whom, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from registers.choices import CodeRole
from registers.models.observed import Register
from registers.running.choices import OPEN_APPLICATIONS, ApplicationKind, ApplicationState
from registers.running.models.codes import IssuedCode
from registers.running.models.organisations import Organisation, OrganisationData

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from registers.running.models.codes import CodeClaim
    from registers.running.models.mails import ApplicationMail

_OPEN = Q(state__in=OPEN_APPLICATIONS)


class Application(OrganisationData):
    """An application: for a new code, which is held for it from the beginning, or about ``code``, an issued one.

    Organisation and contact are as the applicant wrote them. ``organisation`` is the one known here that staff say
    it is. ``four_eyes`` keeps the rule under which it came in, which the database checks.
    """

    register = models.ForeignKey(Register, on_delete=models.PROTECT, related_name="applications")
    kind = models.CharField(max_length=9, choices=ApplicationKind, default=ApplicationKind.NEW)
    state = models.CharField(
        max_length=9, choices=ApplicationState, default=ApplicationState.SUBMITTED
    )
    country_code = models.CharField(max_length=2, db_collation="C")
    party_id = models.CharField("code", max_length=3, db_collation="C")
    any_code = models.BooleanField("any code would do", default=False)
    roles = ArrayField(models.CharField(max_length=4, choices=CodeRole), default=list, blank=True)
    code = models.ForeignKey(
        IssuedCode,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="applications",
        verbose_name="issued code",
    )
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="applications"
    )
    contact_name = models.CharField(max_length=120)
    contact_email = models.EmailField("contact's e-mail")
    contact_phone = models.CharField("contact's phone", max_length=40, blank=True)
    remark = models.TextField(max_length=2000, blank=True)
    tracking_hash = models.BinaryField(max_length=32, unique=True)
    submitted_at = models.DateTimeField("submitted")
    four_eyes = models.BooleanField("two people decide")
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reviewed_at = models.DateTimeField("reviewed", null=True, blank=True)
    review_note = models.TextField("what the reviewer says", max_length=2000, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField("decided", null=True, blank=True)
    refusal = models.TextField("reason of the refusal", max_length=1000, blank=True)

    if TYPE_CHECKING:
        claims: RelatedManager[CodeClaim]
        mails: RelatedManager[ApplicationMail]

    class Meta:
        ordering = ["-id"]
        permissions = [
            ("review_application", "Can review applications for codes"),
            ("decide_application", "Can decide about applications for codes"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(four_eyes=True, decided_by=F("reviewed_by"))
                | Q(reviewed_by=None)
                | Q(decided_by=None),
                name="application_four_eyes",
                violation_error_message="Whoever reviewed it cannot decide about it.",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[ApplicationState.ISSUED, ApplicationState.REFUSED])
                | Q(reviewed_by__isnull=False, decided_by__isnull=False),
                name="application_decided_by",
            ),
            models.CheckConstraint(
                condition=~Q(state=ApplicationState.REFUSED) | ~Q(refusal=""),
                name="application_refused_why",
            ),
            models.UniqueConstraint(
                fields=["code"], condition=_OPEN, name="application_of_code_once"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-id"], name="applications_by_state"),
            models.Index(fields=["country_code", "party_id"], name="applications_by_code"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.written}"

    @property
    def number(self) -> str:
        """What it is called: ``A-000042``."""
        return f"A-{self.pk:06d}"

    @property
    def written(self) -> str:
        """The code that it is about: ``GB*ABC``."""
        return f"{self.country_code}*{self.party_id}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_APPLICATIONS

    @property
    def reference(self) -> str:
        """How the stream of events names it."""
        return f"application:{self.pk}"


class Submission(models.Model):
    """That somebody sent an application, for a while, so that nobody sends too many.

    ``sender`` is a keyed hash of the address; the address itself is not kept.
    """

    sender = models.BinaryField(max_length=32)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["sender", "at"], name="submissions_of_sender")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
