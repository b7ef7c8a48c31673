"""Objects that hypothesis makes up: whatever is listed is valid in the version it is listed in."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conformance import rich
from tests.conformance.world import LOCATIONS, TARIFFS, VERSIONS, Document, Objects, reader
from tests.ocpi import strategies

pytestmark = pytest.mark.django_db


def made_up(strategy: st.SearchStrategy[Document], count: int) -> list[Document]:
    """Documents of our party, the same ones in every run."""
    found: list[Document] = []

    @settings(max_examples=count, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def collect(document: Document) -> None:
        owned = {"country_code": "NL", "party_id": "ABC", "id": f"MADE-UP-{len(found)}"}
        found.append({**document, **owned})

    collect()
    return found


def has_an_address(document: Document) -> bool:
    """An empty text counts as left out, and a location that lacks its address is kept as it came."""
    return bool(document["address"].strip() and document["city"].strip())


@pytest.mark.parametrize(
    ("objects", "strategy"),
    [
        pytest.param(LOCATIONS, strategies.location().filter(has_an_address), id="locations"),
        pytest.param(TARIFFS, strategies.tariff(), id="tariffs"),
    ],
)
def test_what_is_listed_is_valid(objects: Objects, strategy: st.SearchStrategy[Any]) -> None:
    """T-090, T-094, T-100, T-102, T-106, T-114, T-118."""
    objects.hold(*made_up(strategy, 60))

    for version in VERSIONS:
        emsp = reader(version, f"EMSP {version}")
        answer = emsp.client.get(
            f"/ocpi/{version}/{objects.list}?limit=1000", headers=emsp.headers()
        )
        listed = rich.read(answer.content)["data"]
        assert listed
        for document in listed:
            assert rich.faults(version, objects.kind, document) == []
