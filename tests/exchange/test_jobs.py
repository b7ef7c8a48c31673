"""Jobs: one worker each, signs of life, and what becomes of those that show none."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from exchange import jobs, tasks
from exchange.choices import JobState
from exchange.models import Job
from exchange.registry import Counts
from parties.models import Connection

pytestmark = pytest.mark.django_db


@pytest.fixture
def job() -> Job:
    return jobs.create(jobs.IMPORT, "Import", parameters={"module": "locations"})


def test_a_job_remembers_who_began_it() -> None:
    user = get_user_model().objects.create_user("anna")
    job = jobs.create(jobs.IMPORT, "Import", actor=user)

    assert (job.created_by, job.parameters["actor"]) == (user, "anna")
    assert job.state == JobState.WAITING


def test_only_one_worker_gets_a_job(job: Job) -> None:
    other = Job.objects.get(pk=job.pk)

    assert jobs.start(job)
    assert not jobs.start(other)
    assert job.state == JobState.RUNNING
    assert job.started_at is not None


def test_progress_is_shown_at_once_and_then_twice_a_second(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("exchange.jobs.time.monotonic", lambda: now[0])
    jobs.start(job)
    progress = jobs.Progress(job, total=9)
    shown = []
    for _ in range(6):
        progress.add(Counts(created=1, warnings=2))
        now[0] += 0.2
        shown.append(Job.objects.get().done)

    assert shown == [1, 1, 1, 4, 4, 4]
    jobs.finish(job, progress.counts)
    job.refresh_from_db()
    assert (job.state, job.done, job.total, job.created_count, job.warning_count) == (
        JobState.DONE,
        6,
        9,
        6,
        12,
    )


def test_a_job_that_shows_no_sign_of_life_has_failed_and_its_worker_must_stop(job: Job) -> None:
    jobs.start(job)
    assert jobs.fail_lost() == 0
    Job.objects.update(progressed_at=timezone.now() - jobs.LOST_AFTER - timedelta(seconds=1))
    assert jobs.fail_lost() == 1
    job.refresh_from_db()
    assert (job.state, job.message) == (JobState.FAILED, jobs.LOST_MESSAGE)

    with pytest.raises(jobs.JobStopped):
        jobs.Progress(job).add(Counts(created=1))
    with pytest.raises(jobs.JobStopped):
        jobs.finish(job, Counts())


def test_a_pull_that_lost_its_workers_can_be_started_again(theirs: Connection) -> None:
    lost = jobs.create(
        jobs.PULL, "Pull", connection=theirs, parameters={"module": "locations", "full": True}
    )
    jobs.start(lost)
    with pytest.raises(ValueError, match="not ended"):
        jobs.restart(lost)
    for _ in range(jobs.MAX_STALLS):
        jobs.start(lost)
        Job.objects.update(progressed_at=timezone.now() - jobs.LOST_AFTER * 2)
        jobs.fail_lost()
        lost.refresh_from_db()
    again = jobs.restart(lost, actor="anna")

    assert (again.state, again.parameters["full"]) == (JobState.WAITING, True)
    assert again.connection == theirs


def test_jobs_that_the_broker_lost_are_handed_out_again(
    job: Job,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(tasks.run_import, "apply_async", lambda args, **more: sent.append(args))
    settings.WAKE_WORKERS = True
    with django_capture_on_commit_callbacks(execute=True):
        assert jobs.queue_forgotten() == 0
    Job.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    with django_capture_on_commit_callbacks(execute=True):
        assert jobs.queue_forgotten() == 1

    assert sent == [[job.pk]]


def test_a_dead_broker_is_no_reason_to_fail(
    job: Job,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    def refuse(**options: Any) -> None:
        raise ConnectionRefusedError("no broker")

    monkeypatch.setattr(tasks.run_import, "apply_async", refuse)
    settings.WAKE_WORKERS = True
    with django_capture_on_commit_callbacks(execute=True):
        jobs.queue(job)

    assert Job.objects.get().state == JobState.WAITING
