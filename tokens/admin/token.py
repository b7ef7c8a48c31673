"""The list of tokens and the page of one."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.html import format_html

from exchange import cells
from exchange.admin.owned import HostedFilter, OwnedAdmin
from staff import confirmed, fragments, theme
from staff.links import page_url
from tokens import finding, words
from tokens.admin import editing, page
from tokens.admin.actions import ACTIONS
from tokens.admin.badges import standing_badge, whitelist_badge
from tokens.admin.filters import TypeFilter, ValidFilter, WorthALookFilter
from tokens.models import Token


@theme.register(Token)
class TokenAdmin(OwnedAdmin[Token]):
    """All tokens, ours and our partners'; only ours can be changed."""

    list_display = [
        "name_column",
        "type_column",
        "owner_column",
        "contract_column",
        "standing_column",
        "updated",
    ]
    list_display_links = None
    page_template = "tokens/token.html"
    list_select_related = ["owner"]
    list_per_page = 50
    list_fullwidth = True
    list_before_template = "tokens/list_before.html"
    paginator = theme.UncountedPaginator
    ordering = ["-last_updated", "-id"]
    sortable_by = ["updated"]
    search_fields = ["uid"]
    search_help_text = "UID, contract or number on the card"
    actions = None
    list_filter = [
        HostedFilter,
        ("owner", theme.AutocompleteSelectFilter),
        TypeFilter,
        ValidFilter,
        ("whitelist", theme.ChoicesDropdownFilter),
        WorthALookFilter,
    ]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[theme.ChangeList]:
        return theme.ChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Token]:
        return super().get_queryset(request).defer("document")

    def matching(self, queryset: QuerySet[Token], term: str) -> QuerySet[Token]:
        return finding.matching(queryset, term)

    def has_delete_permission(self, request: HttpRequest, obj: Token | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        return [*editing.urls(self), *confirmed.urls(self, ACTIONS), *super().get_urls()]

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return editing.add_token(self, request)

    @theme.display(description="Token")
    def name_column(self, token: Token) -> str:
        link = fragments.link(page_url(token), token)
        return cells.two_lines(link, token.visual_number)

    @theme.display(description="Type")
    def type_column(self, token: Token) -> str:
        return words.type_words(token.type)

    @theme.display(description="Contract")
    def contract_column(self, token: Token) -> str:
        return cells.two_lines(token.contract_id or fragments.EMPTY, token.issuer)

    @theme.display(description="Standing")
    def standing_column(self, token: Token) -> str:
        return format_html("{} {}", standing_badge(token), whitelist_badge(token))

    @theme.display(description="Last change", ordering="last_updated")
    def updated(self, token: Token) -> str:
        return fragments.ago(token.last_updated)

    def page_context(self, request: HttpRequest, token: Token) -> dict[str, Any]:
        """Everything about one token."""
        buttons = confirmed.buttons(self, ACTIONS, request, token)
        return {"buttons": buttons, **page.context(request, token)}
