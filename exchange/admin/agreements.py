"""Agreements: who shares what with whom, and what a change of that would show or withdraw."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q, QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from exchange import agreeing, sharing
from exchange.admin import links, sections
from exchange.admin.agreement_forms import AgreementForm
from exchange.models import Job
from parties.models import Agreement, AgreementShare, Connection, Event
from parties.services import agreements
from parties.services.agreements import NotAgreed
from staff import badges, confirmed, export, filters, fragments, theme
from staff.confirmed import Confirmed
from staff.links import page_url
from staff.requests import user_of

ADD, CHANGE = "parties.add_agreement", "parties.change_agreement"
SELECTION_SHOWN = 50


def effects(change: sharing.Change) -> list[dict[str, Any]]:
    """What a change comes to, per partner and module."""
    connections = Connection.objects.in_bulk([one.connection_id for one in change.differences])
    return [
        {
            "partner": links.partner(connections.get(one.connection_id)),
            "module": links.module_label(one.module).lower(),
            "shown": one.shown,
            "hidden": one.hidden,
            "withdrawn": one.withdrawn,
        }
        for one in change.differences
    ]


def _end(request: HttpRequest, agreement: Agreement) -> str:
    return page_url(agreeing.end(agreement, actor=user_of(request)))


def _what_ends(agreement: Any) -> str:
    try:
        change = agreeing.preview(agreement.ours, agreement.theirs, None)
    except NotAgreed as problem:
        return str(problem)
    connections = {one.connection_id for one in change.differences}
    found = [f"From now on {agreement.theirs} gets what is public."]
    if change.shown:
        found.append(f"{change.shown:,} objects become visible and are sent.")
    if change.hidden:
        found.append(
            f"{change.hidden:,} become invisible; {change.withdrawn:,} of them will be withdrawn from"
            f" {len(connections)} connection{'' if len(connections) == 1 else 's'}."
        )
    if not change.differences:
        found.append("No partner gains or loses anything by that.")
    return " ".join(found)


END = Confirmed(
    name="end",
    label="End the agreement",
    permission=CHANGE,
    question="End the agreement of {object}?",
    explanation=_what_ends,
    perform=_end,
    done="The agreement has ended.",
    dangerous=True,
    icon="event_busy",
    allowed=lambda agreement: agreement.ended_at is None,
    refusals=(NotAgreed,),
)


class InForceFilter(filters.ConditionFilter):
    title = "in force"
    parameter_name = "force"
    conditions: ClassVar = {
        "now": ("In force", Q(ended_at__isnull=True)),
        "ended": ("Ended", Q(ended_at__isnull=False)),
    }


@theme.register(Agreement)
class AgreementAdmin(theme.ModelAdmin[Agreement]):
    list_display = ["parties_column", "shared", "private", "connections", "since", "state"]
    list_display_links = None
    page_template = "exchange/agreement.html"
    list_select_related = ["ours", "theirs"]
    list_before_template = "exchange/agreement_list_before.html"
    list_filter = [
        InForceFilter,
        ("ours", theme.AutocompleteSelectFilter),
        ("theirs", theme.AutocompleteSelectFilter),
    ]
    search_fields = ["ours__party_id", "ours__name", "theirs__party_id", "theirs__name"]
    search_help_text = "Name or ID of a party"
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Agreement]:
        shares = AgreementShare.objects.order_by("module")
        return super().get_queryset(request).prefetch_related(Prefetch("shares", shares))

    def has_delete_permission(self, request: HttpRequest, obj: Agreement | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:object_id>/edit/", wrap(self.edit_view), name="parties_agreement_edit"),
            path(
                "<int:object_id>/selection/<str:module>/",
                wrap(self.selection_view),
                name="parties_agreement_selection",
            ),
            *confirmed.urls(self, [END]),
            *super().get_urls(),
        ]

    @theme.display(description="Agreement")
    def parties_column(self, agreement: Agreement) -> SafeString:
        return fragments.link(page_url(agreement), f"{agreement.ours} with {agreement.theirs}")

    @theme.display(description="What is shared")
    def shared(self, agreement: Agreement) -> str:
        parts = [
            f"{links.module_label(share.module)}: {share.get_sharing_display()}"
            + (f" in {', '.join(share.countries)}" if share.countries else "")
            for share in agreement.shares.all()
        ]
        return "; ".join(parts) or "What is public"

    @theme.display(description="Private locations")
    def private(self, agreement: Agreement) -> str:
        return str(agreement.get_private_locations_display())

    @theme.display(description="Connections")
    def connections(self, agreement: Agreement) -> str:
        return fragments.amount(len(sharing.seeing_for(agreement)))

    @theme.display(description="Since", ordering="created_at")
    def since(self, agreement: Agreement) -> SafeString:
        return fragments.moment(agreement.created_at)

    @theme.display(description="State")
    def state(self, agreement: Agreement) -> SafeString:
        return state_badge(agreement)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A new agreement."""
        if not request.user.has_perm(ADD):
            raise PermissionDenied
        return self._form_view(request, None)

    def edit_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The terms of an agreement in force."""
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied
        agreement = Agreement.objects.filter(pk=object_id, ended_at=None).first()
        if agreement is None:
            raise Http404
        return self._form_view(request, agreement)

    def _form_view(self, request: HttpRequest, agreement: Agreement | None) -> HttpResponse:
        if request.method != "POST":
            chosen = {name: request.GET[name] for name in ("ours", "theirs") if name in request.GET}
            return self._show(
                request, agreement, AgreementForm(agreement=agreement, initial=chosen)
            )
        form = AgreementForm(request.POST, request.FILES, agreement=agreement)
        if not form.is_valid():
            return self._show(request, agreement, form)
        given, terms = form.cleaned_data, form.terms()
        if "save" in request.POST and given["seen"] == form.fingerprint():
            done = agreeing.save(given["ours"], given["theirs"], terms, actor=user_of(request))
            return HttpResponseRedirect(page_url(done))
        change = agreeing.preview(given["ours"], given["theirs"], terms)
        shown = AgreementForm(form.with_uploads(), agreement=agreement)
        return self._show(request, agreement, shown, change)

    def _show(
        self,
        request: HttpRequest,
        agreement: Agreement | None,
        form: forms.Form,
        change: sharing.Change | None = None,
    ) -> HttpResponse:
        back = page_url(agreement) if agreement else reverse("admin:parties_agreement_changelist")
        shown = {
            "form": form,
            "change": change,
            "effects": effects(change) if change else [],
            "back": back,
        }
        title = f"Change {agreement}" if agreement else "New agreement"
        return self.page(request, "exchange/agreement_form.html", title, shown)

    def page_context(self, request: HttpRequest, agreement: Agreement) -> dict[str, Any]:
        """What was agreed, who is concerned, and what happened."""
        terms = agreements.terms_of(agreement)
        seeing = Connection.objects.filter(pk__in=sharing.seeing_for(agreement))
        return {
            "agreement": agreement,
            "state": state_badge(agreement),
            "shares": [
                {
                    "label": links.module_label(module),
                    "words": agreements.share_words(share),
                    "selection": share.selection[:SELECTION_SHOWN],
                    "more": max(0, len(share.selection) - SELECTION_SHOWN),
                    "url": reverse(
                        "admin:parties_agreement_selection", args=[agreement.pk, module]
                    ),
                }
                for module, share in terms.shares.items()
            ],
            "tokens": terms.tokens[:SELECTION_SHOWN],
            "token_total": len(terms.tokens),
            "connections": [links.partner(connection) for connection in seeing],
            "jobs": Job.objects.filter(
                kind="sharing",
                parameters__ours=agreement.ours_id,
                parameters__theirs=agreement.theirs_id,
            )[:5],
            "sections": sections.AGREEMENT.shown(request, agreement),
            "events": Event.objects.filter(subject=agreements.subject(agreement))[:30],
            "buttons": confirmed.buttons(self, [END], request, agreement),
            "may_change": request.user.has_perm(CHANGE) and agreement.ended_at is None,
        }

    def selection_view(
        self, request: HttpRequest, object_id: int, module: str
    ) -> StreamingHttpResponse:
        """The selection of one module as CSV."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        share = AgreementShare.objects.filter(agreement=object_id, module=module).first()
        if share is None:
            raise Http404
        rows = share.selection.order_by("object_key")
        return export.csv_response(f"{module}-selection", rows, {"id": lambda row: row.object_key})


def state_badge(agreement: Agreement) -> SafeString:
    """Whether an agreement is in force."""
    if agreement.ended_at is None:
        return badges.label_badge("In force", "success")
    return badges.label_badge("Ended", title=f"{agreement.ended_at:%Y-%m-%d %H:%M} UTC")
