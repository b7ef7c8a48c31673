"""Decisions about many CDRs: how many were decided, and which were left as they are, with why."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString

from exchange import cells
from exchange.models import Job
from review import words
from review.bulk import KIND
from review.choices import Action
from review.models import BulkDecision, CDRReview
from staff import fragments, theme
from staff.links import page_url, page_url_of


@theme.register(BulkDecision)
class BulkDecisionAdmin(theme.ReadOnlyAdmin[BulkDecision]):
    """What a worker decided for somebody; each CDR's own decision is among the decisions."""

    list_display = ["name_column", "by", "at_column", "done_column", "left_column", "reason_column"]
    list_display_links = None
    page_template = "review/bulk.html"
    list_fullwidth = True
    sortable_by = ()
    ordering = ["-id"]
    paginator = theme.UncountedPaginator

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("reviews", "states", "amounts", "left")

    @theme.display(description="Decision")
    def name_column(self, made: BulkDecision) -> SafeString:
        return fragments.link(page_url(made), self.page_title(made))

    @theme.display(description="When")
    def at_column(self, made: BulkDecision) -> SafeString:
        return fragments.moment(made.at)

    @theme.display(description="Decided")
    def done_column(self, made: BulkDecision) -> SafeString:
        return fragments.amount(made.done)

    @theme.display(description="Left as they are")
    def left_column(self, made: BulkDecision) -> SafeString:
        return fragments.amount(made.left_out)

    @theme.display(description="Why")
    def reason_column(self, made: BulkDecision) -> SafeString:
        return cells.clamped(made.reason)

    def page_title(self, made: BulkDecision) -> str:
        return words.MEANINGS[Action(made.action)].label

    def page_context(self, request: HttpRequest, made: BulkDecision) -> dict[str, Any]:
        """What came of it, CDR by CDR where it was not what was asked for."""
        job = Job.objects.filter(kind=KIND, parameters__decision=made.pk).order_by("-id").first()
        return {
            "made": made,
            "about": words.cdrs(len(made.reviews)),
            "waits": len(made.reviews) - made.done - made.left_out,
            "left": [
                {
                    "cdr": one["cdr"],
                    "why": one["why"],
                    "url": page_url_of(CDRReview, one.get("review")),
                }
                for one in made.left
            ],
            "job_url": page_url(job) if job else "",
        }
