"""Our back office asks about a card at one of our charge points (OCPI 2.3.0, mod_tokens, WhitelistType)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from exchange.models import Exchange
from parties.models import Party
from tests import builders
from tests.builders import Partner
from tests.exchange.conftest import Reply, System
from tests.tokens.authorizing import (
    UID,
    UNKNOWN,
    URL,
    Hanging,
    answering,
    asks,
    document,
    provider,
    token,
)
from tokens.authorization import commanded, services
from tokens.authorization.commanded import Command
from tokens.authorization.models import Authorization, UnknownCard
from tokens.authorization.table import TABLE, Row

pytestmark = pytest.mark.django_db
# Threads of the fan-out see what is committed only.
committed = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _short(settings: Any) -> None:
    settings.ALLOW_PRIVATE_ADDRESSES = True
    settings.AUTHORIZE_SECONDS = 1


@pytest.fixture
def systems() -> Iterator[Callable[[], System]]:
    running: list[System] = []

    def start() -> System:
        running.append(System())
        return running[-1]

    yield start
    for system in running:
        system.close()


@pytest.fixture
def ours(db: None) -> Party:
    return builders.party("NL*CPO", "CPO", ours=True)


@pytest.fixture
def office(ours: Party) -> Partner:
    return builders.partner("Our CPO", speaks_for=(ours,), kind="back_office")


@pytest.fixture
def emsp(db: None) -> Party:
    return builders.party("DE*EMP", "EMSP")


def kept() -> Authorization:
    return Authorization.objects.latest("pk")


@pytest.mark.parametrize("answers", ["ALLOWED", "BLOCKED", None])
@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.whitelist}-{row.valid}")
def test_each_row_of_the_truth_table(
    row: Row,
    answers: str | None,
    office: Partner,
    emsp: Party,
    systems: Callable[[], System],
) -> None:
    """K-016, K-017, K-018, K-019, K-020."""
    token(emsp, whitelist=row.whitelist, valid=row.valid)
    system = systems()
    system.handler = answering(emsp, answers) if answers else lambda seen: None
    provider("EMP", system, emsp)

    answer = asks(office, body={"location_id": "LOC1", "evse_uids": ["1"]})

    must_ask = row.whitelist in {"NEVER", "ALLOWED_OFFLINE"}
    stored = "ALLOWED" if row.valid else "BLOCKED"
    silent = "NOT_ALLOWED" if row.whitelist == "NEVER" else stored
    assert len(system.requests) == (1 if must_ask else 0)
    assert answer.data["allowed"] == (stored if not must_ask else answers or silent)
    assert kept().how == ("whitelist" if not must_ask else "asked" if answers else "offline")
    assert kept().owner == emsp


def test_an_emsp_that_cannot_be_asked_counts_as_offline(office: Partner, emsp: Party) -> None:
    """K-018, K-023."""
    token(emsp, whitelist="ALLOWED_OFFLINE")
    token(emsp, "NEVER-1", whitelist="NEVER")
    builders.connection("Without authorize", speaks_for=(emsp,))

    assert asks(office).data["allowed"] == "ALLOWED"
    refused = asks(office, "sender/tokens/NEVER-1/authorize")
    assert refused.data["allowed"] == "NOT_ALLOWED"
    assert refused.data["info"]["text"]


def test_a_reference_of_the_emsp_is_passed_on_and_kept(
    office: Partner, emsp: Party, systems: Callable[[], System]
) -> None:
    """K-026."""
    token(emsp, whitelist="NEVER")
    system = systems()
    system.handler = answering(emsp, authorization_reference="Their-Ref")
    provider("EMP", system, emsp)

    assert asks(office).data["authorization_reference"] == "Their-Ref"
    assert Authorization.objects.get(reference_key="THEIR-REF").owner == emsp


def test_a_card_of_our_own_emsp_without_back_office_is_decided_here(office: Partner) -> None:
    token(builders.party("NL*MSP", "EMSP", ours=True), whitelist="NEVER")
    assert asks(office).data["allowed"] == "ALLOWED"
    assert kept().how == "ours"


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply(code=2002), 2002),
        (Reply(code=2003), 2003),
        (Reply(status=200, code=2004), 2004),
        (Reply(status=404, body=b""), 2004),
        (Reply(code=3000), 4003),
        (None, 4003),
    ],
)
def test_what_an_emsp_says_about_an_unknown_card_is_passed_on(
    reply: Reply | None, code: int, office: Partner, emsp: Party, systems: Callable[[], System]
) -> None:
    system = systems()
    system.replies(reply)
    provider("EMP", system, emsp)
    assert asks(office).code == code


@committed
def test_everybody_is_asked_about_an_unknown_card_within_one_deadline(
    office: Partner, systems: Callable[[], System]
) -> None:
    """One hangs, one refuses, one does not know it, one allows it: T-022 holds for all."""
    hanging = Hanging()
    found: dict[str, System] = {}
    for name in ("HNG", "REF", "UNK", "YES"):
        party = builders.party(f"DE*{name}", "EMSP")
        found[name] = systems()
        provider(name, found[name], party)
    found["HNG"].handler = hanging
    found["REF"].replies(Reply(status=403, code=2000))
    found["UNK"].replies(UNKNOWN)
    found["YES"].handler = answering(builders.party("DE*YES", "EMSP"))

    started = time.monotonic()
    answer = asks(office, headers={"X-Correlation-ID": "one-conversation"})
    took = time.monotonic() - started
    hanging.over.set()

    assert answer.data["token"]["party_id"] == "YES"
    assert took < 1
    row = kept()
    assert (row.how, row.owner.party_id if row.owner else "") == ("asked", "YES")
    assert {line["name"] for line in row.asked} == set(found)
    assert not UnknownCard.objects.exists()
    for system in found.values():
        assert system.requests[0].headers["x-correlation-id"] == "one-conversation"
    logged = Exchange.objects.filter(correlation_id="one-conversation", direction="out")
    assert logged.filter(connection__name="YES").count() == 1


@committed
def test_a_hanging_partner_never_delays_beyond_the_deadline(
    office: Partner, systems: Callable[[], System]
) -> None:
    hanging = Hanging()
    for name, handler in (("HNG", hanging), ("UNK", lambda seen: UNKNOWN)):
        system = systems()
        system.handler = handler
        provider(name, system, builders.party(f"DE*{name}", "EMSP"))

    started = time.monotonic()
    answer = asks(office)
    took = time.monotonic() - started
    hanging.over.set()

    assert answer.code == 4002
    assert took < 2
    assert [line["reply"] for line in kept().asked] == ["timeout", "unknown"]
    assert kept().how == "timeout"


@committed
def test_of_several_that_hold_the_card_the_first_in_our_order_wins(
    office: Partner, systems: Callable[[], System]
) -> None:
    for name in ("BBB", "AAA"):
        party = builders.party(f"DE*{name}", "EMSP")
        token(party, whitelist="ALLOWED")
    assert asks(office).data["token"]["party_id"] == "AAA"

    for name in ("BBB", "AAA"):
        party = Party.objects.get(party_id=name)
        party.tokens.update(whitelist="NEVER")
        system = systems()
        system.handler = answering(party, "ALLOWED" if name == "BBB" else "BLOCKED")
        provider(name, system, party)
    answer = asks(office)
    assert (answer.data["token"]["party_id"], answer.data["allowed"]) == ("BBB", "ALLOWED")


@committed
def test_only_so_many_are_asked(
    office: Partner, systems: Callable[[], System], settings: Any
) -> None:
    settings.AUTHORIZE_ASKED = 2
    asked = []
    for name in ("AAA", "BBB", "CCC"):
        asked.append(systems())
        asked[-1].replies(UNKNOWN)
        provider(name, asked[-1], builders.party(f"DE*{name}", "EMSP"))

    assert asks(office).code == 2004
    assert [len(system.requests) for system in asked] == [1, 1, 0]


def test_a_card_that_nobody_knows_is_not_asked_about_again(
    office: Partner, emsp: Party, systems: Callable[[], System], settings: Any
) -> None:
    """Nor can random cards make us flood partners."""
    system = systems()
    system.replies(UNKNOWN)
    provider("EMP", system, emsp)

    assert [asks(office).http_status for _ in range(3)] == [404, 404, 404]
    assert len(system.requests) == 1
    assert list(Authorization.objects.values_list("how", flat=True)) == ["unknown"] * 3

    settings.AUTHORIZE_STRANGERS = 2
    for uid in ("A", "B", "C"):
        assert asks(office, f"sender/tokens/{uid}/authorize").code == 2004
    assert len(system.requests) == 2

    # A token that comes in counts at once.
    token(emsp)
    assert asks(office).data["allowed"] == "ALLOWED"


def test_a_hub_is_asked_once_and_finds_the_emsp(
    office: Partner, systems: Callable[[], System]
) -> None:
    first, second = (builders.party(f"FR*{name}", "EMSP") for name in ("ONE", "TWO"))
    system = systems()
    system.handler = answering(second)
    provider("Hub", system, first, second, kind="hub")

    assert asks(office).data["allowed"] == "ALLOWED"
    [seen] = system.requests
    assert "ocpi-to-party-id" not in seen.headers
    assert seen.headers["ocpi-from-party-id"] == "CPO"
    assert kept().owner == second


def test_an_emaid_is_asked_of_the_one_that_issued_it(
    office: Partner, systems: Callable[[], System]
) -> None:
    asked = {}
    for name in ("ONE", "TWO"):
        party = builders.party(f"DE*{name}", "EMSP")
        asked[name] = systems()
        asked[name].handler = answering(party, "NO_CREDIT")
        provider(name, asked[name], party)

    answer = asks(office, "sender/tokens/DE-TWO-C12345678-X/authorize?type=EMAID")

    assert answer.data["allowed"] == "NO_CREDIT"
    assert [len(system.requests) for system in asked.values()] == [0, 1]
    assert asked["TWO"].requests[0].query == {"type": "OTHER"}


def test_a_named_emsp_alone_is_asked(
    office: Partner, emsp: Party, systems: Callable[[], System]
) -> None:
    other = builders.party("DE*OTH", "EMSP")
    token(other)
    system = systems()
    system.replies(UNKNOWN)
    provider("EMP", system, emsp)
    to = {"OCPI-to-country-code": "DE", "OCPI-to-party-id": "EMP"}

    assert asks(office, headers=to).code == 2004
    assert len(system.requests) == 1


def test_an_answer_of_2_1_1_without_token_is_filled_in(
    office: Partner, emsp: Party, systems: Callable[[], System]
) -> None:
    system = systems()
    system.replies(Reply({"allowed": "ALLOWED"}))
    provider("EMP", system, emsp, version="2.1.1")

    answer = asks(office, f"{URL}?type=APP_USERS")
    assert answer.data["token"] | {"last_updated": ""} == {
        "country_code": "DE",
        "party_id": "EMP",
        "uid": UID,
        "type": "OTHER",
        "contract_id": "#NA",
        "issuer": "#NA",
        "valid": True,
        "whitelist": "NEVER",
        "last_updated": "",
    }


# --- After a command ----------------------------------------------------------------------------


class Commanded:
    """The app above, as far as this is concerned."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.questions: list[tuple[Any, ...]] = []

    def latest(self, *question: Any) -> Command:
        self.questions.append(question)
        return self.command


@pytest.fixture
def commands(emsp: Party, monkeypatch: pytest.MonkeyPatch) -> Commanded:
    sent = document(emsp, whitelist="NEVER")
    made = Commanded(Command(emsp, timezone.now() - timedelta(minutes=14), sent, "From-Command"))
    monkeypatch.setattr(commanded, "_commands", [made])
    return made


def test_a_card_of_a_command_is_not_asked_about(
    office: Partner, emsp: Party, commands: Commanded, systems: Callable[[], System]
) -> None:
    """X-017, X-018."""
    system = systems()
    system.replies(UNKNOWN)
    provider("EMP", system, emsp)
    place = {"location_id": "Loc1", "evse_uids": ["e1"]}

    answer = asks(office, body=place)

    assert answer.data["allowed"] == "ALLOWED"
    assert answer.data["authorization_reference"] == "From-Command"
    assert commands.questions == [(UID, "RFID", "LOC1", ["E1"])]
    assert (kept().how, kept().authorization_reference) == ("command", "From-Command")
    assert not system.requests

    commands.command = commands.command._replace(at=timezone.now() - timedelta(minutes=16))
    assert asks(office, body=place).code == 2004
    assert len(system.requests) == 1


@pytest.mark.parametrize("name", ["APP_USER", "AD_HOC_USER"])
def test_app_users_are_never_asked_about(
    name: str,
    office: Partner,
    emsp: Party,
    commands: Commanded,
    monkeypatch: pytest.MonkeyPatch,
    systems: Callable[[], System],
) -> None:
    """X-017."""
    system = systems()
    system.handler = answering(emsp)
    provider("EMP", system, emsp)
    url = f"{URL}?type={name}"
    commands.command = commands.command._replace(at=timezone.now() - timedelta(hours=2))
    assert asks(office, url).data["allowed"] == "ALLOWED"

    monkeypatch.setattr(commanded, "_commands", [])
    assert asks(office, url).code == 2004
    token(emsp, type=name, whitelist="NEVER")
    assert asks(office, url).data["allowed"] == "NOT_ALLOWED"
    assert not system.requests


def test_a_question_of_staff_is_one_of_our_charge_points(emsp: Party, ours: Party) -> None:
    token(emsp)
    question = services.for_staff(UID, "RFID", {"location_id": "LOC1"}, "someone")
    outcome = services.authorize(question)
    assert outcome.verdict.allowed == "ALLOWED"
    assert (kept().actor, kept().connection, kept().cpo) == ("someone", None, ours)
