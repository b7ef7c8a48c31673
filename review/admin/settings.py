"""The pages on which finance says what is checked, how strictly, and for whom."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from parties.models import Event, Party
from review import again, trials
from review.admin import settings_shown as shown
from review.admin.settings_forms import (
    AgainForm,
    ExceptionForm,
    StrictnessForm,
    TrialForm,
    usual_months,
)
from review.checks import Check, settings
from review.checks.catalogue import BY_CODE
from review.choices import Severity
from review.models import CheckSetting, Trial
from review.services import strictness
from staff import confirmed, theme
from staff.confirmed import Confirmed
from staff.links import page_url
from staff.requests import user_of

CHANGE = "review.change_checksetting"
RECHECK = "review.change_cdrreview"
TRIALS_SHOWN = 5
EVENTS_SHOWN = 15


def check_url(code: str) -> str:
    """The page of one check."""
    return reverse("admin:review_checksetting_check", args=[code])


def _forget(request: HttpRequest, setting: CheckSetting) -> str:
    strictness.make_usual(setting, actor=user_of(request))
    return check_url(setting.code)


USUAL = Confirmed(
    name="usual",
    label="Forget this setting",
    permission=CHANGE,
    question=lambda setting: shown.forgetting(setting),
    explanation="CDRs that were checked before stay as they are until they are checked again.",
    perform=_forget,
    done="It is as usual again.",
    icon="undo",
)


@theme.register(CheckSetting)
class CheckSettingAdmin(theme.ModelAdmin[CheckSetting]):
    """All checks, and one page for each."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: CheckSetting | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("again/", view(self.again_view), name="review_checksetting_again"),
            path("check/<slug:code>/", view(self.check_view), name="review_checksetting_check"),
            path("check/<slug:code>/try/", view(self.try_view), name="review_checksetting_try"),
            path(
                "check/<slug:code>/partner/",
                view(self.partner_view),
                name="review_checksetting_partner",
            ),
        ]
        return [*own, *confirmed.urls(self, [USUAL]), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """All checks with what they mean and how they are set."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self.page(
            request,
            "review/checks.html",
            "Checks of CDRs",
            {
                "groups": shown.groups(),
                "again_url": reverse("admin:review_checksetting_again")
                if request.user.has_perm(RECHECK)
                else "",
                "trials_url": reverse("admin:review_trial_changelist"),
            },
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A setting is shown on the page of its check."""
        return HttpResponseRedirect(check_url(self.found(request, object_id).code))

    def check_view(self, request: HttpRequest, code: str) -> HttpResponse:
        """One check: what it means, how it is set for everybody, and for whom it is another way."""
        check = self._check(request, code)
        now = settings.load().of(None)[code]
        given = {"enabled": now.enabled, "severity": now.severity}
        form = StrictnessForm(check, now.values.to_json(), initial=given)
        if request.method == "POST":
            self._may_change(request)
            form = StrictnessForm(check, {}, request.POST)
            if form.is_valid():
                self._save(request, check, None, form)
                return HttpResponseRedirect(check_url(code))
        return self._check_page(request, check, form)

    def partner_view(self, request: HttpRequest, code: str) -> HttpResponse:
        """A check for one partner, which is chosen, or given as ``?partner=12``."""
        check = self._check(request, code)
        self._may_change(request)
        if request.method == "POST":
            form = ExceptionForm(check, {}, request.POST)
            if form.is_valid():
                self._save(request, check, form.cleaned_data["partner"], form)
                return HttpResponseRedirect(check_url(code))
        else:
            partner = _party(request.GET.get("partner", ""))
            now = settings.load().of(partner.pk if partner else None)[code]
            given = {"enabled": now.enabled, "severity": now.severity, "partner": partner}
            form = ExceptionForm(check, now.values.to_json(), initial=given)
        return self.page(
            request,
            "staff/form.html",
            f"{check.title}: for one partner",
            {
                "form": form,
                "introduction": "These values replace the general ones for the CDRs of this partner,"
                " from now on.",
                "back": check_url(code),
                "submit_label": "Save",
            },
        )

    def try_view(self, request: HttpRequest, code: str) -> HttpResponse:
        """Try a check out on past CDRs, with values that count for the trial alone."""
        check = self._check(request, code)
        self._may_change(request)
        now = settings.load().of(None)[code].values.to_json()
        form = TrialForm(check, now, request.POST or None, initial=usual_months())
        if request.method == "POST" and form.is_valid():
            trial = trials.start(code, form.stretch(), form.parameters(), actor=user_of(request))
            return HttpResponseRedirect(page_url(trial))
        return self.page(
            request,
            "staff/form.html",
            f"{check.title}: try it out",
            {
                "form": form,
                "introduction": "The check is made on CDRs that are here, and it is counted what it would have"
                " flagged. Nothing is changed by that.",
                "back": check_url(code),
                "submit_label": "Try it out",
            },
        )

    def again_view(self, request: HttpRequest) -> HttpResponse:
        """Check CDRs of the past again, as the checks are set now."""
        if not request.user.has_perm(RECHECK):
            raise PermissionDenied
        form = AgainForm(request.POST or None, initial=usual_months())
        if request.method == "POST" and form.is_valid():
            job = again.start(form.stretch(), actor=user_of(request))
            messages.success(request, "It has begun; this page shows how far it is.")
            return HttpResponseRedirect(page_url(job))
        return self.page(
            request,
            "staff/form.html",
            "Check CDRs again",
            {
                "form": form,
                "introduction": "Everything that is clean or to review is checked again, as the checks are set now"
                " and with the tariffs, sessions and cards that are here now. What somebody decided stays"
                " decided, and what is in a closed statement stays as it is.",
                "back": reverse("admin:review_checksetting_changelist"),
                "submit_label": "Check again",
            },
        )

    def _check(self, request: HttpRequest, code: str) -> Check:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if code not in BY_CODE:
            raise Http404
        return BY_CODE[code]

    def _may_change(self, request: HttpRequest) -> None:
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied

    def _save(
        self, request: HttpRequest, check: Check, partner: Party | None, form: StrictnessForm
    ) -> None:
        strictness.set_check(
            check.code,
            partner,
            enabled=form.cleaned_data["enabled"],
            severity=Severity(form.cleaned_data["severity"]),
            parameters=form.parameters(),
            actor=user_of(request),
        )
        whom = f" for {partner}" if partner else ""
        messages.success(request, f"Saved. CDRs are checked like this{whom} from now on.")

    def _check_page(self, request: HttpRequest, check: Check, form: StrictnessForm) -> HttpResponse:
        may_change = request.user.has_perm(CHANGE)
        general = CheckSetting.objects.filter(code=check.code, partner=None).first()
        return self.page(
            request,
            "review/check.html",
            check.title,
            {
                "check": check,
                "form": form,
                "may_change": may_change,
                "state": shown.state(settings.load().of(None)[check.code]),
                "general": general,
                "lines": shown.lines(settings.load().of(None)[check.code]),
                "exceptions": shown.exceptions(check),
                "buttons": confirmed.buttons(self, [USUAL], request, general) if general else [],
                "partner_url": reverse("admin:review_checksetting_partner", args=[check.code]),
                "try_url": reverse("admin:review_checksetting_try", args=[check.code]),
                "back": reverse("admin:review_checksetting_changelist"),
                "trials": [
                    shown.trial_row(trial)
                    for trial in Trial.objects.filter(code=check.code).select_related(
                        "partner", "job"
                    )[:TRIALS_SHOWN]
                ],
                "flagged_url": shown.flagged_url(check.code),
                "events": Event.objects.filter(subject=strictness.subject(check.code))[
                    :EVENTS_SHOWN
                ],
            },
        )


def _party(text: str) -> Party | None:
    is_key = text.isascii() and text.isdigit() and len(text) < 19
    return Party.objects.filter(pk=int(text), is_ours=False).first() if is_key else None
