from __future__ import annotations

from ocpi.documents import merge_patch
from ocpi.errors import Problem
from ocpi.types import dotted, refused
from tests.ocpi.samples import location, without


def test_a_patch_replaces_fields_whole_and_null_clears() -> None:
    """T-137, L-047."""
    before = location(facilities=["HOTEL"], operator={"name": "A", "website": "https://a.nl"})
    patch = {
        "facilities": ["CAFE"],
        "operator": {"name": "B"},
        "name": None,
        "state": None,
        "new_field": 1,
    }
    after = merge_patch(before, patch)
    assert after == {
        **without(before, "name"),
        "facilities": ["CAFE"],
        "operator": {"name": "B"},
        "new_field": 1,
    }
    assert before["name"] == "Harbour"


def test_a_patch_leaves_unknown_nulls_of_the_document_alone() -> None:
    assert merge_patch({"id": "1", "foo": None}, {"bar": 2}) == {"id": "1", "foo": None, "bar": 2}


def test_the_answer_names_the_first_three_problems() -> None:
    problems = [Problem("c", f"p{number}", "is wrong") for number in range(5)]
    assert refused(problems).message == ("p0: is wrong; p1: is wrong; p2: is wrong (and 2 more)")
    assert refused([Problem("c", "", "is wrong")]).message == "is wrong"
    assert dotted(("evses", 3, "uid")) == "evses.3.uid"
