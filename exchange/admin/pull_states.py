"""Data from partners: a line per list that is fetched, and a page for each with what it no longer holds."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from exchange import cells, registry
from exchange.admin import links, pull_actions
from exchange.choices import CRAWL_BADGES, CrawlState
from exchange.models import PullState
from exchange.pulls import missing, vanishing
from exchange.pulls.targets import owner_ids_of, whose
from exchange.registry import Module
from parties.choices import VanishPolicy
from staff import badges, confirmed, export, fragments, theme

PER_PAGE = 100
CRAWLS_SHOWN = 10


@theme.register(PullState)
class PullStateAdmin(theme.ReadOnlyAdmin[PullState]):
    """One line per list: a module of a partner, or of one of its parties."""

    list_display = [
        "what", "partner", "whose", "as_of", "complete", "next_time", "problem", "here", "vanished",
        "undecided",
    ]  # fmt: skip
    list_display_links = None
    page_template = "exchange/pull_state.html"
    list_select_related = ["connection", "party"]
    list_before_template = "exchange/pull_state_list_before.html"
    sortable_by = ("as_of", "complete", "next_time")
    search_fields = ["connection__name", "module", "party__party_id", "party__name"]
    search_help_text = "Partner, party or module"
    list_filter = [("connection", theme.AutocompleteSelectFilter)]

    def get_urls(self) -> list[URLPattern]:
        download = path(
            "<path:object_id>/missing.csv",
            self.admin_site.admin_view(self.csv_view),
            name="exchange_pullstate_missing",
        )
        return [download, *confirmed.urls(self, pull_actions.ALL), *super().get_urls()]

    @theme.display(description="What")
    def what(self, state: PullState) -> str:
        url = reverse("admin:exchange_pullstate_change", args=[state.pk])
        return fragments.link(url, links.module_label(state.module))

    @theme.display(description="Partner")
    def partner(self, state: PullState) -> str:
        return links.partner(state.connection)

    @theme.display(description="Of")
    def whose(self, state: PullState) -> str:
        return whose(state)

    @theme.display(description="Up to date as of", ordering="watermark")
    def as_of(self, state: PullState) -> str:
        return fragments.ago(state.watermark)

    @theme.display(description="Complete list", ordering="full_at")
    def complete(self, state: PullState) -> str:
        return fragments.ago(state.full_at)

    @theme.display(description="Next", ordering="next_at")
    def next_time(self, state: PullState) -> str:
        return next_words(state)

    @theme.display(description="Last error")
    def problem(self, state: PullState) -> str:
        return cells.clamped(state.last_error) if state.last_error else fragments.EMPTY

    @theme.display(description="Here")
    def here(self, state: PullState) -> str:
        return fragments.amount(_held(state)[0])

    @theme.display(description="Vanished")
    def vanished(self, state: PullState) -> str:
        return fragments.amount(_held(state)[1])

    @theme.display(description="To decide")
    def undecided(self, state: PullState) -> str:
        return fragments.amount(state.vanishing) if state.vanishing else fragments.EMPTY

    def page_title(self, state: PullState) -> str:
        return f"{links.module_label(state.module)} of {whose(state)} from {state.connection}"

    def page_context(self, request: HttpRequest, state: PullState) -> dict[str, Any]:
        """One list: how far it was read, what can be done, and what it no longer holds."""
        module = registry.find(state.module)
        here, vanished = _held(state)
        return {
            "whose": whose(state),
            "state": state,
            "partner": links.partner(state.connection),
            "next": next_words(state),
            "here": here,
            "vanished": vanished,
            "buttons": confirmed.buttons(self, pull_actions.ALWAYS, request, state),
            "crawls": [_crawl_row(crawl) for crawl in state.crawls.order_by("-id")[:CRAWLS_SHOWN]],
            "missing": self._missing(request, state, module) if module and module.inbox else None,
        }

    def _missing(self, request: HttpRequest, state: PullState, module: Module) -> dict[str, Any]:
        search = request.GET.get("q", "").strip()
        number = request.GET.get("p", "1")
        page = (
            max(int(number), 1) if number.isascii() and number.isdigit() and len(number) < 7 else 1
        )
        rows = missing.rows(
            state, module, search=search, start=(page - 1) * PER_PAGE, limit=PER_PAGE + 1
        )
        policy = vanishing.policy_of(state.connection)
        return {
            "rows": [
                (row, links.object_link(state.module, row.reference)) for row in rows[:PER_PAGE]
            ],
            "details": list(module.inbox.details) if module.inbox else [],
            "waiting": missing.count(state, module),
            "search": search,
            "page": page,
            "more": len(rows) > PER_PAGE,
            "policy": VanishPolicy(policy).label,
            "limit": vanishing.limit_percent(state.connection),
            "automatic": policy == VanishPolicy.RETIRE,
            "buttons": confirmed.buttons(self, pull_actions.DECISIONS, request, state),
            "fetch": confirmed.buttons(self, [pull_actions.FETCH_ALL], request, state),
            "csv_url": reverse("admin:exchange_pullstate_missing", args=[state.pk]),
        }

    def csv_view(self, request: HttpRequest, object_id: str) -> StreamingHttpResponse:
        """Everything that the list no longer holds, as CSV."""
        state = self.found(request, object_id)
        module = registry.find(state.module)
        if module is None or module.inbox is None:
            raise Http404
        columns = {
            "Reference": lambda row: row.reference,
            "Name": lambda row: row.name,
            "Changed": lambda row: row.changed,
            "Last listed": lambda row: row.listed_at,
            "Missing since": lambda row: row.since,
            "Decided": lambda row: "keep" if row.kept else "",
            **{title: _detail(at) for at, title in enumerate(module.inbox.details)},
        }
        found = missing.rows(state, module, search=request.GET.get("q", "").strip())
        stamp = timezone.localtime().strftime("%Y-%m-%d-%H%M")
        return StreamingHttpResponse(
            export.csv_lines(iter(found), columns),
            content_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="missing-{state.module}-{stamp}.csv"'
            },
        )


def next_words(state: PullState) -> str:
    """When a list is fetched next, in words."""
    if state.paused:
        return "paused"
    if not state.connection.pull_interval_hours:
        return "by hand only"
    return fragments.ago(state.next_at, empty="at once")


def _held(state: PullState) -> tuple[int, int]:
    module = registry.find(state.module)
    if module is None or module.inbox is None:
        return 0, 0
    return missing.held(module, owner_ids_of(state, module))


def _detail(at: int) -> export.Column:
    return lambda row: row.details[at]


def _crawl_row(crawl: Any) -> dict[str, Any]:
    return {
        "crawl": crawl,
        "badge": badges.badge(crawl.status, CrawlState, CRAWL_BADGES),
        "url": reverse("admin:exchange_job_change", args=[crawl.job_id]),
        "took": fragments.span((crawl.ended_at or timezone.now()) - crawl.began_at),
    }
