"""The audit of IDs: what is wrong with which, per owner, and the list behind every number."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from exchange import cells
from exchange.models import Job
from locations.documents import evse_search_key
from locations.models import EVSE
from registers.audit import selectors, services
from registers.audit.choices import (
    EXPLANATIONS,
    OF_CONTRACTS,
    OF_EVSES,
    Fault,
    Subject,
)
from registers.audit.models import AuditFinding, AuditRun
from registers.audit.words import reason_words, what_is_wrong
from staff import badges, fragments, theme
from staff.filters import ConditionFilter
from staff.links import may_view, page_url
from staff.requests import user_of


@theme.register(AuditRun)
class AuditRunAdmin(theme.ReadOnlyAdmin[AuditRun]):
    """One page, of the last audit."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.start_view))
        return [path("start/", view, name="registers_auditrun_start"), *super().get_urls()]

    def start_view(self, request: HttpRequest) -> HttpResponse:
        """Look at all IDs again, by a job."""
        if not request.user.has_perm(services.PERMISSION):
            raise PermissionDenied
        job = services.start(user_of(request))
        messages.success(request, "All IDs are looked at again; this page shows the new figures.")
        here = reverse("admin:registers_auditrun_changelist")
        return HttpResponseRedirect(page_url(job) if may_view(request, Job) else here)

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """There is a page of the last one only."""
        return HttpResponseRedirect(reverse("admin:registers_auditrun_changelist"))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        run = selectors.last()
        shown: dict[str, Any] = {
            "run": run,
            "may_start": request.user.has_perm(services.PERMISSION),
        }
        if run is not None:
            shown |= {
                "subjects": [
                    _subject(run, Subject.EVSE, run.evses, OF_EVSES),
                    _subject(run, Subject.CONTRACT, run.tokens, OF_CONTRACTS),
                ],
                "shapes": selectors.shapes(run),
                "groups": [
                    {"title": title, "rows": found[:40], "more": len(found) - 40}
                    for title, fault in (
                        ("Malformed, by what is wrong", Fault.MALFORMED),
                        ("Of another party, by whose it would be", Fault.FOREIGN),
                        ("In no register, by code", Fault.UNLISTED),
                        ("No country, by what stands there", Fault.COUNTRY),
                    )
                    if (found := selectors.reasons(run, fault))
                ],
            }
        return self.page(request, "registers/audit.html", "Audit of IDs", shown)


def _subject(
    run: AuditRun, subject: Subject, number: int, faults: tuple[Fault, ...]
) -> dict[str, Any]:
    return {
        "title": "EVSE IDs" if subject == Subject.EVSE else "Contract IDs of tokens",
        "one": subject.label,
        "number": number,
        "faults": [{"label": fault.label, "title": EXPLANATIONS[fault]} for fault in faults],
        "totals": selectors.totals(run, subject),
        "owners": selectors.by_owner(run, subject),
    }


class WhoseFilter(ConditionFilter):
    title = "whose"
    parameter_name = "whose"
    conditions: ClassVar[Any] = {
        "ours": ("Ours", Q(owner__is_ours=True)),
        "theirs": ("Partners'", Q(owner__is_ours=False)),
    }


class ReasonFilter(theme.RadioFilter):
    """Where the page of the audit links to; it offers no choice but the one it was opened with."""

    title = "what exactly"
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        reason = request.GET.get("reason", "")
        fault = request.GET.get("fault__exact", "")
        return [(reason, reason_words(fault, reason) or reason)] if reason else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(reason=self.value()) if self.value() else queryset


@theme.register(AuditFinding)
class AuditFindingAdmin(theme.ReadOnlyAdmin[AuditFinding]):
    """Every faulty ID that the last audit found."""

    list_display = ["value_column", "fault_column", "wrong", "owner_column", "place"]
    list_display_links = None
    list_before_template = "registers/auditfinding_list_before.html"
    list_select_related = ["owner"]
    list_fullwidth = True
    paginator = theme.UncountedPaginator
    sortable_by = ()
    search_fields = ["value"]
    search_help_text = "The beginning of an ID, in any spelling"
    list_filter = [
        ("subject", theme.ChoicesDropdownFilter),
        ("fault", theme.ChoicesDropdownFilter),
        ("owner", theme.AutocompleteSelectFilter),
        WhoseFilter,
        ReasonFilter,
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditFinding]:
        evses = EVSE.objects.select_related("location").defer("document", "location__document")
        found = super().get_queryset(request).prefetch_related(Prefetch("evse", evses))
        return found.prefetch_related("token")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditFinding], search_term: str
    ) -> tuple[QuerySet[AuditFinding], bool]:
        key = evse_search_key(search_term)
        return (queryset.filter(key__startswith=key) if key else queryset), False

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """The EVSE or token itself."""
        finding = self.found(request, object_id)
        target = finding.evse or finding.token
        return HttpResponseRedirect(page_url(target) if target else selectors.findings_url())

    @theme.display(description="ID, as it is written")
    def value_column(self, finding: AuditFinding) -> str:
        return fragments.identifier(finding.value)

    @theme.display(description="Fault")
    def fault_column(self, finding: AuditFinding) -> str:
        level = "default" if finding.fault in _HARMLESS else "warning"
        return badges.label_badge(finding.get_fault_display(), level)

    @theme.display(description="What is wrong")
    def wrong(self, finding: AuditFinding) -> str:
        return what_is_wrong(finding)

    @theme.display(description="Owner")
    def owner_column(self, finding: AuditFinding) -> str:
        return fragments.link(page_url(finding.owner), finding.owner)

    @theme.display(description="Where")
    def place(self, finding: AuditFinding) -> str:
        if finding.evse is not None:
            location = finding.evse.location
            where = ", ".join(part for part in (location.address, location.city) if part)
            return cells.two_lines(fragments.link(page_url(finding.evse), location), where)
        if finding.token is not None:
            return fragments.link(page_url(finding.token), f"Token {finding.token}")
        return "It is gone."


_HARMLESS = frozenset({Fault.LOWER_CASE, Fault.FOREIGN, Fault.UNLISTED, Fault.NO_CHECK})
