"""The entries of a statement, one by one."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from exchange import cells as traffic_cells
from settlement import words
from settlement.admin import cells
from settlement.amounts import Rate
from settlement.choices import EntryKind
from settlement.models import Entry
from staff import badges, filters, fragments, theme
from staff.links import page_url

_BADGES = {
    EntryKind.CHARGE.value: "default",
    EntryKind.CREDIT.value: "warning",
    EntryKind.CORRECTION.value: "info",
    EntryKind.ADJUSTMENT.value: "warning",
}


class UnusualFilter(filters.ConditionFilter):
    title = "out of the ordinary"
    parameter_name = "unusual"
    conditions: ClassVar = {
        "1": (
            "Late, credits, corrections and adjustments",
            ~Q(kind=EntryKind.CHARGE) | Q(late=True),
        ),
    }


@theme.register(Entry)
class EntryAdmin(theme.ReadOnlyAdmin[Entry]):
    """What is on one statement, in the order of the document; without a statement or a CDR nothing is listed."""

    list_display = [
        "cdr_column",
        "ended_column",
        "kind_column",
        "energy_column",
        "before_column",
        "tax_column",
        "reason_column",
    ]
    list_display_links = None
    list_before_template = "settlement/entry_list_before.html"
    list_select_related = ["cdr", "statement", "adjustment__dispute"]
    list_fullwidth = True
    paginator = theme.UncountedPaginator
    ordering = ["ended_at", "id"]
    sortable_by = ()
    search_fields = ["cdr__cdr_id"]
    search_help_text = "CDR ID"
    list_filter = [UnusualFilter]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "statement__id__exact" or super().lookup_allowed(lookup, value, request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        rows = super().get_queryset(request).defer("cdr__document")
        named = any(request.GET.get(name) for name in ("statement__id__exact", "q"))
        return rows if named else rows.none()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Entry], search_term: str
    ) -> tuple[QuerySet[Entry], bool]:
        term = search_term.strip()
        return (queryset.filter(cdr__cdr_key=term.upper()) if term else queryset), False

    @theme.display(description="CDR or dispute")
    def cdr_column(self, entry: Entry) -> SafeString:
        below = fragments.link(page_url(entry.statement), entry.statement)
        return traffic_cells.two_lines(cells.about(entry), below)

    @theme.display(description="Ended")
    def ended_column(self, entry: Entry) -> SafeString:
        return fragments.moment(entry.ended_at)

    @theme.display(description="What")
    def kind_column(self, entry: Entry) -> SafeString:
        kind = badges.badge(entry.kind, EntryKind, _BADGES)
        late = badges.label_badge("Late", "warning") if entry.late else ""
        return format_html("{} {}", kind, late)

    @theme.display(description="Energy")
    def energy_column(self, entry: Entry) -> SafeString:
        return fragments.number(words.energy(entry.energy))

    @theme.display(description="Before tax")
    def before_column(self, entry: Entry) -> SafeString:
        return cells.money(entry.before_tax, entry.statement.currency)

    @theme.display(description="Tax")
    def tax_column(self, entry: Entry) -> SafeString:
        rates = [Rate.from_json(said) for said in entry.rates]
        known = all(rate.tax is not None for rate in rates)
        shown = cells.money(entry.tax, entry.statement.currency) if known else "not stated"
        names = ", ".join(rate.label for rate in rates if rate.label)
        return traffic_cells.two_lines(shown, names)

    @theme.display(description="Why")
    def reason_column(self, entry: Any) -> str:
        return entry.reason or fragments.EMPTY
