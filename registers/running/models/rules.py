"""By which rules a register is run; a register that has none is only observed."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from registers.models.observed import Register

_code = RegexValidator(r"\A[A-Z0-9]{3}\Z", "A code has three capital letters or digits.")
_currency = RegexValidator(r"\A[A-Z]{3}\Z", "Three capital letters, as in EUR.")


def remind_before() -> list[int]:
    """When holders are reminded unless staff say otherwise, in days before the end."""
    return [60, 14]


class RegisterRules(models.Model):
    """That we run a register, and how. Countries are the register's ``jurisdictions``.

    Amounts are exact and only shown. Terms and rests are whole months, 0 for no end and none.
    """

    register = models.OneToOneField(Register, on_delete=models.PROTECT, related_name="rules")
    is_open = models.BooleanField("takes applications", default=True)
    reserved_codes = ArrayField(
        models.CharField(max_length=3, validators=[_code]),
        default=list,
        blank=True,
        verbose_name="codes that nobody gets",
        help_text="Separated by commas, such as TST,XXX.",
    )
    one_holder = models.BooleanField(
        "a code has one holder in all roles",
        default=True,
        help_text="Whoever has a code as operator is the only one who can have it as provider, and the other way"
        " round.",
    )
    refuse_confusable = models.BooleanField(
        "refuse codes that look like one that is taken",
        default=True,
        help_text="0 and O, 1 and I and L, 2 and Z, 5 and S, 8 and B look alike.",
    )
    refuse_listed = models.BooleanField(
        "refuse codes that another register lists",
        default=True,
        help_text="Codes of our countries that a public register we read lists now.",
    )
    four_eyes = models.BooleanField(
        "two people decide",
        default=True,
        help_text="One reviews an application and another decides. Holds for applications that come in from now on.",
    )
    fee_application = models.DecimalField(
        "fee of an application",
        max_digits=10,
        decimal_places=2,
        default=0,
        validators=[MinValueValidator(0)],
        help_text="Only shown to applicants.",
    )
    fee_year = models.DecimalField(
        "fee of a year",
        max_digits=10,
        decimal_places=2,
        default=0,
        validators=[MinValueValidator(0)],
    )
    fee_currency = models.CharField("currency", max_length=3, default="EUR", validators=[_currency])
    term_months = models.PositiveSmallIntegerField(
        "a code is issued for (months)",
        default=12,
        validators=[MaxValueValidator(600)],
        help_text="0: without an end.",
    )
    reminder_days = ArrayField(
        models.PositiveSmallIntegerField(),
        default=remind_before,
        blank=True,
        verbose_name="remind so many days before the end",
        help_text="Separated by commas, such as 60,14.",
    )
    grace_days = models.PositiveSmallIntegerField("days after the end until it expires", default=30)
    rest_months = models.PositiveSmallIntegerField(
        "months until a revoked or expired code is free again",
        default=24,
        validators=[MaxValueValidator(600)],
    )
    contact = models.TextField(
        "contact", blank=True, help_text="Shown on the public pages: whom to ask, and how."
    )

    class Meta:
        verbose_name = "rules of a register"
        verbose_name_plural = "rules of registers"

    def __str__(self) -> str:
        return f"Rules of {self.register}"
