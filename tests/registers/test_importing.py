"""What registers list is taken over as observations: dated, compared, and held when it looks wrong."""

from __future__ import annotations

import pytest
from django.db.models import QuerySet

from parties.models import Event
from registers import services
from registers.choices import ChangeKind, ImportState, RegisterFormat
from registers.models import (
    Register,
    RegisterChange,
    RegisterEntry,
    RegisterFault,
    RegisterImport,
)
from tests.registers import lists

pytestmark = pytest.mark.django_db


def read(register: Register, content: bytes) -> RegisterImport:
    (imported,) = services.read_list(register, content, source="a file", actor="ada")
    return imported


def changes(kind: ChangeKind) -> QuerySet[RegisterChange]:
    return RegisterChange.objects.filter(kind=kind)


def test_the_first_reading_adds_everything_and_the_second_nothing() -> None:
    register = lists.register()
    content = lists.evroam(("Both Ltd", "GB*505", "GB-505"), ("Wrong Ltd", "GB*TOO-LONG", ""))
    first = read(register, content)
    assert (first.state, first.rows, first.added, first.malformed) == (ImportState.DONE, 2, 2, 1)
    assert RegisterFault.objects.get().source_value == "GB*TOO-LONG"
    second = read(register, content)
    assert (second.state, second.added, second.changed) == (ImportState.UNCHANGED, 0, 0)
    assert RegisterEntry.objects.count() == RegisterChange.objects.count() == 2


def test_what_changed_is_history() -> None:
    register = lists.register()
    read(register, lists.evroam(("Old name", "GB*505", "")))
    read(register, lists.evroam(("New name", "GB*505", "GB-505")))
    renamed = changes(ChangeKind.RENAMED).get()
    assert (renamed.before, renamed.after) == ("Old name", "New name")
    assert changes(ChangeKind.ADDED).count() == 2


def test_what_is_not_listed_any_more_is_not_gone_and_may_come_back() -> None:
    """Disappearing from a list is not being revoked."""
    register = lists.register()
    read(register, lists.evroam(("One", "GB*111", ""), ("Two", "GB*222", "")))
    read(register, lists.evroam(("One", "GB*111", "")))
    two = RegisterEntry.objects.get(party_id="222")
    assert two.vanished_at is not None
    read(register, lists.evroam(("One", "GB*111", ""), ("Two", "GB*222", "")))
    two.refresh_from_db()
    assert two.is_listed
    kinds = list(two.changes.order_by("id").values_list("kind", flat=True))
    assert kinds == [ChangeKind.ADDED, ChangeKind.VANISHED, ChangeKind.RETURNED]


def test_a_list_that_lost_too_much_is_held_for_a_person() -> None:
    register = lists.register()
    read(register, lists.many(100))
    held = read(register, lists.many(79))
    assert held.state == ImportState.HELD
    assert "21 of 100 codes, more than 20 %" in held.message
    assert RegisterEntry.objects.filter(vanished_at=None).count() == 100
    assert read(register, lists.many(79)).pk == held.pk
    services.take_over(held, actor="ada")
    assert RegisterEntry.objects.filter(vanished_at=None).count() == 79
    assert Event.objects.filter(name="register.taken_over", actor="ada").exists()
    with pytest.raises(services.NotHeld):
        services.refuse(held, actor="ada")


def test_a_held_list_can_be_left_out() -> None:
    register = lists.register()
    read(register, lists.many(100))
    held = read(register, lists.many(50))
    services.refuse(held, actor="ada")
    assert RegisterEntry.objects.filter(vanished_at=None).count() == 100
    assert held.content is None


def test_a_held_list_is_not_taken_over_after_a_newer_one() -> None:
    register = lists.register()
    read(register, lists.many(100))
    held = read(register, lists.many(50))
    read(register, lists.many(99))
    with pytest.raises(services.NotHeld, match="out of date"):
        services.take_over(held, actor="ada")


def test_a_register_with_few_codes_is_never_held() -> None:
    register = lists.register()
    read(register, lists.many(3))
    assert read(register, lists.many(1)).state == ImportState.DONE


def test_a_file_that_cannot_be_read_changes_nothing() -> None:
    register = lists.register()
    read(register, lists.many(3))
    failed = read(register, b"<html>maintenance</html>")
    assert (failed.state, failed.message[:14]) == (ImportState.FAILED, "It is not JSON")
    assert read(register, b'{"items": []}').state == ImportState.FAILED
    assert RegisterEntry.objects.filter(vanished_at=None).count() == 3


def test_one_code_of_two_holders_is_said_to_be_wrong() -> None:
    imported = read(
        lists.register(), lists.evroam(("First", "GB*111", ""), ("Second", "GB*111", ""))
    )
    assert (imported.added, imported.malformed) == (1, 1)
    assert "listed twice as CPO: First came first" in RegisterFault.objects.get().reason


def test_codes_of_other_countries_are_marked() -> None:
    """EV Roam still lists Irish codes, which are TII's to issue."""
    read(lists.register(), lists.evroam(("One", "GB*111", ""), ("Two", "IE*222", "")))
    marked = RegisterEntry.objects.filter(is_foreign=True)
    assert [entry.party_id for entry in marked] == ["222"]


def test_a_directory_reads_every_register_it_names() -> None:
    directory = lists.register("all", format=RegisterFormat.DIRECTORY, jurisdictions=[])
    for _ in range(2):
        made = services.read_list(directory, lists.DIRECTORY, source="file", actor="ada")
        assert [one.register.key for one in made] == ["se-energimyndigheten", "dk-fstyr"]
    assert {one.state for one in made} == {ImportState.UNCHANGED}
    sweden = Register.objects.get(key="se-energimyndigheten")
    assert (sweden.name, sweden.jurisdictions) == ("Energimyndigheten IDRO", ["SE"])
    assert not directory.entries.exists()
