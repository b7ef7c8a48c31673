"""Tokens fetched from a partner's eMSP."""

from __future__ import annotations

from typing import Any

import pytest

from exchange import pulls
from exchange.models import Job, Quarantined, WarningCount
from parties.models import Connection, Party
from tests import builders
from tests.exchange.conftest import System
from tests.exchange.paging import Listing
from tests.tokens.support import held, said
from tokens.models import Token

pytestmark = pytest.mark.django_db


@pytest.fixture
def msp(db: None) -> Party:
    return builders.party("DE*EMP", "EMSP")


def theirs(system: System, msp: Party, version: str) -> Connection:
    return builders.connection(
        "EMP", speaks_for=(msp,), url=system.url, pushes=("tokens",), version=version
    )


def pulled(connection: Connection, **options: Any) -> Job:
    job = pulls.start_pull(connection, "tokens", **options)
    pulls.run(job)
    job.refresh_from_db()
    return job


def listed(version: str, *uids: str, **fields: Any) -> list[dict[str, Any]]:
    return [said(builders.token(uid, owner="DE*EMP", **fields), version) for uid in uids]


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1", "2.3.0"])
def test_a_partners_list_comes_in_and_what_it_lacks_later_is_not_valid(
    version: str, msp: Party, system: System
) -> None:
    """K-005, K-006: nothing is deleted."""
    connection = theirs(system, msp, version)
    listing = Listing(system, listed(version, *"ABCDEF"))
    assert pulled(connection).created_count == 6
    assert pulled(connection, full=True).unchanged_count == 6

    gone = listing.items.pop()
    job = pulled(connection, full=True)

    assert "1 that" in job.message
    assert Token.objects.count() == 6
    assert held(msp, "F").valid is False
    assert held(msp, "A").valid is True
    listing.items.append(gone)
    pulled(connection, full=True)
    assert held(msp, "F").valid is True
    assert held(msp, "F").vanished_at is None


def test_odd_tokens_are_repaired_and_strangers_set_aside(msp: Party, system: System) -> None:
    connection = theirs(system, msp, "2.2.1")
    odd = {**listed("2.2.1", "A")[0], "type": "rfid", "whitelist": "perhaps"}
    foreign = said(builders.token("B", owner="FR*XYZ"), "2.2.1")
    Listing(system, [odd, foreign, {**odd, "uid": None}])

    job = pulled(connection)

    assert (job.created_count, job.rejected_count) == (1, 2)
    assert held(msp, "A").whitelist == "NEVER"
    assert set(WarningCount.objects.values_list("code", flat=True)) == {
        "choice_spelling",
        "token_whitelist_assumed",
    }
    codes = {row.problems[0]["code"] for row in Quarantined.objects.all()}
    assert codes == {"foreign_owner", "id_missing"}
    assert set(Quarantined.objects.values_list("object_reference", flat=True)) == {"B", ""}
