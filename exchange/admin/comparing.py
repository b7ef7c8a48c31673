"""What a partner holds, beside what we hold: a whole module, or one object."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from exchange import copies, registry
from exchange.admin import links
from exchange.admin.delivery_actions import PERMISSION
from exchange.admin.insight import ChooseForm
from exchange.choices import FOUND_BADGES, Found
from exchange.models import Comparison, ComparisonDifference, Delivery
from parties.models import Connection
from staff import badges, export, fragments, theme
from staff.confirmed import Confirmed
from staff.links import may_view, page_url
from staff.requests import user_of

OBJECTS_SHOWN = 50
COUNTS = ("compared", "equal", "different", "missing", "foreign", "unreadable")
CSV = {
    "object": lambda row: row.object_reference,
    "found": lambda row: row.get_found_display(),
    "field": lambda row: row.path,
    "ours": lambda row: row.ours,
    "theirs": lambda row: row.theirs,
    "words": lambda row: row.words,
}


class CompareForm(forms.Form):
    module = forms.ChoiceField(
        label="What",
        choices=lambda: [(m.identifier, m.label) for m in registry.shown_modules()],
        widget=theme.SelectWidget,
    )


def _start(request: HttpRequest, connection: Connection, given: dict[str, Any]) -> str:
    return page_url(copies.start(connection, given["module"], actor=user_of(request)))


COMPARE = Confirmed(
    name="compare",
    label="Compare",
    icon="difference",
    permission=PERMISSION,
    question="Compare with what {object} holds?",
    explanation="Each object that was sent to the partner is asked for, one after the other, and compared"
    " with ours. It runs in the background; you can watch it.",
    form=CompareForm,
    perform=_start,
    allowed=lambda connection: connection.is_connected and bool(connection.push_modules),
    refusals=(copies.CannotCompare,),
)
"""Stands on the page of a connection."""


@theme.register(Comparison)
class ComparisonAdmin(theme.ReadOnlyAdmin[Comparison]):
    """The latest comparisons, and the differences of one."""

    list_display = ["name", "partner", *COUNTS, "when"]
    list_display_links = None
    page_template = "exchange/comparison.html"
    list_select_related = ["connection", "job"]
    list_before_template = "exchange/comparison_list_before.html"
    list_filter = [("connection", theme.AutocompleteSelectFilter)]
    sortable_by = ()

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("one/", wrap(compare_one), name="exchange_comparison_one"),
            path("<int:comparison_id>/csv/", wrap(self.csv_view), name="exchange_comparison_csv"),
            path(
                "<int:comparison_id>/push/", wrap(self.push_view), name="exchange_comparison_push"
            ),
            *super().get_urls(),
        ]

    @theme.display(description="Comparison")
    def name(self, comparison: Comparison) -> SafeString:
        return fragments.link(page_url(comparison), links.module_label(comparison.module))

    @theme.display(description="Partner")
    def partner(self, comparison: Comparison) -> str:
        return links.partner(comparison.connection)

    @theme.display(description="Begun")
    def when(self, comparison: Comparison) -> SafeString:
        return fragments.ago(comparison.created_at)

    def page_title(self, comparison: Comparison) -> str:
        module = links.module_label(comparison.module)
        return f"{module} as {comparison.connection} holds them"

    def page_context(self, request: HttpRequest, comparison: Comparison) -> dict[str, Any]:
        """The differences of a comparison, object by object."""
        chosen = request.GET.get("found", "")
        rows = comparison.differences.all()
        if chosen in Found.values:
            rows = rows.filter(found=chosen)
        ids = list(rows.order_by("object_id").values_list("object_id", flat=True).distinct())
        page = Paginator(ids, OBJECTS_SHOWN).get_page(request.GET.get("page"))
        shown = rows.filter(object_id__in=list(page.object_list)).order_by("object_id", "id")
        return {
            "comparison": comparison,
            "partner": links.partner(comparison.connection),
            "summary": copies.summary(comparison),
            "running": comparison.finished_at is None,
            "job_url": page_url(comparison.job) if comparison.job else "",
            "objects": _grouped(comparison.module, shown),
            "page": page,
            "chosen": chosen,
            "kinds": [
                {"value": value, "label": label, "number": getattr(comparison, value)}
                for value, label in Found.choices
            ],
            "may_push": request.user.has_perm(PERMISSION),
            "to_push": len(copies.differing(comparison)),
        }

    def csv_view(self, request: HttpRequest, comparison_id: int) -> StreamingHttpResponse:
        """All differences as CSV."""
        comparison = self.found(request, comparison_id)
        name = f"comparison-{comparison.module}-{comparison.connection}".replace(" ", "-")
        return export.csv_response(name, comparison.differences.order_by("id"), CSV)

    def push_view(self, request: HttpRequest, comparison_id: int) -> HttpResponse:
        """Send again: one object at once, several after a question (POST)."""
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        comparison = self.found(request, comparison_id)
        if request.method != "POST":
            return HttpResponseRedirect(page_url(comparison))
        differing = copies.differing(comparison)
        chosen = {int(text) for text in request.POST.getlist("object") if text.isdigit()}
        ids = differing if "all" in request.POST else [pk for pk in differing if pk in chosen]
        if not ids:
            messages.warning(request, "Nothing was chosen.")
            return HttpResponseRedirect(page_url(comparison))
        if len(ids) > 1 and "confirmed" not in request.POST:
            return self._ask(request, comparison, ids)
        count = copies.push_again(
            comparison.connection, comparison.module, ids, actor=user_of(request)
        )
        messages.success(request, f"{count:,} of {len(ids):,} are on their way.")
        return HttpResponseRedirect(page_url(comparison))

    def _ask(self, request: HttpRequest, comparison: Comparison, ids: list[int]) -> HttpResponse:
        shown = {
            "comparison": comparison,
            "number": len(ids),
            "ids": [] if "all" in request.POST else ids,
            "all": "all" in request.POST,
            "back": page_url(comparison),
        }
        return self.page(request, "exchange/comparison_push.html", "Push again", shown)


def _grouped(module: str, rows: Any) -> list[dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        entry = found.setdefault(
            row.object_id,
            {
                "id": row.object_id,
                "link": links.object_link(module, row.object_reference),
                "badge": badges.badge(row.found, Found, FOUND_BADGES),
                "may_push": row.found != Found.UNREADABLE,
                "rows": [],
            },
        )
        entry["rows"].append(row)
    return list(found.values())


def compare_one(request: HttpRequest) -> HttpResponse:
    """Fetch the partner's copy of one object (POST), show the differences, and push it again."""
    if not may_view(request, Delivery) or not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    given = request.POST if request.method == "POST" else None
    initial = request.GET.dict()
    form = ChooseForm(given, needs_object=True, **({} if given else {"initial": initial}))
    context: dict[str, Any] = {}
    if given is not None and form.is_valid():
        connection, target = form.cleaned_data["connection"], form.cleaned_data["target"]
        module = target.module.identifier
        if "push" in given:
            count = copies.push_again(connection, module, [target.id], actor=user_of(request))
            if count:
                messages.success(request, f"{target.reference} is on its way to {connection}.")
            else:
                messages.warning(request, f"{connection} may not see {target.reference}.")
        else:
            context = _compared(connection, target)
    return TemplateResponse(
        request,
        "exchange/compare_one.html",
        {
            **admin.site.each_context(request),
            "title": "Compare with a partner's copy",
            "opts": Comparison._meta,
            "form": form,
            **context,
        },
    )


def _compared(connection: Connection, target: Any) -> dict[str, Any]:
    try:
        outcome = copies.compare_one(target, connection)
    except copies.CannotCompare as problem:
        return {"problem": str(problem)}
    return {
        "outcome": outcome,
        "badge": badges.badge(outcome.found, Found, FOUND_BADGES) if outcome.found else "",
        "partner": links.partner(connection),
        "object_link": links.object_link(target.module.identifier, target.reference),
        "exchange_url": links.exchange_url(outcome.exchange_id) if outcome.exchange_id else "",
        "rows": [
            ComparisonDifference(
                path=one.path,
                ours=copies.shown(one.ours),
                theirs=copies.shown(one.theirs),
                words=one.words,
            )
            for one in outcome.differences
        ],
    }


def one_url(connection: Connection, module: str, reference: str) -> str:
    """Where one object is compared."""
    query = urlencode({"connection": connection.pk, "module": module, "object": reference})
    return f"{reverse('admin:exchange_comparison_one')}?{query}"
