"""What the pages of checks show."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from ocpi.numbers import plain
from review import words
from review.checks import Check, Choice, settings
from review.checks.catalogue import BY_CODE, GROUPS
from review.checks.settings import Strictness
from review.choices import Severity
from review.models import CDRReview, CheckSetting, MissingCDR, Trial
from staff import badges, fragments
from staff.links import list_url, page_url


def groups() -> list[dict[str, Any]]:
    """All checks under their headings, each as it is set for everybody."""
    as_set = settings.load().of(None)
    partners: dict[str, int] = {}
    for code in CheckSetting.objects.exclude(partner=None).values_list("code", flat=True):
        partners[code] = partners.get(code, 0) + 1
    return [
        {
            "title": group.title,
            "checks": [
                {
                    "check": check,
                    "url": reverse("admin:review_checksetting_check", args=[check.code]),
                    "state": state(as_set[check.code]),
                    "lines": lines(as_set[check.code]),
                    "exceptions": partners.get(check.code, 0),
                }
                for check in group.checks
            ],
        }
        for group in GROUPS
    ]


def state(one: Strictness) -> SafeString:
    """Whether it is on, and what becomes of what it finds."""
    if not one.enabled:
        return badges.label_badge("Off", "default")
    if not one.check.on_cdrs:
        return badges.label_badge("Looked for", "success")
    if one.severity == Severity.HOLD:
        return badges.label_badge("Holds", "warning", title=str(Severity.HOLD.label))
    return badges.label_badge("Notes", "info", title=str(Severity.NOTE.label))


def lines(one: Strictness) -> list[str]:
    """The parameters as they are set, in words."""
    return [
        f"{parameter.label}: {_shown(parameter.options().get(one.values.choices[parameter.name], ''))}"
        if isinstance(parameter, Choice)
        else f"{parameter.label}: {plain(one.values[parameter.name])} {parameter.unit.value}"
        for parameter in one.check.parameters
    ]


def _shown(text: str) -> str:
    return f"{text[:1].lower()}{text[1:]}"


def exceptions(check: Check) -> list[dict[str, Any]]:
    """The partners for whom a check is set another way."""
    rows = CheckSetting.objects.filter(code=check.code).exclude(partner=None)
    as_set = settings.load()
    return [
        {
            "setting": row,
            "partner": fragments.link(page_url(row.partner), row.partner) if row.partner else "",
            "state": state(as_set.of(row.partner_id)[check.code]),
            "lines": lines(as_set.of(row.partner_id)[check.code]),
            "edit_url": f"{reverse('admin:review_checksetting_partner', args=[check.code])}"
            f"?partner={row.partner_id}",
            "usual_url": reverse("admin:review_checksetting_usual", args=[row.pk]),
        }
        for row in rows.select_related("partner").order_by("partner__name", "partner_id")
    ]


def forgetting(setting: CheckSetting) -> str:
    """What is asked before a setting is forgotten."""
    title = BY_CODE[setting.code].title
    if setting.partner is not None:
        return f"“{title}”: check the CDRs of {setting.partner} like everybody's again?"
    return f"“{title}”: go back to what is usual for this check?"


def flagged_url(check: Check) -> str:
    """What a check holds up now, on the desk; the list of missing CDRs for those."""
    return list_url(CDRReview, reason=check.code) if check.on_cdrs else list_url(MissingCDR)


def trial_row(trial: Trial) -> dict[str, Any]:
    """One trial in a line."""
    return {
        "trial": trial,
        "url": page_url(trial),
        "whose": str(trial.partner) if trial.partner else "All partners",
        "months": months(trial),
        "said": sentence(trial),
    }


def months(trial: Trial) -> str:
    """``2026-01 to 2026-03``, in the user's time zone."""
    first = timezone.localtime(trial.since)
    last = timezone.localtime(trial.until - timedelta(seconds=1))
    if (first.year, first.month) == (last.year, last.month):
        return f"{first:%Y-%m}"
    return f"{first:%Y-%m} to {last:%Y-%m}"


def sentence(trial: Trial) -> str:
    """``It would have flagged 312 CDRs, EUR 4,120.00; 280 of them nothing else flags.``"""
    if trial.finished_at is None:
        return "It is not finished."
    if not trial.flagged:
        return f"It would have flagged none of {trial.looked_at:,} CDRs."
    amounts = " and ".join(totals(trial.result))
    return (
        f"It would have flagged {trial.flagged:,} of {trial.looked_at:,} CDRs"
        f"{f', {amounts}' if amounts else ''}; {trial.newly_flagged:,} of them nothing else flags."
    )


def totals(result: Iterable[dict[str, Any]]) -> list[str]:
    """What is in question, per currency."""
    sums: dict[str, Decimal] = {}
    for row in result:
        sums[row["currency"]] = sums.get(row["currency"], Decimal(0)) + Decimal(row["amount"])
    return [
        words.amount(total, currency).shown for currency, total in sorted(sums.items()) if total
    ]
