"""CDRs that came a second time with other content."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from cdrs.admin import originals
from cdrs.admin.actions import CONFLICT_ACTIONS
from cdrs.models import CDRConflict
from exchange import cells
from exchange.admin import links
from staff import badges, confirmed, filters, fragments, theme
from staff.links import page_url


class SettledFilter(filters.ConditionFilter):
    title = "settled"
    parameter_name = "settled"
    conditions: ClassVar = {
        "no": ("Not yet", Q(settled_at=None)),
        "yes": ("Settled", Q(settled_at__isnull=False)),
    }


@theme.register(CDRConflict)
class CDRConflictAdmin(theme.ReadOnlyAdmin[CDRConflict]):
    """Another version of a CDR, kept beside the one that came first."""

    list_display = ["cdr_column", "partner", "what", "seen", "received", "standing"]
    list_display_links = None
    page_template = "cdrs/conflict.html"
    list_select_related = ["cdr__owner", "received_from"]
    list_per_page = 50
    list_fullwidth = True
    list_before_template = "cdrs/conflict_list_before.html"
    paginator = theme.UncountedPaginator
    ordering = ["-id"]
    sortable_by = ()
    search_fields = ["cdr__cdr_key__startswith"]
    search_help_text = "CDR ID"
    list_filter = [SettledFilter, ("received_from", theme.AutocompleteSelectFilter)]

    def get_urls(self) -> list[URLPattern]:
        download = path(
            "<path:object_id>/original",
            self.admin_site.admin_view(self.original_view),
            name="cdrs_cdrconflict_original",
        )
        return [download, *confirmed.urls(self, CONFLICT_ACTIONS), *super().get_urls()]

    def original_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        conflict = self.found(request, object_id)
        return originals.download(request, conflict, f"cdr-{conflict.cdr.cdr_id}-other")

    @theme.display(description="CDR")
    def cdr_column(self, conflict: CDRConflict) -> str:
        return fragments.link(page_url(conflict), conflict.cdr.reference)

    @theme.display(description="From")
    def partner(self, conflict: CDRConflict) -> str:
        return links.partner(conflict.received_from) if conflict.received_from else "A file"

    @theme.display(description="What differs")
    def what(self, conflict: CDRConflict) -> str:
        return cells.clamped(", ".join(str(one["path"]) for one in conflict.differences))

    @theme.display(description="Sent")
    def seen(self, conflict: CDRConflict) -> str:
        return "once" if conflict.times_seen == 1 else f"{conflict.times_seen} times"

    @theme.display(description="First")
    def received(self, conflict: CDRConflict) -> str:
        return fragments.ago(conflict.received_at)

    @theme.display(description="Settled")
    def standing(self, conflict: CDRConflict) -> str:
        if conflict.settled_at is None:
            return badges.label_badge("Open", "warning")
        return badges.label_badge("Settled", "success", title=conflict.settled_by)

    def page_title(self, conflict: CDRConflict) -> str:
        return f"Another version of CDR {conflict.cdr.cdr_id}"

    def page_context(self, request: HttpRequest, conflict: CDRConflict) -> dict[str, Any]:
        """Both versions, field by field."""
        return {
            "conflict": conflict,
            "buttons": confirmed.buttons(self, CONFLICT_ACTIONS, request, conflict),
            "standing": self.standing(conflict),
            "partner": self.partner(conflict),
            "cdr_url": page_url(conflict.cdr),
            "received": originals.shown(request, conflict, bytes(conflict.sha256)),
        }
