"""What is kept of pulls: how far each list was read, the crawl under way, and what a complete list lacked."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from exchange.choices import CrawlState
from exchange.models.jobs import Job
from parties.models import Connection, Party


class PullState(models.Model):
    """How far one list was fetched: a module of a connection, of one ``party`` or (without) of all at once.

    ``watermark`` is the start of the last complete crawl: the next incremental pull begins before it, with
    overlap, never at the highest ``last_updated`` seen. ``vanishing`` is how many objects the last complete
    list lacked that wait for a decision; ``vanishing_job`` read that list. ``lists_all`` says that the
    partner, asked for this party, listed its other parties as well; ``ignores_dates`` that it answers with
    everything whatever ``date_from`` says.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="pull_states")
    module = models.CharField(max_length=40)
    party = models.ForeignKey(
        Party, null=True, blank=True, on_delete=models.CASCADE, related_name="pull_states"
    )
    watermark = models.DateTimeField(null=True, blank=True)
    full_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=400, blank=True)
    failures = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(null=True, blank=True)
    paused = models.BooleanField(default=False)
    lists_all = models.BooleanField(default=False)
    ignores_dates = models.BooleanField(default=False)
    vanishing = models.PositiveIntegerField(default=0)
    vanishing_job = models.ForeignKey(
        Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = "data from partners"
        verbose_name_plural = "data from partners"
        ordering = ["connection__name", "module", "party_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "module", "party"],
                name="pull_state_identity",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        whose = (
            f"{self.party.identity} through {self.connection}" if self.party else self.connection
        )
        return f"{self.module} of {whose}"


class Crawl(models.Model):
    """One pass over one list: where it stands is in here, so that another worker can go on.

    ``url`` is the page to ask for next, empty when the list came to its end; ``is_built`` says that we made
    that address up, because the partner names none. ``read`` counts objects, ``total`` is what the partner
    said last. ``lap`` is the page after which it last stepped back: a link from before that may come again.
    ``complete`` is false once something may have been passed over. ``owner_ids`` are those whose objects it
    has listed.
    """

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="crawls")
    state = models.ForeignKey(PullState, on_delete=models.CASCADE, related_name="crawls")
    status = models.CharField(max_length=10, choices=CrawlState, default=CrawlState.RUNNING)
    full = models.BooleanField()
    date_from = models.DateTimeField(null=True, blank=True)
    began_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)
    url = models.TextField(blank=True)
    is_built = models.BooleanField(default=False)
    pages = models.PositiveIntegerField(default=0)
    read = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True, blank=True)
    lap = models.PositiveIntegerField(default=0)
    steps_back = models.PositiveIntegerField(default=0)
    repeats = models.PositiveIntegerField(default=0)
    begun_again = models.BooleanField(default=False)
    complete = models.BooleanField(default=True)
    owner_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    message = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"],
                condition=Q(status=CrawlState.RUNNING),
                name="one_crawl_of_a_list",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state}, page {self.pages}"


class CrawlPage(models.Model):
    """A page that a crawl has taken in: its address and its content as hashes, and the objects it named.

    Kept until the crawl is over. An array per page, so that ten million objects are eighty megabytes.
    """

    crawl = models.ForeignKey(Crawl, on_delete=models.CASCADE, related_name="crawl_pages")
    number = models.PositiveIntegerField()
    address = models.BinaryField(max_length=16)
    content = models.BinaryField(max_length=16)
    object_ids = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["crawl", "number"], name="crawl_page_once"),
        ]
        indexes = [
            models.Index(fields=["crawl", "address"], name="crawl_page_address"),
            models.Index(fields=["crawl", "content"], name="crawl_page_content"),
        ]

    def __str__(self) -> str:
        return f"Page {self.number} of {self.crawl_id}"


class Missing(models.Model):
    """An object that the last complete list lacked and that was not retired.

    ``listed_at`` is when it was certainly listed last; ``kept`` says that staff decided to keep it.
    """

    state = models.ForeignKey(PullState, on_delete=models.CASCADE, related_name="missing")
    owner = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="+")
    object_id = models.BigIntegerField()
    since = models.DateTimeField()
    listed_at = models.DateTimeField(null=True, blank=True)
    kept = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "missing"
        constraints = [
            models.UniqueConstraint(fields=["state", "object_id"], name="missing_once"),
        ]

    def __str__(self) -> str:
        return f"{self.object_id} of {self.state}"
