"""A meter that signs as OCMF says, for tests; keys are made anew each time."""

from __future__ import annotations

import base64
import json
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ocpi.signed_values.keys import curve_named


def reading(reason: str, value: Any, time: str, **changes: Any) -> dict[str, Any]:
    """One entry of ``RD``; ``time`` is that of a day in March, ``10:15:00``."""
    return {
        "TM": f"2026-03-02T{time},000+0100 S",
        "TX": reason,
        "RV": value,
        "RI": "1-0:1.8.0*255",
        "RU": "kWh",
        "RT": "AC",
        "EF": "",
        "ST": "G",
        **changes,
    }


class Meter:
    """A meter with a key of its own; pages of its records count from 1."""

    def __init__(self, curve: str = "secp256r1", serial: str = "METER-1") -> None:
        self.curve = curve
        self.serial = serial
        self.key = ec.generate_private_key(curve_named(curve))
        self.page = 0

    @property
    def der(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def point(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def payload(self, *readings: dict[str, Any], **fields: Any) -> str:
        self.page += 1
        document = {
            "FV": "1.4",
            "GI": "Gateway",
            "GS": "G-1",
            "PG": f"T{self.page}",
            "MV": "Maker",
            "MS": self.serial,
            "IS": True,
            "IT": "ISO14443",
            "ID": "012345678",
            "RD": list(readings),
            **fields,
        }
        return json.dumps(document)

    def signature(self, payload: str, hash_: hashes.HashAlgorithm | None = None) -> bytes:
        return self.key.sign(payload.encode(), ec.ECDSA(hash_ or hashes.SHA256()))

    def section(self, payload: str) -> str:
        algorithm = f"ECDSA-{self.curve}-SHA256"
        return json.dumps({"SA": algorithm, "SD": self.signature(payload).hex()})

    def record(self, *readings: dict[str, Any], **fields: Any) -> str:
        payload = self.payload(*readings, **fields)
        return f"OCMF|{payload}|{self.section(payload)}"

    def charge(self, first: Any = 100, last: Any = 112.5, **fields: Any) -> str:
        """A record with the first and the last reading of a charge."""
        return self.record(
            reading("B", first, "10:15:00"), reading("E", last, "11:45:00"), **fields
        )


def signed_data(*records: str, key: bytes | str = b"", **changes: Any) -> dict[str, Any]:
    """``signed_data`` of a CDR, each record whole and in base64; ``key`` in base64 where it is bytes."""
    return {
        "encoding_method": "OCMF",
        "public_key": base64.b64encode(key).decode() if isinstance(key, bytes) else key,
        "signed_values": [
            {
                "nature": "End",
                "plain_data": record,
                "signed_data": base64.b64encode(record.encode()).decode(),
            }
            for record in records
        ],
        **changes,
    }
