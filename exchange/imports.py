"""Taking in a module's objects from a file, at constant memory whatever its size."""

from __future__ import annotations

import gzip
import time
import uuid
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, cast

import structlog
from django.conf import settings
from django.core.files.base import File

from exchange import intake, jobs, registry, tables
from exchange.content import BROKEN, Content
from exchange.models import Job
from exchange.registry import Counts, Source
from ocpi.errors import MalformedJSON
from ocpi.ids import PartyId
from ocpi.slices import array_slices, wrappers_of
from parties import events

log = structlog.get_logger(__name__)

BATCH = 500
LINES_CHECKED = 2_000
BATCH_BYTES = 4_000_000
KEEP_UPLOADS = timedelta(days=7)
VERSIONS = ("2.1.1", "2.2", "2.2.1", "2.3.0")
Watch = Callable[[Counts], None]


class ImportFailed(ValueError):
    """A file could not be read to its end. One line names the file, the byte offset and the reason.

    ``counts`` is what had come in by then; that stays. ``wrong`` is what is wrong with a table, line by line.
    """

    def __init__(self, message: str, counts: Counts, wrong: Sequence[tables.Wrong] = ()) -> None:
        super().__init__(message)
        self.counts = counts
        self.wrong = list(wrong)


def import_file(
    module: str,
    stream: BinaryIO,
    *,
    version: str = "2.2.1",
    owner: PartyId | None = None,
    job: Job | None = None,
    label: str,
    watch: Watch | None = None,
) -> Counts:
    """Take in every object of a JSON file: a bare list, an OCPI envelope, a page, one object or one per line.

    Of modules that know tables also CSV, for ``owner`` (see ``exchange.tables``). Gzip is recognised by its
    first bytes. ``version`` is the OCPI version the objects are written in, and ``owner`` the party they then
    all belong to, whatever they say. Batches of 500 are one transaction each. ``job`` shows the progress,
    ``watch`` is called with the counts so far after every batch. Raises
    :class:`ImportFailed`, and ``ValueError`` for a module or version that cannot be imported.
    """
    declared = importable(module)
    if version not in VERSIONS:
        raise ValueError(f"version: {version!r} is none of {', '.join(VERSIONS)}.")
    source = Source(label=label, version=version, owner=owner, job_id=job.pk if job else None)
    progress = jobs.Progress(job)
    content = Content(stream)
    try:
        if declared.table is not None and tables.is_table(content.peek()):
            if owner is None:
                raise ValueError(f"{label}: a table does not say whose it is; name the party.")
            tables.import_table(declared.table, content, source, progress, watch)
            progress.show()
            return progress.counts
        for batch in batches(array_slices(cast(BinaryIO, content), wrappers=wrappers_of(module))):
            progress.add(intake.take(declared, batch, source).counts)
            if watch is not None:
                watch(progress.counts)
    except tables.WrongTable as error:
        raise ImportFailed(f"{label}: {error}", progress.counts, error.wrong) from None
    except (MalformedJSON, *BROKEN) as error:
        progress.show()
        raise ImportFailed(
            f"{label}: {_reason(error, content.position)}. {_what_stays(progress.counts)}",
            progress.counts,
        ) from None
    progress.show()
    return progress.counts


def importable(module: str) -> registry.Module:
    """The declaration of a module that can be imported; ``ValueError`` names those there are."""
    declared = registry.find(module)
    if declared is None or declared.inbox is None or not declared.from_files:
        found = (m.identifier for m in registry.modules() if m.inbox and m.from_files)
        known = ", ".join(sorted(found))
        raise ValueError(f"module: {module!r} cannot be imported, only {known}.")
    return declared


def batches(items: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Items in lists of up to 500 and about four megabytes.

    What was read before the items break off is yielded before the error is raised.
    """
    batch: list[bytes] = []
    size = 0
    try:
        for item in items:
            batch.append(item)
            size += len(item)
            if len(batch) >= BATCH or size >= BATCH_BYTES:
                yield batch
                batch, size = [], 0
    except (MalformedJSON, *BROKEN):
        if batch:
            yield batch
        raise
    if batch:
        yield batch


def _reason(error: Exception, offset: int) -> str:
    """Why reading broke off, with the byte offset in what the (unpacked) file says."""
    if isinstance(error, MalformedJSON):
        return f"not proper JSON: {error.message}"
    if isinstance(error, EOFError):
        return f"the compressed file is cut off after byte {offset} of its content"
    if isinstance(error, gzip.BadGzipFile | zlib.error):
        return f"the compressed file is damaged after byte {offset} of its content ({error})"
    return f"cannot be read after byte {offset} ({error})"


def _what_stays(counts: Counts) -> str:
    if not counts.total:
        return "Nothing was taken in."
    kept = counts.total - counts.rejected
    if counts.total == 1:
        return f"The object before that {'was taken in and stays' if kept else 'is in quarantine'}."
    return (
        f"The {counts.total} objects before that were read; {kept} of them were taken in and stay."
    )


# --- As a job -----------------------------------------------------------------------------------------


def create_job(
    module: str,
    name: str,
    *,
    version: str = "2.2.1",
    owner: PartyId | None = None,
    path: str = "",
    actor: events.Actor = None,
) -> Job:
    """A waiting job that imports the file ``name``; ``path`` is where an uploaded one lies."""
    importable(module)
    return jobs.create(
        jobs.IMPORT,
        f"Import {module} from {name}",
        parameters={
            "module": module,
            "name": name,
            "version": version,
            "owner": str(owner) if owner else "",
            "path": path,
        },
        actor=actor,
    )


def perform(job: Job, stream: BinaryIO, watch: Watch | None = None) -> Counts:
    """Do an import job from ``stream``. Raises as :func:`import_file` does, with the job closed as failed."""
    given = job.parameters
    if not jobs.start(job):
        raise ValueError(f"{job.title}: this job was started already.")
    try:
        counts = import_file(
            given["module"],
            stream,
            version=given["version"],
            owner=PartyId.parse(given["owner"]) if given["owner"] else None,
            job=job,
            label=given["name"],
            watch=watch,
        )
        _finished(job, counts)
    except ImportFailed as error:
        _keep_wrong(job, error.wrong)
        jobs.fail(job, str(error), error.counts)
        raise
    except jobs.JobStopped:
        raise
    except BaseException:
        jobs.fail(job, "The import was interrupted; what came in before stays.")
        raise
    return counts


def _keep_wrong(job: Job, wrong: Sequence[tables.Wrong]) -> None:
    """What is wrong with a table, for the job's page."""
    if wrong:
        job.parameters = {**job.parameters, "wrong": [one.as_dict() for one in wrong]}
        job.save(update_fields=["parameters"])


def _finished(job: Job, counts: Counts) -> None:
    jobs.finish(job, counts)
    events.record(
        "import.finished",
        f"{job.title}: {counts.created} new, {counts.updated} changed, {counts.rejected} rejected.",
        actor=job.parameters.get("actor"),
        subject=f"job:{job.pk}",
    )


# --- Files that staff upload -----------------------------------------------------------------------


def start_import(
    module: str,
    upload: File[bytes],
    *,
    version: str = "2.2.1",
    owner: PartyId | None = None,
    actor: events.Actor = None,
) -> Job:
    """Keep an uploaded file where the workers find it, and queue its import.

    Raises ``ValueError`` for a module that cannot be imported and ``OSError`` when the file cannot be kept.
    """
    importable(module)
    path = _folder() / f"{uuid.uuid4()}.upload"
    _keep(upload, path)
    name = Path(upload.name or "file").name[:120]
    job = create_job(module, name, version=version, owner=owner, path=path.name, actor=actor)
    events.record("import.started", f"{job.title}: begun.", actor=actor, subject=f"job:{job.pk}")
    jobs.queue(job)
    return job


def _keep(upload: File[bytes], path: Path) -> None:
    try:
        with path.open("xb") as target:
            path.chmod(0o600)
            for chunk in upload.chunks():
                target.write(chunk)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def check_beginning(stream: BinaryIO, module: str = "") -> bool:
    """Read up to the first object (of a table the first lines) and go back to the start; whether it is a table.

    ``ValueError`` says why a file cannot be one of objects; a fault further on shows when it is imported.
    """
    content = Content(stream)
    declared = registry.find(module)
    try:
        if declared is not None and declared.table is not None and tables.is_table(content.peek()):
            tables.check_beginning(declared.table, content, LINES_CHECKED)
            return True
        next(array_slices(cast(BinaryIO, content)), None)
    except (MalformedJSON, *BROKEN) as error:
        raise ValueError(_reason(error, content.position)) from None
    finally:
        stream.seek(0)
    return False


def run(job: Job) -> None:
    """Do what :func:`start_import` queued; how it ended is in the job."""
    path = uploaded(job)
    try:
        with path.open("rb") as stream:
            perform(job, stream)
    except FileNotFoundError:
        if jobs.start(job):
            jobs.fail(job, f"{job.parameters['name']}: the file is no longer on this machine.")
        return
    except (ImportFailed, jobs.JobStopped) as error:
        log.warning("import_failed", job=job.pk, error=str(error))
        return
    path.unlink(missing_ok=True)


def uploaded(job: Job) -> Path:
    """Where the file of an import lies, or lay."""
    return _folder() / Path(job.parameters.get("path") or "none").name


def drop_old_uploads() -> None:
    """Remove the files of imports that failed and that nobody started again."""
    limit = time.time() - KEEP_UPLOADS.total_seconds()
    for path in _folder().glob("*.upload"):
        if path.stat().st_mtime < limit:
            path.unlink(missing_ok=True)


def _folder() -> Path:
    folder = Path(settings.VAR_DIR) / "imports"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
