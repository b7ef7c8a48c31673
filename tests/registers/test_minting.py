"""Our parties give IDs: without duplicates and gaps, as patterns say, to what has none."""

from __future__ import annotations

import html
import threading

import pytest
from django.db import connection as database
from django.db import transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from exchange.models import Delivery, Job
from locations import services as locations
from locations.models import EVSE, Location
from ocpi.identifiers import ContractId
from ocpi.ids import PartyId
from parties.models import Party
from registers.minting import assigning, services
from registers.minting.models import IdPattern, MintedId
from registers.minting.patterns import BadPattern, Called, CannotMake, Pattern
from staff.links import list_url, page_url
from tests import builders
from tests.staff.conftest import LogIn
from tokens import services as tokens
from tokens.models import Token

pytestmark = pytest.mark.django_db
PARTY = PartyId("NL", "ABC")


@pytest.fixture
def cpo() -> Party:
    return builders.party("NL*ABC", ours=True)


def place(owner: Party, location: str = "LOC1", *evse_ids: str | None) -> Location:
    evses = [
        {key: value for key, value in builders.evse(str(at), evse_id=one).items() if value}
        for at, one in enumerate(evse_ids or (None, None))
    ]
    return locations.save_location(owner, builders.location(location, evses=evses))


def recipients(*labels: str) -> list[services.Recipient]:
    return [services.Recipient(label) for label in labels]


@pytest.mark.parametrize(
    ("kind", "pattern", "made"),
    [
        ("evse", "E{number:6}", "NL*ABC*E000007"),
        ("evse", "e10*{number}", "NL*ABC*E10*7"),
        ("evse", "E{location}*{uid}", "NL*ABC*ELOC1*A2"),
        ("pool", "P{location}", "NL*ABC*PLOC1"),
        ("station", "S{number:4}", "NL*ABC*S0007"),
        ("contract", "{number:8}", "NL-ABC-C00000007-5"),
        ("contract", "XY{number:6}", "NL-ABC-CXY000007-"),
    ],
)
def test_patterns(kind: str, pattern: str, made: str) -> None:
    value = Pattern.parse(pattern, kind).make(PARTY, 7, Called("loc-1", "a.2"))
    if kind == "contract":
        assert ContractId.parse(value).given
        made, value = made.rsplit("-", 1)[0], value.rsplit("-", 1)[0]
    assert value == made


@pytest.mark.parametrize(
    ("kind", "pattern", "why"),
    [
        ("evse", "P{number:6}", "must begin with E"),
        ("pool", "{number}", "must begin with P"),
        ("evse", "E{location}", "the same ID every time"),
        ("evse", "E12", "the same ID every time"),
        ("evse", f"E{'1' * 26}{{number:6}}", "makes 32 characters after the E; 31 fit"),
        ("evse", "E-{number}", "character 2: only letters, digits and"),
        ("evse", "E{nummer}", "{nummer} is unknown"),
        ("evse", "E{number}{number}", "twice"),
        ("contract", "{number:9}", "8 characters after the C"),
        ("contract", "{number}", "8 characters after the C"),
        ("contract", "{location}{number:7}", "only have {number"),
    ],
)
def test_patterns_that_cannot_fit(kind: str, pattern: str, why: str) -> None:
    with pytest.raises(BadPattern) as refused:
        Pattern.parse(pattern, kind)
    assert why in str(refused.value)


def test_numbers_end_with_their_width() -> None:
    with pytest.raises(CannotMake, match="does not fit into 2 digits"):
        Pattern.parse("E{number:2}", "evse").make(PARTY, 100)


def test_what_somebody_has_is_passed_over(cpo: Party) -> None:
    place(cpo, "LOC1", "NLABCE000002", "nl*abc*e000003")
    made = services.mint(cpo, "evse", recipients("a", "b"))
    assert [one.number for one in made] == [1, 4]
    emsp = builders.party("NL*MSP", "EMSP", ours=True)
    tokens.save_token(emsp, builders.token("1", contract_id="NLMSPC00000001"))
    assert services.mint(emsp, "contract", recipients("c"))[0].number == 2


def test_a_failed_transaction_takes_no_number(cpo: Party) -> None:
    with transaction.atomic():
        services.mint(cpo, "evse", recipients("a"))
        transaction.set_rollback(True)
    assert services.mint(cpo, "evse", recipients("b"))[0].number == 1


def test_partners_parties_give_none() -> None:
    with pytest.raises(services.NotOurs):
        services.mint(builders.party("DE*XYZ"), "evse", recipients("a"))


@pytest.mark.django_db(transaction=True)
def test_fifty_workers_at_once() -> None:
    """Threads with their own connections: 50 times 40 IDs, none twice, none left out."""
    party = builders.party("NL*ABC", ours=True)
    problems: list[Exception] = []

    def work(worker: int) -> None:
        try:
            for batch in range(4):
                services.mint(party, "evse", recipients(*(f"{worker}/{batch}" for _ in range(10))))
        except Exception as problem:
            problems.append(problem)
        finally:
            database.close()

    threads = [threading.Thread(target=work, args=[worker]) for worker in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    numbers = MintedId.objects.order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, 2001))
    assert MintedId.objects.values("key").distinct().count() == 2000


def test_evses_without_an_id_get_one_and_partners_are_told(cpo: Party) -> None:
    builders.connection(pushes=("locations",))
    location = place(cpo, "LOC1", None, "NL*ABC*E9", None)
    before = Delivery.objects.count()
    keys = list(location.evses.values_list("pk", flat=True))
    assert len(assigning.assign(cpo, "evse", keys, actor="ada")) == 2
    ids = list(location.evses.order_by("id").values_list("evse_id", flat=True))
    assert ids == ["NL*ABC*E000001", "NL*ABC*E9", "NL*ABC*E000002"]
    assert Delivery.objects.count() >= max(before, 1)
    assert assigning.assign(cpo, "evse", keys, actor="ada") == []
    (other,) = assigning.assign(cpo, "evse", keys[1:2], overwrite=True, actor="ada")
    assert EVSE.objects.get(pk=keys[1]).evse_id == other.value == "NL*ABC*E000003"


def test_a_job_gives_ids_to_all_that_have_none(cpo: Party) -> None:
    first = place(cpo, "LOC1", None)
    place(cpo, "LOC2", None, None)
    row = services.pattern_of(cpo, "pool")
    services.set_pattern(row, "P{location}", actor="ada")
    for kind in ("evse", "pool"):
        job = assigning.start(cpo, kind, actor="ada")
        assigning.run(job)
        job.refresh_from_db()
        assert job.state == "done"
        assert not assigning.without(cpo, kind).exists()
    pool = MintedId.objects.get(location=first, kind="pool")
    assert pool.value == "NL*ABC*PLOC1"
    assert EVSE.objects.filter(evse_key="").count() == 0


def test_tokens_get_contracts_with_check_characters() -> None:
    owner = builders.party("NL*MSP", "EMSP", ours=True)
    token = tokens.save_token(owner, builders.token("77"))
    (made,) = assigning.assign(owner, "contract", [token.pk], overwrite=True, actor="ada")
    token = Token.objects.get(pk=token.pk)
    assert token.contract_id == made.value == str(ContractId.parse("NL-MSP-C00000001"))
    assert assigning.assign(owner, "contract", [token.pk], actor="ada") == []


def test_counts_lead_to_exactly_what_was_counted_and_the_page_writes_nothing(
    staff_client: Client, cpo: Party
) -> None:
    """The EVSE of a location that vanished is neither counted nor listed."""
    place(cpo, "LOC1", None)
    Location.objects.filter(pk=place(cpo, "GONE").pk).update(vanished_at="2026-01-01T00:00Z")
    emsp = builders.party("NL*MSP", "EMSP", ours=True)
    bare = tokens.save_token(emsp, builders.token("77"))
    Token.objects.filter(pk=bare.pk).update(contract_id="", contract_key="")
    tokens.save_token(emsp, builders.token("78", contract_id="NL-MSP-C00000078"))
    patterns = IdPattern.objects.order_by("kind").values_list("kind", flat=True)
    assert list(patterns) == ["contract", "evse", "pool", "station"]
    with CaptureQueriesContext(database) as asked:
        page = staff_client.get(list_url(IdPattern)).content.decode()
    assert not [one for one in asked if "INSERT INTO" in one["sql"] and "idpattern" in one["sql"]]
    lists = {
        "evse": list_url(EVSE, location__owner__id__exact=cpo.pk, has_id="no"),
        "contract": list_url(Token, owner__id__exact=emsp.pk, look="no_contract"),
    }
    for kind, url in lists.items():
        assert url in html.unescape(page)
        shown = {one.pk for one in staff_client.get(url).context["cl"].result_list}
        party = cpo if kind == "evse" else emsp
        assert shown == {one.pk for one in assigning.without(party, kind)}
        assert len(shown) == 1


def test_where_nothing_is_nothing_is_said_to_have_an_id(staff_client: Client, cpo: Party) -> None:
    builders.party("NL*MSP", "EMSP", ours=True)
    page = staff_client.get(list_url(IdPattern)).content.decode()
    assert page.count("Nothing here to have one") == 4
    assert "All have one" not in page

    place(cpo, "LOC1", "NL*ABC*E1")
    page = staff_client.get(list_url(IdPattern)).content.decode()
    assert page.count("All have one") == 1
    assert page.count("Nothing here to have one") == 1


def test_the_pages(staff_client: Client, log_in: LogIn, cpo: Party) -> None:
    location = place(cpo, "LOC1", None)
    url = list_url(IdPattern)
    page = staff_client.get(url).content.decode()
    assert "NL*ABC*E000001" in page
    row = IdPattern.objects.get(party=cpo, kind="evse")
    change = f"/admin/registers/idpattern/{row.pk}/pattern/"
    assert (
        "must begin with E" in staff_client.post(change, {"pattern": "X{number}"}).content.decode()
    )
    assert staff_client.post(change, {"pattern": "E7{number:3}"}).status_code == 302
    evse = location.evses.get()
    single = f"/admin/registers/idpattern/assign/evse/{evse.pk}/"
    assert "NL*ABC*E7001" in staff_client.get(single).content.decode()
    assert staff_client.post(single).status_code == 302
    evse.refresh_from_db()
    assert evse.evse_id == "NL*ABC*E7001"
    assert (
        staff_client.post(f"/admin/registers/idpattern/assign/pool/{location.pk}/").status_code
        == 302
    )
    assert "NL*ABC*P000001" in staff_client.get(page_url(location)).content.decode()
    station = IdPattern.objects.get(party=cpo, kind="station")
    everything = f"/admin/registers/idpattern/{station.pk}/assign-all/"
    assert "1 have none" in staff_client.get(everything).content.decode()
    assert staff_client.post(everything).status_code == 302
    assert Job.objects.filter(kind=assigning.KIND).exists()
    viewer = log_in("viewers")
    assert viewer.get(url).status_code == 200
    assert viewer.post(single).status_code == 403
    assert "NL*ABC*P000001" in viewer.get(list_url(MintedId, q="nlabcp000001")).content.decode()
