"""Taking over the holders of a list: the form that asks for it, and the page that shows what would become of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path

from exchange.models import Job
from registers.admin import uploading
from registers.admin.code_actions import PERMISSION
from registers.choices import RegisterFormat
from registers.models import Register, RegisterRules, TakeOver
from registers.running import services, words
from registers.running.services import taking_over
from staff import confirmed, fragments, theme
from staff.links import may_view, page_url
from staff.requests import user_of

_SHOWN = 500


class TakeOverForm(forms.Form):
    """A register that is read here, or a file."""

    origin = forms.ModelChoiceField(
        label="What this register lists",
        queryset=Register.objects.filter(
            entries__vanished_at=None, entries__isnull=False
        ).distinct(),
        required=False,
        widget=theme.SelectWidget,
        help_text="As it was read last. Leave it empty to give a file instead.",
    )
    file = forms.FileField(
        label="Or a file", required=False, widget=theme.FileWidget, help_text="Up to 20 MB."
    )
    format = forms.ChoiceField(
        label="Form of the file",
        choices=[one for one in RegisterFormat.choices if one[0] != RegisterFormat.DIRECTORY],
        required=False,
        initial=RegisterFormat.PLAIN,
        widget=theme.SelectWidget,
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if bool(given.get("origin")) == bool(given.get("file")):
            raise forms.ValidationError("Choose a register, or give a file.")
        if given.get("file"):
            uploading.check_size(given["file"])
        return given


def _start(request: HttpRequest, take_over: TakeOver) -> str:
    job = taking_over.start(take_over, actor=user_of(request))
    return page_url(job) if may_view(request, Job) else ""


def _explained(take_over: TakeOver) -> str:
    plan = taking_over.preview(take_over)
    return (
        f"{len(plan.new):,} codes of {plan.organisations:,} organisations are issued here from then on. Their terms"
        " begin on that day. This cannot be undone in one step, and the public register shows them within minutes."
    )


START = confirmed.Confirmed(
    name="start",
    label="Take them over",
    permission=PERMISSION,
    question="Take over the holders of {object}?",
    explanation=_explained,
    perform=_start,
    done="It has begun; the job shows how far it is.",
    icon="done_all",
    allowed=lambda take_over: take_over.job_id is None and bool(taking_over.preview(take_over).new),
    refusals=(services.NotPossible,),
)


@theme.register(TakeOver)
class TakeOverAdmin(theme.ReadOnlyAdmin[TakeOver]):
    """The lists that were looked at or taken over, and a page for each."""

    list_display = ["name_column", "by", "at"]
    list_display_links = None
    list_select_related = ["register"]
    page_template = "registers/take_over.html"
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("register", "origin", "job")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.prepare_view)
        return [
            path("of/<int:register_id>/", view, name="registers_takeover_prepare"),
            *confirmed.urls(self, [START]),
            *super().get_urls(),
        ]

    @theme.display(description="List")
    def name_column(self, take_over: TakeOver) -> str:
        return fragments.link(page_url(take_over), take_over)

    def prepare_view(self, request: HttpRequest, register_id: int) -> HttpResponse:
        """Ask which list; on POST go to what would become of it."""
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        rules = (
            RegisterRules.objects.select_related("register").filter(register=register_id).first()
        )
        if rules is None:
            raise Http404
        form = TakeOverForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            file = given["file"]
            try:
                made = taking_over.prepare(
                    rules.register,
                    origin=given["origin"],
                    content=file.read() if file else b"",
                    list_format=given["format"] or RegisterFormat.PLAIN,
                    source=file.name if file else "",
                    actor=user_of(request),
                )
                return HttpResponseRedirect(page_url(made))
            except services.NotPossible as problem:
                form.add_error(None, str(problem))
        shown = {
            "form": form,
            "submit_label": "Look at it",
            "introduction": "For a list that was kept elsewhere until now. Nothing is changed yet: you see first what"
            " would become of each code.",
            "back": page_url(rules.register),
        }
        return self.page(
            request, "staff/form.html", f"Take over holders into {rules.register}", shown
        )

    def page_context(self, request: HttpRequest, take_over: TakeOver) -> dict[str, Any]:
        """What would become of the list now, or became of it."""
        plan = taking_over.preview(take_over)
        return {
            "take_over": take_over,
            "plan": plan,
            "new": [(one, words.roles(one.roles).capitalize()) for one in plan.new[:_SHOWN]],
            "conflicts": plan.conflicts[:_SHOWN],
            "shown": _SHOWN,
            "job_url": page_url(take_over.job) if take_over.job and may_view(request, Job) else "",
            "register_url": page_url(take_over.register),
            "buttons": confirmed.buttons(self, [START], request, take_over),
        }
