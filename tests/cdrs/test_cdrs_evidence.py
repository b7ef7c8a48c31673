"""A CDR is evidence: nobody changes it, and what names a driver can be destroyed without touching the amounts."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from cdrs import selectors, services
from cdrs.models import CDR, CDRConflict, CDROriginal
from parties.models import Event
from tests import builders
from tests.cdrs.support import RECEIVER, held, hold, poster, said

pytestmark = pytest.mark.django_db
SIGNED = {
    "encoding_method": "OCMF",
    "signed_values": [{"nature": "Start", "plain_data": "ID:012345678", "signed_data": "x"}],
}


@pytest.mark.parametrize(
    "changes",
    [{"total_cost": 0}, {"version": 2}, {"token_uid": "X"}, {"document": {}}, {"emsp": None}],
)
def test_the_database_refuses_to_change_a_cdr(changes: dict[str, Any]) -> None:
    """D-005."""
    hold(builders.cdr())
    with pytest.raises(IntegrityError, match="cannot be changed"), transaction.atomic():
        CDR.objects.update(**changes)
    assert held().total_cost > 0


def test_the_database_refuses_to_delete_what_was_received() -> None:
    """D-005."""
    hold(builders.cdr())
    for rows in (CDROriginal.objects.all(), CDR.objects.all()):
        with pytest.raises(IntegrityError, match="cannot be deleted"), transaction.atomic():
            rows._raw_delete("default")
    with pytest.raises(IntegrityError, match="cannot be changed"), transaction.atomic():
        CDROriginal.objects.update(content=b"")


def test_a_connection_may_end_without_its_cdrs() -> None:
    partner = poster()
    partner.call("POST", RECEIVER, said(builders.cdr(), "2.2.1"))
    partner.connection.delete()
    assert held().received_from is None


def test_forgetting_a_driver_destroys_the_key_and_keeps_the_amounts() -> None:
    partner = poster("2.3.0")
    document = builders.cdr(signed_data=SIGNED)
    partner.call("POST", RECEIVER, document)
    partner.call("POST", RECEIVER, {**document, "cdr_token": builders.cdr_token(uid="OTHER")})
    before = held()

    assert services.forget(held(), actor="anna")
    assert not services.forget(held(), actor="anna")

    after = held()
    assert selectors.original_of(after.original) is None
    assert after.document["cdr_token"] == {
        "country_code": "DE",
        "party_id": "XYZ",
        "type": "RFID",
        "uid": services.FORGOTTEN,
        "contract_id": services.FORGOTTEN,
    }
    assert "012345678" not in str(after.document)
    assert (after.token_uid, after.contract_key) == (services.FORGOTTEN, services.FORGOTTEN)
    for name in ("total_cost", "energy", "emsp_id", "original_sha256", "content_sha256", "address"):
        assert getattr(after, name) == getattr(before, name)
    conflict = CDRConflict.objects.get()
    assert (conflict.key_encrypted, conflict.differences) == (None, [])
    assert Event.objects.get(name="cdr.forgotten").actor == "anna"


def test_what_was_forgotten_comes_again_and_is_still_the_same() -> None:
    """D-028."""
    partner = poster("2.3.0")
    document = builders.cdr(signed_data=SIGNED)
    first = partner.call("POST", RECEIVER, document)
    services.forget(held())
    again = partner.call("POST", RECEIVER, {**document, "total_energy": 10.00})
    assert again.headers["Location"] == first.headers["Location"]
    assert partner.call("POST", RECEIVER, {**document, "total_energy": 11}).code == 2001
    assert held().token_uid == services.FORGOTTEN
