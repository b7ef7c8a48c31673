"""What a partner reads from us (OCPI 2.3.0, mod_tokens, Sender interface)."""

from __future__ import annotations

import pytest

from exchange.models import LossCount
from parties.choices import Sharing
from parties.models import Connection, Party
from parties.services.agreements import Share, Terms
from tests import builders
from tests.builders import LATER, Partner
from tests.tokens.support import SENDER, agree, hold, said

pytestmark = pytest.mark.django_db
VERSIONS = ("2.1.1", "2.2.1", "2.3.0")


@pytest.fixture
def ours(db: None) -> Party:
    return builders.party("NL*MSP", "EMSP", ours=True)


def cpo(ours: Party | None, version: str = "2.2.1", terms: Terms | None = None) -> Partner:
    party = builders.party("NL*CPO")
    if ours is not None:
        agree(ours, party, *([terms] if terms else []))
    name = f"CPO {Connection.objects.count()}"
    return builders.partner(name, speaks_for=(party,), version=version)


def uids(partner: Partner, query: str = "") -> list[str]:
    answer = partner.get(f"{SENDER}{query}")
    assert (answer.http_status, answer.code) == (200, 1000)
    return [document["uid"] for document in answer.data]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_list_holds_tokens_as_each_version_writes_them(version: str, ours: Party) -> None:
    """K-006, K-025."""
    hold(builders.token(group_id="G1"))
    hold(builders.token("EM1", type="EMAID", whitelist="NEVER"))

    answer = cpo(ours, version).get(SENDER)

    assert answer.data == [
        said(builders.token(group_id="G1"), version),
        said(builders.token("EM1", type="EMAID", whitelist="NEVER"), version),
    ]
    assert answer.data[1]["type"] == ("EMAID" if version == "2.3.0" else "OTHER")
    assert answer.headers["X-Total-Count"] == "2"
    lost = set(LossCount.objects.values_list("path", flat=True))
    assert lost == {"2.1.1": {"group_id", "type"}, "2.2.1": {"type"}}.get(version, set())


def test_pages_and_dates(ours: Party) -> None:
    """K-006."""
    hold(*(builders.token(f"A{n}") for n in range(5)), builders.token("B", last_updated=LATER))
    partner = cpo(ours)

    first = partner.get(f"{SENDER}?limit=4")
    assert [document["uid"] for document in first.data] == ["A0", "A1", "A2", "A3"]
    assert first.headers["X-Total-Count"] == "6"
    query = first.headers["Link"].partition("tokens")[2].partition(">")[0]
    assert uids(partner, query) == ["A4", "B"]
    assert uids(partner, f"?date_from={LATER}") == ["B"]


def test_tokens_are_shared_with_whom_an_agreement_shares_them(ours: Party) -> None:
    hold(builders.token("A"), builders.token("B"))
    hold(builders.token("C", owner="NL*TWO"))

    assert uids(cpo(None)) == []
    selected = Terms(shares={"tokens": Share(Sharing.SELECTED, (), ("b",))})
    assert uids(cpo(ours, terms=selected)) == ["B"]
    assert uids(cpo(ours)) == ["A", "B"]


def test_our_back_office_reads_everybody_elses_tokens(ours: Party) -> None:
    msp = builders.party("DE*EMP", "EMSP")
    theirs = builders.partner("EMP", speaks_for=(msp,))
    token = said(builders.token("X", owner="DE*EMP"), "2.2.1")
    theirs.put("receiver/tokens/DE/EMP/X", token)
    hold(builders.token("A"))
    office = builders.partner("Office", speaks_for=(ours,), kind="back_office")

    assert uids(office) == ["X"]


@pytest.mark.parametrize("type_", ["APP_USER", "AD_HOC_USER"])
def test_our_app_users_are_never_white_listed(type_: str, ours: Party) -> None:
    """K-021: whatever is held here."""
    hold(builders.token("A", type=type_, whitelist="ALWAYS"))
    (token,) = cpo(ours).get(SENDER).data
    assert (token["type"], token["whitelist"]) == (type_, "NEVER")


def test_a_token_without_contract_goes_to_nobody(ours: Party) -> None:
    """It could not be named in a session; staff see it among what is refused."""
    document = builders.token("A")
    del document["contract_id"]
    hold(document)
    assert uids(cpo(ours)) == []
