"""What a check would have flagged, and switching it on like that."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from cdrs.models import CDR
from exchange.admin import job_progress
from review import again, trials
from review.admin import settings_shown as shown
from review.admin.desk_cells import money
from review.admin.settings import CHANGE, RECHECK, check_url
from review.checks import settings
from review.checks.catalogue import BY_CODE, title_of
from review.checks.settings import Strictness
from review.choices import Severity
from review.models import CDRReview, Trial
from review.services import strictness
from review.walking import Stretch
from staff import confirmed, fragments, theme
from staff.confirmed import Confirmed
from staff.links import page_url, page_url_of
from staff.requests import user_of

WITHOUT_PARTNER = "Without a known partner"


class SwitchOnForm(forms.Form):
    severity = forms.ChoiceField(
        label="What it finds",
        choices=Severity.choices,
        initial=Severity.HOLD,
        widget=theme.RadioWidget,
    )
    past = forms.BooleanField(
        label="Check the CDRs of these months again",
        required=False,
        widget=theme.SwitchWidget,
        help_text="What somebody decided stays decided.",
    )


def _switch_on(request: HttpRequest, trial: Trial, given: dict[str, Any]) -> str | None:
    strictness.set_check(
        trial.code,
        trial.partner,
        enabled=True,
        severity=Severity(given["severity"]),
        parameters=trial.parameters,
        actor=user_of(request),
    )
    if given["past"] and request.user.has_perm(RECHECK):
        stretch = Stretch(trial.since, trial.until, trial.partner_id)
        return page_url(again.start(stretch, actor=user_of(request)))
    return check_url(trial.code)


def _tried(trial: Trial) -> Strictness | None:
    """The check as it was tried; ``None`` when there is no such check any more."""
    check = BY_CODE.get(trial.code)
    if check is None:
        return None
    return Strictness(check, True, check.severity, settings.values_of(check, trial.parameters))


def _what_changes(trial: Trial) -> str:
    tried = _tried(trial)
    now = settings.load().of(trial.partner_id)[trial.code]
    before = "It is off now." if not now.enabled else f"Now: {'; '.join(shown.lines(now)) or 'on'}."
    then = "; ".join(shown.lines(tried)) if tried else ""
    return f"{before} Then: {then or 'on'}. {shown.sentence(trial)}"


SWITCH_ON = Confirmed(
    name="switch_on",
    label="Switch it on with these values",
    permission=CHANGE,
    question=lambda trial: (
        f"Check “{title_of(trial.code)}” like this from now on,"
        f" {f'for {trial.partner}' if trial.partner else 'for all partners'}?"
    ),
    explanation=_what_changes,
    perform=_switch_on,
    done="CDRs are checked like this from now on.",
    icon="toggle_on",
    form=SwitchOnForm,
    allowed=lambda trial: trial.finished_at is not None and trial.code in BY_CODE,
)


@theme.register(Trial)
class TrialAdmin(theme.ReadOnlyAdmin[Trial]):
    """Trials, the latest first; the page of one says what it found."""

    list_display = ["name_column", "of_column", "whose_column", "found_column", "by_column"]
    list_display_links = None
    list_select_related = ["partner", "job"]
    list_filter = [("partner", theme.AutocompleteSelectFilter)]
    list_before_template = "review/trials_before.html"
    page_template = "review/trial.html"
    paginator = theme.UncountedPaginator
    sortable_by = ()

    def get_urls(self) -> list[Any]:
        return [*confirmed.urls(self, [SWITCH_ON]), *super().get_urls()]

    @theme.display(description="Check")
    def name_column(self, trial: Trial) -> str:
        return fragments.link(page_url(trial), title_of(trial.code))

    @theme.display(description="Charges of")
    def of_column(self, trial: Trial) -> str:
        return shown.months(trial)

    @theme.display(description="Partner")
    def whose_column(self, trial: Trial) -> str:
        return str(trial.partner) if trial.partner else "All partners"

    @theme.display(description="Result")
    def found_column(self, trial: Trial) -> str:
        return shown.sentence(trial)

    @theme.display(description="By")
    def by_column(self, trial: Trial) -> str:
        return (
            f"{trial.created_by or 'the system'}, {timezone.localtime(trial.created_at):%Y-%m-%d}"
        )

    def page_title(self, trial: Trial) -> str:
        return f"Trial: {title_of(trial.code)}"

    def page_context(self, request: HttpRequest, trial: Trial) -> dict[str, Any]:
        job, tried = trial.job, _tried(trial)
        return {
            "trial": trial,
            "sentence": shown.sentence(trial),
            "months": shown.months(trial),
            "whose": str(trial.partner) if trial.partner else "All partners",
            "lines": shown.lines(tried) if tried else [],
            "check_title": title_of(trial.code),
            "check_url": check_url(trial.code) if tried else "",
            "progress": job_progress.progress(job) if job else {},
            "progress_url": reverse("admin:exchange_job_progress", args=[job.pk]) if job else "",
            "job_url": page_url(job) if job else "",
            "rows": _rows(trial),
            "buttons": confirmed.buttons(self, [SWITCH_ON], request, trial),
        }


def _rows(trial: Trial) -> list[dict[str, Any]]:
    names = trials.partner_names(trial)
    examples = [key for row in trial.result for key in row["examples"]]
    cdrs = dict(CDR.objects.filter(pk__in=examples).values_list("pk", "cdr_id"))
    return [
        {
            **row,
            "partner": names.get(row["partner"], WITHOUT_PARTNER),
            "amount": money(Decimal(row["amount"]), row["currency"])
            if Decimal(row["amount"])
            else "",
            "examples": [
                {"name": cdrs[key], "url": page_url_of(CDRReview, key)}
                for key in row["examples"]
                if key in cdrs
            ],
        }
        for row in trial.result
    ]
