"""Signed meter values on the page of a CDR, and the keys of meters that staff know."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cdrs import selectors
from cdrs.models import CDR
from ocpi.signed_values import Outcome
from parties.models import Event
from review import checking, signed
from review.choices import ReviewState
from review.models import CDRReview, MeterKey
from review.services import meters
from roaming import permissions
from tests import builders
from tests.cdrs.support import held, hold
from tests.ocpi.signing import Meter, reading, signed_data
from tests.staff.conftest import LogIn, log_in, no_cached_figures

__all__ = ["log_in", "no_cached_figures"]
pytestmark = pytest.mark.django_db


def charge(meter: Meter, last: float = 110) -> str:
    """A record of the charge of ``builders.cdr``."""
    return meter.record(
        reading("B", 100, "10:00:00", TM="2026-01-01T10:00:00,000+0000 S"),
        reading("E", last, "11:00:00", TM="2026-01-01T11:00:00,000+0000 S"),
    )


def cdr(meter: Meter, record: str = "", **changes: Any) -> CDR:
    data = signed_data(record or charge(meter), key=meter.der, **changes)
    hold(builders.cdr(signed_data=data))
    return held()


def looked(row: CDR) -> signed.Looked:
    found = signed.look(row, selectors.document_of(row.pk))
    assert found is not None
    return found


def keep(row: CDR, signing: Meter, **given: Any) -> MeterKey:
    known: dict[str, Any] = {"meter": signing.serial, "evse_id": "", **given}
    all_given = meters.Given(owner=row.owner, public_key=signing.der.hex(), **known)
    return meters.keep(all_given, actor="fay")


def page(client: Client, row: CDR) -> str:
    answer = client.get(reverse("admin:cdrs_cdr_change", args=[row.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in(permissions.FINANCE)


def test_the_page_says_whether_the_meter_signed_and_what_differs(client: Client) -> None:
    meter = Meter()
    shown = page(client, cdr(meter, charge(meter, last=109)))
    for words in (
        "Signed meter values",
        "Verified",
        "nothing else vouches for it",
        "The CDR bills 10 kWh, the meter signed 9 kWh (from 100 to 109 kWh).",
        "No key is known of this meter",
    ):
        assert words in shown


def test_a_forged_record_does_not_match(client: Client) -> None:
    meter = Meter()
    shown = page(client, cdr(meter, charge(meter).replace('"RV": 110', '"RV": 190')))
    assert "Does not match" in shown


def test_a_cdr_without_signed_values_has_no_such_section(client: Client) -> None:
    hold(builders.cdr())
    assert "Signed meter values" not in page(client, held())


def test_a_known_key_vouches_and_flags_a_cdr_with_another(client: Client) -> None:
    meter, other = Meter(), Meter()
    row = cdr(meter)
    keep(row, other)
    found = looked(row)
    assert found.outcome is Outcome.DOES_NOT_MATCH
    assert found.key_differs
    assert "carries another key than the one known" in page(client, row)


def test_the_key_that_was_in_use_when_the_charge_began_counts() -> None:
    """A meter that was replaced has another key from then on; the serial number goes before the EVSE."""
    meter, before = Meter(), Meter()
    row = cdr(meter)
    keep(row, before, used_until=row.start_date_time)
    keep(row, before, meter="", evse_id="nl*abc-e3256")
    right = keep(row, meter, used_from=row.start_date_time)
    found = looked(row)
    assert found.known == right
    assert found.verdicts[0].vouched

    right.delete()
    assert looked(row).key_differs


def test_keys_of_another_cpo_do_not_count() -> None:
    row = cdr(Meter())
    other = builders.party("NL*OTH", "CPO")
    meters.keep(meters.Given(other, "METER-1", "", Meter().der.hex()), actor="fay")
    assert looked(row).known is None


def test_only_the_worst_verdict_counts() -> None:
    meter = Meter()
    good, forged = charge(meter), charge(meter).replace('"RV": 110', '"RV": 190')
    hold(builders.cdr(signed_data=signed_data(good, forged, key=meter.der)))
    assert looked(held()).outcome is Outcome.DOES_NOT_MATCH


def test_staff_keep_the_key_a_cdr_carries_and_it_is_written_down(client: Client) -> None:
    meter = Meter()
    row = cdr(meter)
    shown = page(client, row)
    found = re.search(r'href="([^"]*/meterkey/add/[^"]*)"', shown)
    assert found is not None
    address = html.unescape(found[1])
    form = client.get(address)
    assert form.status_code == 200
    given = form.context["adminform"].form.initial
    sent = {name: given.get(name, "") for name in ("owner", "meter", "public_key", "curve", "note")}
    answer = client.post(reverse("admin:review_meterkey_add"), {**sent, "evse_id": ""})
    assert answer.status_code == 302, answer.context["errors"]
    kept = MeterKey.objects.get()
    assert (kept.owner, kept.meter, kept.curve) == (row.owner, "METER-1", "secp256r1")
    assert kept.public_key == meter.der.hex()
    event = Event.objects.get(name="meterkey.kept")
    assert event.actor == kept.added_by
    assert looked(row).verdicts[0].vouched
    assert "key that is known of this meter" in page(client, row)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"public_key": "nonsense!"}, "neither hex nor base64"),
        ({"meter": "", "evse_id": "*"}, "of which meter or EVSE"),
    ],
)
def test_what_cannot_be_a_key_is_refused(
    client: Client, changes: dict[str, str], words: str
) -> None:
    owner = builders.party("NL*ABC", "CPO")
    given = {"owner": owner.pk, "meter": "M", "evse_id": "", "public_key": Meter().der.hex()}
    answer = client.post(reverse("admin:review_meterkey_add"), {**given, **changes})
    assert words in answer.content.decode()
    assert not MeterKey.objects.exists()


def test_a_key_is_changed_and_discarded(client: Client) -> None:
    row = cdr(Meter())
    key = keep(row, Meter())
    given = {"owner": row.owner_id, "meter": "OTHER", "evse_id": "", "public_key": key.public_key}
    change = reverse("admin:review_meterkey_change", args=[key.pk])
    assert client.post(change, given).status_code == 302
    assert MeterKey.objects.get().meter_key == "OTHER"
    assert (
        "OTHER"
        in client.get(reverse("admin:review_meterkey_changelist") + "?q=other").content.decode()
    )
    client.post(reverse("admin:review_meterkey_delete", args=[key.pk]), {"post": "yes"})
    assert not MeterKey.objects.exists()
    assert Event.objects.filter(name="meterkey.discarded").exists()


def test_viewers_change_no_keys(log_in: LogIn) -> None:
    client = log_in(permissions.VIEWERS)
    assert client.get(reverse("admin:review_meterkey_changelist")).status_code == 200
    assert client.get(reverse("admin:review_meterkey_add")).status_code == 403
    meter = Meter()
    assert "Keep this key" not in page(client, cdr(meter))


def findings() -> list[str]:
    """The messages of what the checks find about signed values."""
    checking.drain()
    (row,) = CDRReview.objects.all()
    return [one["message"] for one in row.findings if one["code"] == "signed"]


def test_a_cdr_with_another_key_than_the_known_one_is_to_be_reviewed() -> None:
    meter, other = Meter(), Meter()
    owner = builders.party("NL*ABC", "CPO", ours=True)
    given = meters.Given(owner, meter.serial, "", meter.der.hex())
    meters.keep(given, actor="fay")
    cdr(other, charge(other))
    assert findings() == ["A signature does not belong to the meter values that it came with."]
    assert CDRReview.objects.get().state == ReviewState.FLAGGED


def test_a_cdr_whose_record_fits_a_known_key_but_carries_another_is_to_be_reviewed() -> None:
    meter, other = Meter(), Meter()
    owner = builders.party("NL*ABC", "CPO", ours=True)
    meters.keep(meters.Given(owner, "", "NL*ABC*E3256", meter.der.hex()), actor="fay")
    hold(builders.cdr(signed_data=signed_data(charge(meter), key=other.der)))
    assert findings() == ["It carries another key than the one that is known of the meter."]


def test_a_cdr_signed_with_the_known_key_is_fine() -> None:
    meter = Meter()
    owner = builders.party("NL*ABC", "CPO", ours=True)
    meters.keep(meters.Given(owner, meter.serial, "", meter.der.hex()), actor="fay")
    cdr(meter)
    assert findings() == []
