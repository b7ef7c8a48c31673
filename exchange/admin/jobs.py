"""Jobs: imports and pulls, watched while they run."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path, reverse

from exchange import jobs
from exchange.admin import importing, job_actions, job_progress, links
from exchange.choices import BADGES, JobState
from exchange.models import Delivery, Job
from parties.models import Agreement
from staff import badges, confirmed, fragments, theme
from staff.links import list_url, page_url


@theme.register(Job)
class JobAdmin(theme.ReadOnlyAdmin[Job]):
    """A list of jobs, and a page per job that follows it."""

    list_display = ["job", "partner", "state_column", "progress", "rejected", "started", "took"]
    list_display_links = None
    page_template = "exchange/job.html"
    list_select_related = ["connection", "created_by"]
    list_before_template = "exchange/job_list_before.html"
    sortable_by = ()
    search_fields = ["title"]
    search_help_text = "Title"
    list_filter = [
        ("state", theme.ChoicesDropdownFilter),
        ("connection", theme.AutocompleteSelectFilter),
    ]

    def get_urls(self) -> list[URLPattern]:
        progress = path(
            "<int:job_id>/progress/",
            self.admin_site.admin_view(self.progress_view),
            name="exchange_job_progress",
        )
        upload = path(
            "import/", self.admin_site.admin_view(importing.view), name="exchange_job_import"
        )
        return [upload, progress, *confirmed.urls(self, job_actions.ALL), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, with the way to the import for those who may."""
        shown = {"may_import": bool(importing.modules_for(request)), **(extra_context or {})}
        return super().changelist_view(request, shown)

    @theme.display(description="Job")
    def job(self, job: Job) -> str:
        return fragments.link(reverse("admin:exchange_job_change", args=[job.pk]), job.title)

    @theme.display(description="Partner")
    def partner(self, job: Job) -> str:
        return links.partner(job.connection)

    @theme.display(description="State")
    def state_column(self, job: Job) -> str:
        return badges.badge(job.state, JobState, BADGES, title=job.message)

    @theme.display(description="Progress")
    def progress(self, job: Job) -> str:
        return fragments.amount(job.done) if job.total is None else f"{job.done:,} of {job.total:,}"

    @theme.display(description="In quarantine")
    def rejected(self, job: Job) -> str:
        if not job.rejected_count:
            return fragments.EMPTY
        return fragments.link(_quarantine_url(job), job.rejected_count)

    @theme.display(description="Started")
    def started(self, job: Job) -> str:
        return fragments.ago(job.started_at or job.created_at)

    @theme.display(description="Took")
    def took(self, job: Job) -> str:
        return job_progress.took(job)

    def page_context(self, request: HttpRequest, job: Job) -> dict[str, Any]:
        """One job, live."""
        return {
            "job": job,
            "partner": links.partner(job.connection),
            "progress": job_progress.progress(job),
            "buttons": self._buttons(request, job),
            "crawls": job_progress.crawls(job),
            "labels": list(job_progress.COUNTS.items()),
            "progress_url": reverse("admin:exchange_job_progress", args=[job.pk]),
            "quarantine_url": _quarantine_url(job),
            "about": _about(job),
        }

    def progress_view(self, request: HttpRequest, job_id: int) -> JsonResponse:
        """What the job's page asks for every two seconds."""
        job = self.found(request, job_id)
        return JsonResponse(
            {**job_progress.progress(job), "has_actions": bool(self._buttons(request, job))}
        )

    def _buttons(self, request: HttpRequest, job: Job) -> list[dict[str, Any]]:
        return confirmed.buttons(self, job_actions.ALL, request, job)


def _about(job: Job) -> dict[str, str]:
    """Where the result of a job is seen that takes nothing in."""
    if job.kind == jobs.COMPARISON:
        comparison = job.comparisons.first()
        return {"url": page_url(comparison) if comparison else "", "label": "What was found"}
    if job.kind == jobs.RESYNC:
        url = list_url(Delivery, connection__id__exact=job.connection_id or 0)
        return {"url": url, "label": "The deliveries"}
    if job.kind == jobs.SHARING:
        found = Agreement.objects.filter(
            ours=job.parameters["ours"], theirs=job.parameters["theirs"]
        ).last()
        return {"url": page_url(found) if found else "", "label": "The agreement"}
    kind = jobs.kind_of(job)
    if kind is not None and kind.about is not None:
        url, label = kind.about(job)
        return {"url": url, "label": label}
    return {}


def _quarantine_url(job: Job) -> str:
    return f"{reverse('admin:exchange_quarantined_changelist')}?job__id__exact={job.pk}"
