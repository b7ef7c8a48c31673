"""What a partner reads from us (OCPI 2.3.0, mod_tariffs, Sender interface)."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from exchange.models import LossCount
from ocpi.datetimes import format_datetime
from parties.choices import Sharing
from parties.models import Agreement, AgreementShare, SelectedObject
from tests import builders
from tests.builders import EARLIER, LATER, LATEST, Partner
from tests.tariffs.support import SENDER, hold, said

pytestmark = pytest.mark.django_db
VERSIONS = ("2.1.1", "2.2.1", "2.3.0")


def emsp(version: str = "2.2.1", **options: object) -> Partner:
    return builders.partner(
        f"EMSP {version}",
        speaks_for=(builders.party("NL*EMP", "EMSP"),),
        version=version,
        **options,
    )


def ids(partner: Partner, query: str = "") -> list[str]:
    answer = partner.get(f"{SENDER}{query}")
    assert answer.http_status == 200
    assert answer.headers["X-Total-Count"] == str(len(answer.data)) or query
    return [document["id"] for document in answer.data]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_list_holds_tariffs_as_each_version_writes_them(version: str) -> None:
    """F-001."""
    hold(builders.tariff())

    answer = emsp(version).get(SENDER)

    assert answer.data == [said(builders.tariff(), version)]
    assert answer.headers["X-Total-Count"] == "1"
    assert "Link" not in answer.headers


def test_following_the_links_gives_everything_once_and_in_order() -> None:
    """T-076."""
    hold(*(builders.tariff(f"T{n}") for n in range(5)))
    partner, seen, query = emsp(), [], "?limit=2"
    for _ in range(9):
        answer = partner.get(f"{SENDER}{query}")
        assert answer.headers["X-Total-Count"] == "5"
        seen += [document["id"] for document in answer.data]
        if "Link" not in answer.headers:
            break
        query = "?" + urlsplit(answer.headers["Link"].split(">")[0].lstrip("<")).query
    assert seen == [f"T{n}" for n in range(5)]


def test_date_from_is_inclusive_and_date_to_exclusive() -> None:
    hold(
        builders.tariff("A", last_updated=EARLIER),
        builders.tariff("B", last_updated=LATER),
        builders.tariff("C", last_updated=LATEST),
    )
    partner = emsp()
    assert ids(partner, f"?date_from={LATER}") == ["B", "C"]
    assert ids(partner, f"?date_from={LATER}&date_to={LATEST}") == ["B"]


@pytest.mark.parametrize("query", ["?limit=x", "?offset=-1", "?date_from=today", "?after=x"])
def test_bad_parameters_are_2001(query: str) -> None:
    answer = emsp().get(f"{SENDER}{query}")
    assert (answer.http_status, answer.code) == (200, 2001)


def test_there_is_no_address_of_a_single_tariff() -> None:
    """F-001."""
    hold(builders.tariff())
    assert emsp().get(f"{SENDER}/T1").http_status == 404


def test_future_and_past_tariffs_are_listed_where_the_version_can_say_when() -> None:
    """F-025."""
    now = timezone.now()
    hold(
        builders.tariff("FUTURE", start_date_time=format_datetime(now + timedelta(days=1))),
        builders.tariff("NOW", end_date_time=format_datetime(now + timedelta(days=1))),
        builders.tariff("PAST", end_date_time=format_datetime(now - timedelta(days=1))),
    )
    assert ids(emsp("2.3.0")) == ids(emsp("2.2.1")) == ["FUTURE", "NOW", "PAST"]
    assert ids(emsp("2.1.1")) == ["NOW"]


def test_what_a_version_cannot_say_is_neither_listed_nor_counted() -> None:
    """T-066."""
    hold(builders.tariff("ANY"), builders.tariff("LEAST", min_price={"before_taxes": 1}))
    assert ids(emsp("2.1.1")) == ["ANY"]
    assert ids(emsp("2.2.1")) == ["ANY", "LEAST"]


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1"])
def test_a_price_whose_tax_has_to_be_taken_out_is_a_number_like_any_other(version: str) -> None:
    """F-027, T-102: and the list does not fail because of it."""
    component = {"type": "ENERGY", "price": 0.30, "vat": 21, "step_size": 1}
    gross = builders.tariff(tax_included="YES", elements=[{"price_components": [component]}])
    hold(gross, builders.tariff("T2"))
    partner = emsp(version)

    assert ids(partner) == ["T1", "T2"]
    (element,) = partner.get(SENDER).data[0]["elements"]
    assert element["price_components"][0]["price"] == 0.2479


def test_what_is_lost_on_the_way_is_counted() -> None:
    hold(builders.tariff(type="REGULAR"))
    partner = emsp("2.1.1")
    partner.get(SENDER)
    lost = LossCount.objects.get(connection=partner.connection, path="type")
    assert (lost.module, lost.version, lost.example_reference) == (
        "tariffs",
        "2.1.1",
        "NL*ABC/T1",
    )


def test_only_the_parties_presented_to_a_connection_are_seen() -> None:
    hold(builders.tariff("A", owner="NL*ABC"), builders.tariff("B", owner="NL*XYZ"))
    assert ids(emsp(presents=(builders.party("NL*XYZ", ours=True),))) == ["B"]


def test_what_another_partner_told_us_is_not_passed_on() -> None:
    cpo = builders.partner("CPO", speaks_for=(builders.party("NL*FOR"),))
    cpo.put("receiver/tariffs/NL/FOR/T1", said(builders.tariff(owner="NL*FOR"), "2.2.1"))
    assert ids(emsp()) == []


@pytest.mark.parametrize(
    ("sharing", "selected", "expected"),
    [
        (Sharing.PUBLIC, [], ["A", "B"]),
        (Sharing.SELECTED, ["B"], ["B"]),
        (Sharing.EXCEPT, ["B"], ["A"]),
        (Sharing.NOTHING, [], []),
    ],
)
def test_an_agreement_limits_what_is_seen(
    sharing: str, selected: list[str], expected: list[str]
) -> None:
    hold(builders.tariff("A"), builders.tariff("B"))
    partner = emsp()
    agreement = Agreement.objects.create(
        ours=builders.party("NL*ABC"), theirs=builders.party("NL*EMP", "EMSP")
    )
    share = AgreementShare.objects.create(agreement=agreement, module="tariffs", sharing=sharing)
    for key in selected:
        SelectedObject.objects.create(share=share, object_key=key)
    assert ids(partner) == expected


def test_a_tariff_without_prices_is_kept_and_not_given_out() -> None:
    """F-009."""
    received = hold(builders.tariff("EMPTY", elements=[]), builders.tariff("WHOLE"))
    assert received.counts.created == 2
    for version in VERSIONS:
        assert ids(emsp(version)) == ["WHOLE"]


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1"])
def test_prices_that_are_worked_out_without_tax_are_listed(version: str) -> None:
    priced = builders.priced(ENERGY=0.42)
    priced["price_components"][0]["vat"] = 21.0
    hold(builders.tariff(tax_included="YES", elements=[priced]))
    (tariff,) = emsp(version).get(SENDER).data
    assert tariff["elements"][0]["price_components"][0]["price"] == 0.3471


@pytest.mark.parametrize("method", ["PUT", "PATCH", "POST", "DELETE"])
def test_the_list_is_only_read(method: str) -> None:
    assert emsp().call(method, SENDER, {}).http_status == 405
