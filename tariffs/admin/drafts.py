"""The list of drafts of tariffs and the page of one."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from exchange import cells
from exchange.admin.owned import owner_words
from ocpi.tariff_table import price_table
from parties.models import Event
from staff import badges, confirmed, filters, fragments, theme
from staff.links import page_url
from tariffs import history, selectors, services, usage, words
from tariffs.admin import draft_costs, editing
from tariffs.admin.draft_actions import ACTIONS, PERMISSION
from tariffs.admin.page import written_per_version
from tariffs.choices import DraftState
from tariffs.documents import dated, validity_of
from tariffs.models import TariffDraft
from tariffs.workshop.remarks import remarks_for

BADGES = {
    DraftState.DRAFT.value: "info",
    DraftState.PUBLISHED.value: "success",
    DraftState.DISCARDED.value: "default",
}


class StateFilter(filters.ConditionFilter):
    title = "state"
    parameter_name = "is"
    conditions: ClassVar = {
        "draft": ("Draft", Q(state=DraftState.DRAFT)),
        "scheduled": ("To be published", Q(state=DraftState.DRAFT, publish_at__isnull=False)),
        "refused": ("Could not be published", Q(state=DraftState.DRAFT) & ~Q(refused="")),
        "published": ("Published", Q(state=DraftState.PUBLISHED)),
        "discarded": ("Discarded", Q(state=DraftState.DISCARDED)),
    }


@theme.register(TariffDraft)
class TariffDraftAdmin(theme.ModelAdmin[TariffDraft]):
    """Tariffs of ours that are being written; partners know nothing of them."""

    list_display = ["tariff_column", "owner_column", "price_column", "state_column", "edited"]
    list_display_links = None
    page_template = "tariffs/draft.html"
    list_before_template = "tariffs/draft_list_before.html"
    list_select_related = ["owner", "replaces"]
    list_filter = [StateFilter, ("owner", theme.AutocompleteSelectFilter)]
    search_fields = ["tariff_key__startswith"]
    search_help_text = "The beginning of a tariff ID"
    paginator = theme.UncountedPaginator
    ordering = ["-id"]
    sortable_by = ()
    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: TariffDraft | None = None) -> bool:
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[TariffDraft], search_term: str
    ) -> tuple[QuerySet[TariffDraft], bool]:
        return super().get_search_results(request, queryset, search_term.strip().upper())

    def get_urls(self) -> list[URLPattern]:
        edit = path(
            "<int:object_id>/edit/",
            self.admin_site.admin_view(self.edit_view),
            name="tariffs_tariffdraft_edit",
        )
        return [edit, *confirmed.urls(self, ACTIONS), *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A new tariff, a copy, or the next version of one."""
        return editing.add_view(self, request)

    def edit_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Go on with a draft."""
        return editing.edit_view(self, request, object_id)

    @theme.display(description="Tariff")
    def tariff_column(self, draft: TariffDraft) -> str:
        return cells.two_lines(fragments.link(page_url(draft), draft.tariff_id), draft.note[:80])

    @theme.display(description="Owner")
    def owner_column(self, draft: TariffDraft) -> str:
        return owner_words(draft.owner)

    @theme.display(description="It is to cost")
    def price_column(self, draft: TariffDraft) -> str:
        return words.price_line(draft.document)

    @theme.display(description="State")
    def state_column(self, draft: TariffDraft) -> str:
        return cells.two_lines(_state(draft), _when(draft))

    @theme.display(description="Last edited")
    def edited(self, draft: TariffDraft) -> str:
        return cells.two_lines(fragments.ago(draft.edited_at), draft.edited_by)

    def page_title(self, draft: TariffDraft) -> str:
        return f"Draft of tariff {draft.tariff_id}"

    def page_context(self, request: HttpRequest, draft: TariffDraft) -> dict[str, Any]:
        """What the draft says, what publishing it would change, and what can be done."""
        document = selectors.draft_document(draft.pk)
        prices, held = price_table(document), draft.replaces
        valid_from, valid_until = validity_of(document)
        written = dated(document, draft.edited_at)
        before = selectors.document_of(held.pk) if held is not None else {}
        before.pop("last_updated", None)
        is_open = draft.state == DraftState.DRAFT
        return {
            "draft": draft,
            "held": held,
            "held_url": page_url(held) if held else "",
            "owner": owner_words(draft.owner),
            "state": _state(draft),
            "is_open": is_open,
            "refusal": services.refusal(draft) if is_open else "",
            "changes": history.compared(before, document) if before and is_open else [],
            "used": usage.of(held) if held is not None else "",
            "price": words.price_line(document, prices),
            "prices": prices,
            "valid_from": valid_from,
            "valid_until": valid_until,
            "texts": words.texts(document),
            "remarks": remarks_for(written),
            **draft_costs.shown(document, before, owner=draft.owner, tariff=held),
            "written": written_per_version(written),
            "may_change": is_open and request.user.has_perm(PERMISSION),
            "buttons": confirmed.buttons(self, ACTIONS, request, draft),
            "events": Event.objects.filter(subject=draft.reference)[:15],
        }


def _state(draft: TariffDraft) -> str:
    if draft.state == DraftState.DRAFT and draft.refused:
        return badges.label_badge("Not published", "danger", title=draft.refused)
    if draft.state == DraftState.DRAFT and draft.publish_at is not None:
        return badges.label_badge("To be published", "warning")
    return badges.badge(draft.state, DraftState, BADGES)


def _when(draft: TariffDraft) -> str:
    at = draft.settled_at or draft.publish_at
    return fragments.moment(at) if at is not None else ""
