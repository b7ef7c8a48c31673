"""Files: the forms they come in, what is wrong with them, and what stays when they break off."""

from __future__ import annotations

import gzip
import io
import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection as database

from exchange import imports, intake, jobs, registry
from exchange.choices import JobState
from exchange.models import Job, Quarantined, WarningCount
from exchange.registry import Counts, Inbox
from locations.models import Location
from ocpi.ids import PartyId
from parties.models import Event, Party
from tests import builders

pytestmark = pytest.mark.django_db


def listed(*names: str) -> list[dict[str, Any]]:
    return [builders.location(name) for name in names]


def imported(content: bytes, **options: Any) -> Counts:
    return imports.import_file("locations", io.BytesIO(content), label="file.json", **options)


def held() -> set[str]:
    return set(Location.objects.values_list("location_id", flat=True))


def as_json(document: Any) -> bytes:
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    "content",
    [
        as_json(listed("A", "B")),
        as_json({"status_code": 1000, "data": listed("A", "B"), "timestamp": "x"}),
        as_json({"items": listed("A", "B"), "total": 2}),
        b"\xef\xbb\xbf" + as_json(listed("A", "B")),
        json.dumps(listed("A", "B"), indent=2).encode(),
        gzip.compress(as_json(listed("A", "B")), mtime=0),
    ],
    ids=["list", "envelope", "page", "byte order mark", "indented", "gzip"],
)
def test_every_form_of_file_comes_in(content: bytes) -> None:
    assert imported(content).as_dict() == Counts(created=2).as_dict()
    assert held() == {"A", "B"}


def test_a_single_object_comes_in() -> None:
    assert imported(as_json(builders.location("A"))).created == 1


def test_an_empty_list_is_no_error() -> None:
    assert imported(b"[]").total == 0


def test_the_parties_a_file_names_become_hosted_here() -> None:
    imported(as_json(listed("A")))

    assert Party.objects.get().is_ours


def test_all_objects_belong_to_the_owner_that_was_named() -> None:
    counts = imported(as_json(listed("A")), owner=PartyId("BE", "XYZ"))

    assert Location.objects.get().owner.identity == PartyId("BE", "XYZ")
    assert counts.warnings >= 1
    assert WarningCount.objects.filter(connection=None, code="owner_replaced").exists()


def test_the_same_file_again_changes_nothing() -> None:
    imported(as_json(listed("A", "B")))

    assert imported(as_json(listed("A", "B"))).as_dict() == Counts(unchanged=2).as_dict()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "byte 0"),
        (b"hello", "byte 0"),
        (b'"text"', "byte 0"),
        (as_json(listed("A")) + b"x", "after the end of the document at byte"),
        (gzip.compress(b"hello", mtime=0), "byte 0"),
    ],
)
def test_what_is_no_list_is_named_with_file_offset_and_reason(content: bytes, told: str) -> None:
    with pytest.raises(imports.ImportFailed, match=r"^file\.json: not proper JSON: ") as failure:
        imported(content)
    assert told in str(failure.value)


def test_what_was_read_before_a_file_breaks_off_stays() -> None:
    content = as_json(listed(*"ABC"))
    offset = content.rindex(b'{"country_code"')
    with pytest.raises(imports.ImportFailed) as failure:
        imported(content[: offset + 20])

    assert f"at byte {offset}" in str(failure.value)
    assert "The 2 objects before that were read; 2 of them" in str(failure.value)
    assert failure.value.counts.created == 2
    assert held() == {"A", "B"}


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda packed: packed[:-200], "cut off after byte"),
        (lambda packed: packed[:-8] + bytes(4) + packed[-4:], "damaged after byte"),
    ],
)
def test_a_broken_compressed_file_gives_what_came_before(spoil: Any, told: str) -> None:
    # Stored, not squeezed, so that what precedes the fault can be unpacked.
    packed = gzip.compress(as_json(listed(*"ABC")), compresslevel=0)
    with pytest.raises(imports.ImportFailed, match=told):
        imported(spoil(packed))
    assert {"A", "B"} <= held()


def test_one_bad_object_never_sinks_the_others() -> None:
    counts = imported(as_json([*listed("A"), {"id": "?"}, 7, None, "x", *listed("B")]))

    assert (counts.created, counts.rejected) == (2, 4)
    assert held() == {"A", "B"}
    assert Quarantined.objects.count() == 4


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "\U0001f600", "x" * 300, "\x1b[2J"])
@pytest.mark.parametrize("field", ["id", "name", "city", "unknown", "time_zone"])
def test_no_text_in_an_object_sinks_the_others(field: str, text: str) -> None:
    counts = imported(as_json([*listed("A"), builders.location("B") | {field: text}, *listed("C")]))

    assert counts.total == 3
    assert {"A", "C"} <= held()


def test_no_name_of_a_field_sinks_the_others() -> None:
    odd = builders.location("B") | {"\x00": "\x00", "\ud800": 1, "country_code": ["\x00"]}
    counts = imported(as_json([*listed("A"), odd, *listed("C")]))

    assert counts.total == 3
    assert {"A", "C"} <= held()


def test_batches_end_at_500_objects_and_at_four_megabytes() -> None:
    assert [len(b) for b in imports.batches([b"{}"] * 1100)] == [500, 500, 100]
    assert [len(b) for b in imports.batches([b"x" * 3_000_000] * 3)] == [2, 1]


def test_a_module_that_has_no_inbox_and_a_version_we_do_not_read_are_refused() -> None:
    with pytest.raises(ValueError, match="'chess' cannot be imported, only cdrs, locations, "):
        imports.import_file("chess", io.BytesIO(b"[]"), label="x")
    with pytest.raises(ValueError, match=r"version: '9\.9'"):
        imported(b"[]", version="9.9")


def test_when_the_database_refuses_a_value_only_that_object_is_set_aside() -> None:
    module = registry.Module("fragile", "thing", "Things", inbox=Fragile())
    received = intake.take(
        module, [b"1", b"2", b"bad", b"3"], registry.Source("test", version="2.2.1")
    )

    assert (received.counts.created, received.counts.rejected) == (3, 1)
    row = Quarantined.objects.get()
    assert (row.module, row.problems[0]["code"]) == ("fragile", "not_storable")


class Fragile(Inbox):
    """An inbox whose table holds whole numbers only, and that does not check."""

    def receive(self, items: Any, source: registry.Source) -> registry.Received:
        with database.cursor() as cursor:
            for item in items:
                cursor.execute("SELECT %s::integer", [item.decode()])
        return registry.Received(counts=Counts(created=len(items)))

    table = reference = name = changed = held = listable = ""
    details: Mapping[str, str] = {}

    def retire(self, ids: Any, source: registry.Source) -> int:
        return 0


@pytest.mark.django_db(transaction=True)
def test_the_same_file_twice_at_the_same_time_makes_everything_once() -> None:
    content = as_json(listed(*(f"L{number}" for number in range(300))))
    together = threading.Barrier(2)
    counts: list[Counts] = []

    def work() -> None:
        together.wait()
        try:
            counts.append(imported(content, owner=PartyId("NL", "ABC")))
        finally:
            database.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert Location.objects.count() == 300
    assert sum(c.created for c in counts) == sum(c.unchanged for c in counts) == 300


# --- Jobs and uploads -----------------------------------------------------------------------------


def uploaded(content: bytes, name: str = "feed.json") -> Job:
    return imports.start_import("locations", ContentFile(content, name=name))


def test_an_uploaded_file_is_imported_by_a_worker_and_removed() -> None:
    job = uploaded(as_json(listed("A", "B")))
    path = imports.uploaded(job)
    assert path.stat().st_mode & 0o777 == 0o600
    imports.run(job)
    job.refresh_from_db()

    assert (job.state, job.created_count, job.done) == (JobState.DONE, 2, 2)
    assert not path.exists()
    assert Event.objects.get(name="import.finished").subject == f"job:{job.pk}"


def test_the_name_of_an_upload_leads_nowhere() -> None:
    job = uploaded(b"[]", name="../../etc/passwd")

    assert imports.uploaded(job).parent.name == "imports"
    assert "/" not in job.parameters["name"]


def test_a_failed_import_says_why_and_can_be_started_again() -> None:
    job = uploaded(as_json(listed("A", "B"))[:-10])
    imports.run(job)
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert "feed.json: not proper JSON" in job.message
    assert job.created_count == 1

    again = jobs.restart(job, actor="someone")
    assert again.pk != job.pk
    imports.run(again)
    again.refresh_from_db()
    assert again.unchanged_count == 1


def test_a_job_whose_file_is_gone_fails_plainly() -> None:
    job = uploaded(b"[]")
    imports.uploaded(job).unlink()
    imports.run(job)
    job.refresh_from_db()

    assert (job.state, job.message) == (
        JobState.FAILED,
        "feed.json: the file is no longer on this machine.",
    )
    with pytest.raises(ValueError, match="upload it again"):
        jobs.restart(job)


# --- The command ----------------------------------------------------------------------------------


def command(*arguments: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("import_ocpi", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())  # type: ignore[no-any-return]


def test_the_command_prints_the_counts(tmp_path: Path) -> None:
    file = tmp_path / "feed"
    file.write_bytes(gzip.compress(as_json([*listed("A"), {"id": "?"}])))

    assert command("locations", str(file)) == {
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "rejected": 1,
        "warnings": 0,
    }
    assert Job.objects.get().state == JobState.DONE


def test_the_command_takes_a_party_and_a_version(tmp_path: Path) -> None:
    file = tmp_path / "feed.json"
    file.write_bytes(as_json(listed("A")))
    command("locations", str(file), "--party", "be-xyz", "--version", "2.2")

    assert Location.objects.get().owner.identity == PartyId("BE", "XYZ")


def test_the_command_names_what_is_wrong_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "feed.json"
    file.write_bytes(as_json(listed("A", "B"))[:-3])
    out = io.StringIO()
    with pytest.raises(CommandError) as failure:
        call_command("import_ocpi", "locations", str(file), "--json", stdout=out)

    assert "\n" not in str(failure.value)
    answered = json.loads(out.getvalue())
    assert answered["error"] == str(failure.value)
    assert answered["created"] == 1
    assert Job.objects.get().state == JobState.FAILED


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("locations", "/nowhere/feed.json"), "cannot be opened"),
        (("chess", __file__), "cannot be imported"),
        (("locations", __file__, "--party", "N"), "party"),
        (("locations", __file__, "--version", "1"), "invalid choice"),
    ],
)
def test_the_command_refuses_what_cannot_be(arguments: tuple[str, ...], told: str) -> None:
    with pytest.raises(CommandError, match=told):
        command(*arguments)
    assert not Job.objects.exists()
