"""Signed meter values: read in every way they are sent, verified, and compared with the CDR."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ocpi.signed_values import Format, Outcome, SignedValues, compare, energy, read, remarks, verify
from tests.ocpi.signing import Meter, reading, signed_data

CURVES = [
    *("secp192r1", "secp256r1", "secp256k1", "secp384r1"),
    *("brainpoolP256r1", "brainpool256r1", "brainpool384r1"),
]


def of(signed: dict[str, Any]) -> SignedValues:
    found = read({"signed_data": signed})
    assert found is not None
    return found


def outcomes(signed: dict[str, Any], known: str = "") -> list[Outcome]:
    return [verdict.outcome for verdict in verify(of(signed), known)]


@pytest.mark.parametrize("curve", CURVES)
def test_every_curve_of_the_format_but_one_is_verified(curve: str) -> None:
    """OCMF 1.4, table 22."""
    meter = Meter(curve)
    record = meter.charge()
    assert outcomes(signed_data(record, key=meter.der)) == [Outcome.VERIFIED]
    tampered = record.replace("112.5", "113.5")
    assert outcomes(signed_data(tampered, key=meter.der)) == [Outcome.DOES_NOT_MATCH]


def test_the_curve_that_cannot_be_calculated_with_is_said_so() -> None:
    """OCMF 1.4, table 22: secp192k1."""
    meter = Meter()
    record = meter.charge().replace("secp256r1", "secp192k1")
    (verdict,) = verify(of(signed_data(record, key=meter.der)))
    assert verdict.outcome is Outcome.CURVE_UNSUPPORTED
    assert "secp192k1" in verdict.words
    key = "3046301006072A8648CE3D020106052B8104001F03320004" + "11" * 48
    (verdict,) = verify(of(signed_data(meter.charge(), key=key)))
    assert verdict.outcome is Outcome.CURVE_UNSUPPORTED


@pytest.mark.parametrize(
    "write",
    [
        lambda meter: meter.der.hex(),
        lambda meter: meter.der.hex(" ", 2).upper(),
        lambda meter: base64.b64encode(meter.der).decode(),
        lambda meter: base64.urlsafe_b64encode(meter.der).decode().rstrip("="),
        lambda meter: base64.b64encode(meter.der.hex().encode()).decode(),
        lambda meter: (
            meter.key.public_key()
            .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
            .decode()
        ),
        lambda meter: f"oca:base16:asn1:{meter.der.hex()}",
        lambda meter: base64.b64encode(f"oca:base16:asn1:{meter.der.hex()}".encode()).decode(),
        lambda meter: meter.point.hex(),
        lambda meter: base64.b64encode(meter.point).decode(),
        lambda meter: meter.point[1:].hex(),
        lambda meter: (
            meter.key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint).hex()
        ),
    ],
)
def test_keys_are_read_however_they_are_written(write: Any) -> None:
    """OCPI 2.3.0, mod_cdrs, SignedData: ``public_key`` is base64 of nothing in particular."""
    for curve in ("secp256r1", "secp256k1"):
        meter = Meter(curve)
        assert outcomes(signed_data(meter.charge(), key=write(meter))) == [Outcome.VERIFIED]


@pytest.mark.parametrize("key", ["no key", "MFkw", "04" + "11" * 64, "3059", "AAAA"])
def test_a_damaged_key_is_said_so(key: str) -> None:
    assert outcomes(signed_data(Meter().charge(), key=key)) == [Outcome.KEY_UNREADABLE]


def test_a_key_of_another_kind_is_not_supported() -> None:
    key = rsa.generate_private_key(65537, 2048).public_key()
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert outcomes(signed_data(Meter().charge(), key=der)) == [Outcome.CURVE_UNSUPPORTED]


def test_without_any_key_nothing_is_claimed() -> None:
    assert outcomes(signed_data(Meter().charge())) == [Outcome.KEY_UNKNOWN]


def test_a_key_known_before_vouches_and_another_in_the_cdr_is_flagged() -> None:
    meter, other = Meter(), Meter()
    record = meter.charge()
    (own,) = verify(of(signed_data(record, key=meter.der)))
    assert own.outcome is Outcome.VERIFIED
    assert not own.vouched
    assert "nothing else vouches" in own.words

    (known,) = verify(of(signed_data(record)), meter.der.hex())
    assert known.vouched
    assert not known.key_differs

    (other_key,) = verify(of(signed_data(record, key=other.der)), meter.der.hex())
    assert other_key.outcome is Outcome.VERIFIED
    assert other_key.key_differs

    (forged,) = verify(of(signed_data(other.charge(), key=other.der)), meter.der.hex())
    assert forged.outcome is Outcome.DOES_NOT_MATCH
    assert forged.key_differs
    assert not forged.vouched
    assert "With the key it carries the signature matches" in forged.words


def test_a_bare_point_that_is_known_takes_the_curve_it_was_entered_with() -> None:
    meter = Meter("secp256k1")
    payload = meter.payload(reading("B", 1, "10:00:00"))
    record = f'OCMF|{payload}|{{"SD": "{meter.signature(payload).hex()}"}}'
    (verdict,) = verify(of(signed_data(record)), meter.point.hex(), "secp256k1")
    assert verdict.outcome is Outcome.VERIFIED


@pytest.mark.parametrize(
    "spread",
    [
        lambda whole, payload, section: (whole, ""),
        lambda whole, payload, section: ("", whole),
        lambda whole, payload, section: (payload, whole),
        lambda whole, payload, section: ("", whole.encode().hex()),
        lambda whole, payload, section: (payload, base64.b64encode(whole.encode()).decode()),
        lambda whole, payload, section: (payload, section),
        lambda whole, payload, section: (payload, base64.b64encode(section.encode()).decode()),
        lambda whole, payload, section: (payload, json.loads(section)["SD"]),
        lambda whole, payload, section: (
            f"OCMF|{payload}",
            base64.b64encode(bytes.fromhex(json.loads(section)["SD"])).decode(),
        ),
    ],
)
def test_ocmf_is_found_however_it_is_spread_over_the_two_fields(spread: Any) -> None:
    """OCPI 2.3.0, mod_cdrs, SignedValue, which leaves it open."""
    meter = Meter()
    payload = meter.payload(reading("B", 1, "10:00:00"), reading("E", 3, "11:00:00"))
    section = meter.section(payload)
    plain, signed = spread(f"OCMF|{payload}|{section}", payload, section)
    values = [{"nature": "End", "plain_data": plain, "signed_data": signed}]
    assert outcomes(signed_data(key=meter.der, signed_values=values)) == [Outcome.VERIFIED]


def test_what_was_signed_is_taken_character_by_character() -> None:
    """OCMF 1.4, Payload Data Section: white space counts, and a separator within a text ends nothing."""
    meter = Meter()
    payload = meter.payload(reading("B", 1, "10:00:00"), ID="with|{ a bar").replace(", ", " ,\n ")
    record = f"OCMF|{payload}\n|{meter.section(payload + chr(10))}"
    assert outcomes(signed_data(record, key=meter.der)) == [Outcome.VERIFIED]
    assert outcomes(signed_data(record.replace(" ,\n ", ", "), key=meter.der)) == [
        Outcome.DOES_NOT_MATCH
    ]


def test_signatures_are_read_as_meters_write_them() -> None:
    """In base64, with both numbers side by side, or without the zero byte of ASN.1."""
    meter = Meter("secp384r1")
    payload = meter.payload(reading("B", 1, "10:00:00"))
    raw = meter.signature(payload)
    numbers = [number.to_bytes(48) for number in decode_dss_signature(raw)]
    loose = b"".join(b"\x02" + bytes([48]) + number for number in numbers)
    loose = b"\x30" + bytes([len(loose)]) + loose
    for encoding, text in (
        ("base64", base64.b64encode(raw).decode()),
        ("hex", raw.hex().upper()),
        ("hex", b"".join(numbers).hex()),
        ("hex", loose.hex()),
    ):
        section = {"SA": "ECDSA-secp384r1-SHA256", "SE": encoding, "SD": text}
        record = f"OCMF|{payload}|{json.dumps(section)}"
        assert outcomes(signed_data(record, key=meter.der)) == [Outcome.VERIFIED]


def test_longer_hashes_are_verified_and_other_methods_said() -> None:
    meter = Meter("secp384r1")
    payload = meter.payload(reading("B", 1, "10:00:00"))
    longer = {
        "SA": "ECDSA-secp384r1-SHA384",
        "SD": meter.signature(payload, hashes.SHA384()).hex(),
    }
    record = f"OCMF|{payload}|{json.dumps(longer)}"
    assert outcomes(signed_data(record, key=meter.der)) == [Outcome.VERIFIED]
    other = f"OCMF|{payload}|{json.dumps({**longer, 'SA': 'RSA-2048-SHA256'})}"
    assert outcomes(signed_data(other, key=meter.der)) == [Outcome.CURVE_UNSUPPORTED]


@pytest.mark.parametrize(
    ("method", "data", "kind"),
    [
        ("Alfen Eichrecht", "x", Format.ALFEN),
        ("", "AP;0;3;ALCV3ABBBISHMA2RYEGAZE3HV5YQ", Format.ALFEN),
        ("EDL40 Mennekes", "x", Format.EDL),
        ("ISA", "1B1B1B1B0101010176", Format.EDL),
        ("", base64.b64encode(bytes.fromhex("1B1B1B1B01010101")).decode(), Format.EDL),
        ("", "<?xml version='1.0'?><values/>", Format.SAFE_XML),
        ("Something", "x", Format.UNKNOWN),
    ],
)
def test_other_formats_are_named_and_nothing_is_claimed(
    method: str, data: str, kind: Format
) -> None:
    values = [{"nature": "End", "plain_data": "", "signed_data": data}]
    signed = of(signed_data(encoding_method=method, signed_values=values))
    assert signed.format is kind
    (verdict,) = verify(signed)
    assert verdict.outcome is Outcome.NOT_UNDERSTOOD
    assert verdict.words
    assert compare(signed, {"total_energy": 1}) == []


@pytest.mark.parametrize(
    "record",
    [
        "OCMF|",
        "OCMF|{}",
        "OCMF|{}|{}",
        "OCMF|nothing|{}",
        "OCMF|[1]|{}",
        "OCMF|{} x |{}",
        'OCMF|{"RD": 1}|{"SD": "00"}',
        'OCMF|{"RD": [1]}|{"SD": "00"}',
        'OCMF|{"MS": 1, "MS": 2}|{"SD": "00"}',
        'OCMF|{"RD": []}|{"SD": ""}',
        'OCMF|{"RD": []}|{"SD": "!!"}',
        "OCMF|" + "[" * 4000,
    ],
)
def test_damaged_records_are_told_and_never_raise(record: str) -> None:
    values = [{"nature": "End", "plain_data": record, "signed_data": ""}]
    signed = of(signed_data(key=Meter().der, signed_values=values))
    (verdict,) = verify(signed)
    assert verdict.outcome is Outcome.NOT_UNDERSTOOD
    assert verdict.words
    compare(signed, {"total_energy": 1})


@pytest.mark.parametrize(
    "signed", [None, "x", {}, {"signed_values": "x"}, {"signed_values": [1, {"nature": 2}]}]
)
def test_what_a_partner_sends_instead_never_raises(signed: Any) -> None:
    found = read({"signed_data": signed})
    if found is not None:
        verify(found)
        compare(found, {})


def cdr(**changes: Any) -> dict[str, Any]:
    """What the charge of :class:`Meter` says as a CDR."""
    return {
        "start_date_time": "2026-03-02T09:15:10Z",
        "end_date_time": "2026-03-02T10:45:20Z",
        "total_energy": Decimal("12.5"),
        "meter_id": "meter 1",
        "cdr_token": {"uid": "012345678", "contract_id": "NL-MSP-C12345678-X"},
        "cdr_location": {"evse_id": "NL*CPO*E1"},
        **changes,
    }


def test_a_cdr_that_fits_has_no_differences() -> None:
    signed = of(signed_data(Meter().charge(CT="EVSEID", CI="NLCPOE1")))
    counted = energy(signed)
    assert counted is not None
    assert [counted.begin.energy, counted.end.energy] == [Decimal(100), Decimal("112.5")]
    assert counted.kwh == Decimal("12.5")
    assert compare(signed, cdr()) == []


def test_first_and_last_reading_may_come_apart_and_in_watt_hours() -> None:
    """OCMF 1.4, Readings: each in a record of its own; some meters write numbers as padded text."""
    meter = Meter()
    first = meter.record(reading("B", "   100000", "10:15:00", RU="Wh"))
    last = meter.record(reading("L", "   112500", "11:45:00", RU="Wh"))
    assert compare(of(signed_data(first, last)), cdr()) == []


def test_fields_left_out_are_those_of_the_reading_before() -> None:
    """OCMF 1.4, Readings."""
    end = {"TM": "2026-03-02T11:45:00,000+0100 S", "TX": "E", "RV": 112.5}
    signed = of(signed_data(Meter().record(reading("B", 100, "10:15:00"), end)))
    assert compare(signed, cdr()) == []
    assert signed.records[0].readings[1].register == "1-0:1.8.0*255"


def test_what_reached_the_car_goes_before_what_the_mains_gave_and_exports_do_not_count() -> None:
    """OCMF 1.4, table 25."""
    registers = {"01-00:B0.08.00*FF": 20, "01-00:C3.08.00*FF": 99, "01-00:B3.08.00*FF": 12.5}
    readings = [
        reading(reason, value, time, RI=register)
        for register, energy_ in registers.items()
        for reason, value, time in (("B", 0, "10:15:00"), ("E", energy_, "11:45:00"))
    ]
    counted = energy(of(signed_data(Meter().record(*readings))))
    assert counted is not None
    assert counted.register == "01-00:B3.08.00*FF"
    assert counted.kwh == Decimal("12.5")
    only_out = [one for one in readings if one["RI"] == "01-00:C3.08.00*FF"]
    assert energy(of(signed_data(Meter().record(*only_out)))) is None


def test_energy_that_the_meter_did_not_sign_is_said_with_both_figures() -> None:
    (said,) = compare(of(signed_data(Meter().charge())), cdr(total_energy=Decimal(13)))
    assert said == "The CDR bills 13 kWh, the meter signed 12.5 kWh (from 100 to 112.5 kWh)."


def test_times_are_compared_as_moments_and_said_where_it_was() -> None:
    (said,) = compare(
        of(signed_data(Meter().charge())),
        cdr(end_date_time="2026-03-02T11:00:00Z"),
        ZoneInfo("Europe/Amsterdam"),
    )
    assert said == (
        "The CDR ends at 2026-03-02 12:00:00 CET, the signed reading is of 2026-03-02 11:45:00 CET."
    )
    assert (
        compare(of(signed_data(Meter().charge())), cdr(start_date_time="1970-01-01T00:00:00Z"))
        == []
    )


@pytest.mark.parametrize(
    ("fields", "changes", "words"),
    [
        ({}, {"meter_id": "OTHER"}, "names the meter OTHER"),
        ({"CT": "EVSEID", "CI": "NL*CPO*E2"}, {}, "signed at NL*CPO*E2"),
        ({"ID": "AABBCCDD"}, {}, "signed for AABBCCDD"),
        ({"IT": "EMAID", "ID": "NL-MSP-C99999999"}, {}, "signed for NL-MSP-C99999999"),
    ],
)
def test_meter_place_and_driver_are_compared(
    fields: dict[str, Any], changes: dict[str, Any], words: str
) -> None:
    (said,) = compare(of(signed_data(Meter().charge(**fields))), cdr(**changes))
    assert words in said


@pytest.mark.parametrize(
    ("signed", "said"),
    [("04aabbcc", "CCBBAA04"), ("04:AA:BB:CC", "04AABBCC")],
)
def test_a_card_is_the_same_backwards_and_with_separators(signed: str, said: str) -> None:
    values = of(signed_data(Meter().charge(ID=signed)))
    assert compare(values, cdr(cdr_token={"uid": said})) == []


def test_what_the_meter_says_against_itself_is_told() -> None:
    meter = Meter()
    first = meter.record(reading("B", 100, "10:15:00"))
    meter.page += 2
    last = meter.record(
        reading("X", 110, "11:00:00"), reading("E", 112.5, "11:45:00", EF="Et", ST="M")
    )
    assert compare(of(signed_data(first, last)), cdr()) == [
        "The meter reports a fault: it was tampered with.",
        "The meter says that its energy may not be used for billing.",
        "The meter says that its time may not be used for billing.",
        "The meter reports an error during the charge, after which its values may not be used.",
    ]


def test_what_the_values_leave_open_is_no_difference() -> None:
    """OCMF 1.4, Pagination and table 19."""
    meter = Meter()
    first = meter.record(reading("B", 100, "10:15:00"))
    assert remarks(of(signed_data(first))) == [
        "They do not hold both a first and a last reading of the energy."
    ]
    assert compare(of(signed_data(first)), cdr()) == []
    meter.page += 2
    unset = "2000-01-01T00:00:00,000+0000 U"
    last = meter.record(reading("E", 112.5, "11:45:00", TM=unset))
    signed = of(signed_data(first, last))
    assert remarks(signed) == [
        "Between the signed records T1 and T4, 2 records are not in the CDR.",
        "The clock of the meter was not set, so that its times say nothing.",
    ]
