"""What a partner tells us (OCPI 2.3.0, mod_tariffs, Receiver interface)."""

from __future__ import annotations

from typing import Any

import pytest

from parties.models import Party
from tariffs.models import Tariff
from tests import builders
from tests.builders import EARLIER, LATER, LATEST, Partner
from tests.tariffs.support import RECEIVER, held, hold, said

pytestmark = pytest.mark.django_db
VERSIONS = ("2.1.1", "2.2.1", "2.3.0")
URL = f"{RECEIVER}/NL/FOR/T1"


@pytest.fixture
def owner(db: None) -> Party:
    return builders.party("NL*FOR")


@pytest.fixture
def cpo(owner: Party) -> Partner:
    return builders.partner("CPO", speaks_for=(owner,))


def at(version: str, owner: Party) -> Partner:
    return builders.partner(f"CPO {version}", speaks_for=(owner,), version=version)


def theirs(version: str = "2.2.1", **fields: Any) -> dict[str, Any]:
    return said(builders.tariff(owner="NL*FOR", **fields), version)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_tariff_comes_in_and_is_read_back_at_each_version(version: str, owner: Party) -> None:
    """F-001, T-046, T-047, T-130."""
    cpo = at(version, owner)

    assert cpo.put(URL, theirs(version)).http_status == 201
    assert cpo.put(URL, theirs(version)).http_status == 200

    assert cpo.get(f"{RECEIVER}/nl/for/t1").data == theirs(version)
    tariff = held(owner)
    assert (tariff.currency, tariff.tax_included, tariff.is_free) == ("EUR", "NO", False)
    assert tariff.received_from == cpo.connection
    assert not tariff.versions.exists()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_deleted_tariff_is_gone_and_kept_as_history(version: str, owner: Party) -> None:
    """F-004."""
    cpo = at(version, owner)
    cpo.put(URL, theirs(version))

    assert cpo.delete(URL).code == 1000
    assert cpo.get(URL).http_status == 404
    assert held(owner).deleted_at is not None

    assert cpo.delete(URL).code == 1000
    assert cpo.put(URL, theirs(version)).http_status == 201
    assert cpo.get(URL).data == theirs(version)


def test_deleting_what_never_was_here_is_404(cpo: Partner) -> None:
    """F-004."""
    assert cpo.delete(URL).http_status == 404


def test_a_patch_changes_what_it_names(owner: Party) -> None:
    """F-002."""
    cpo = at("2.1.1", owner)
    cpo.put(URL, theirs("2.1.1"))
    elements = [builders.priced(TIME=2.5)]

    assert cpo.patch(URL, {"elements": elements, "last_updated": LATER}).code == 1000

    assert cpo.get(URL).data == theirs("2.1.1", elements=elements, last_updated=LATER)
    assert held(owner).versions.count() == 1


def test_a_patch_without_a_time_is_of_now(owner: Party) -> None:
    """F-002."""
    cpo = at("2.1.1", owner)
    cpo.put(URL, theirs("2.1.1"))

    assert cpo.patch(URL, {"currency": "SEK"}).code == 1000

    answer = cpo.get(URL).data
    assert answer["currency"] == "SEK"
    assert answer["last_updated"] > EARLIER


def test_a_patch_of_a_later_version_is_405(cpo: Partner, owner: Party) -> None:
    """F-003."""
    cpo.put(URL, theirs())
    for partner in (cpo, at("2.3.0", owner)):
        assert partner.patch(URL, {"currency": "SEK"}).http_status == 405
    assert held(owner).currency == "EUR"


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ({"elements": []}, 2001),
        ({"currency": "EURO"}, 2001),
        ({"currency": None}, 2001),
        ({"id": "T2"}, 2001),
        ({"last_updated": "yesterday"}, 2001),
    ],
)
def test_a_patch_that_leaves_no_tariff_is_2001(
    patch: dict[str, Any], expected: int, owner: Party
) -> None:
    cpo = at("2.1.1", owner)
    cpo.put(URL, theirs("2.1.1"))
    assert cpo.patch(URL, patch).code == expected
    assert cpo.get(URL).data == theirs("2.1.1")


def test_a_patch_cannot_give_a_tariff_away(owner: Party) -> None:
    cpo = at("2.1.1", owner)
    cpo.put(URL, theirs("2.1.1"))
    cpo.patch(URL, {"party_id": "XYZ", "currency": "SEK"})
    assert held(owner).document["party_id"] == "FOR"
    assert Tariff.objects.count() == 1


def test_a_patch_of_nothing_is_404(owner: Party) -> None:
    cpo = at("2.1.1", owner)
    assert cpo.patch(URL, {"currency": "SEK"}).http_status == 404
    cpo.put(URL, theirs("2.1.1"))
    cpo.delete(URL)
    assert cpo.patch(URL, {"currency": "SEK"}).http_status == 404


@pytest.mark.parametrize(
    ("version", "fields", "path"),
    [
        ("2.3.0", {"tax_included": None}, "tax_included"),
        ("2.3.0", {"tax_included": "MAYBE"}, "tax_included"),
        ("2.3.0", {"min_price": {"excl_vat": 1}}, "min_price.before_taxes"),
        ("2.2.1", {"elements": []}, "elements"),
        ("2.2.1", {"elements": [{"price_components": []}]}, "elements.0.price_components"),
        ("2.2.1", {"elements": [{**builders.priced({"start_time": "24:00"}, ENERGY=1)}]},
         "elements.0.restrictions.start_time"),
        ("2.2.1", {"id": "T2"}, "id"),
        ("2.2.1", {"party_id": "XYZ"}, "party_id"),
    ],
)  # fmt: skip
def test_what_is_no_tariff_is_2001_and_says_where(
    version: str, fields: dict[str, Any], path: str, owner: Party
) -> None:
    """F-007, F-008, F-009, F-014."""
    answer = at(version, owner).put(URL, {**theirs(version), **fields})
    assert (answer.http_status, answer.code) == (200, 2001)
    assert path in [problem["path"] for problem in answer.data]
    assert not Tariff.objects.exists()


def test_a_restriction_that_2_1_1_does_not_know_is_not_taken_for_unrestricted(
    owner: Party,
) -> None:
    elements = [builders.priced({"max_current": 10}, ENERGY=1)]
    answer = at("2.1.1", owner).put(URL, theirs("2.1.1", elements=elements))
    assert answer.code == 2001
    assert "max_current" in answer.message


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_foreign_party_is_neither_read_nor_written(cpo: Partner, method: str) -> None:
    """T-134."""
    stranger = builders.partner("Stranger", speaks_for=(builders.party("NL*OTH"),))
    cpo.put(URL, theirs())

    assert stranger.call(method, URL, theirs()).http_status == 404
    assert cpo.get(URL).data == theirs()


def test_ours_are_not_touched_by_a_partner(cpo: Partner) -> None:
    hold(builders.tariff())
    url = f"{RECEIVER}/NL/ABC/T1"
    assert cpo.put(url, said(builders.tariff(currency="SEK"), "2.2.1")).http_status == 404
    assert cpo.delete(url).http_status == 404
    assert Tariff.objects.get().currency == "EUR"


def test_an_older_state_is_passed_over(cpo: Partner, owner: Party) -> None:
    """L-048."""
    cpo.put(URL, theirs(currency="SEK", last_updated=LATEST))
    assert cpo.put(URL, theirs(currency="EUR", last_updated=EARLIER)).code == 1000
    assert held(owner).currency == "SEK"


def test_an_unknown_token_is_401(cpo: Partner) -> None:
    cpo.token = "unknown"
    assert cpo.get(URL).http_status == 401
