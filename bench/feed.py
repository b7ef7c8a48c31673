"""Locations to measure with: a real feed from a file, or made-up ones from a seed, always the same."""

from __future__ import annotations

import gzip
import io
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ocpi import json

STATUSES = ("AVAILABLE", "AVAILABLE", "CHARGING", "CHARGING", "INOPERATIVE", "UNKNOWN")
UPDATED = "2026-06-01T10:00:00Z"


@contextmanager
def opened(path: str | None, count: int) -> Iterator[BinaryIO]:
    """The feed as a stream of JSON: ``path`` (.json or .json.gz), or ``count`` made-up locations."""
    if path is None:
        yield io.BytesIO(json.dumps([_location(n) for n in range(count)]))
        return
    with Path(path).open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        yield gzip.GzipFile(fileobj=file) if zipped else file  # type: ignore[misc]


def _location(number: int) -> dict[str, object]:
    chance = random.Random(number)
    return {
        "country_code": "NL",
        "party_id": "BEN",
        "id": f"LOC{number:06}",
        "publish": True,
        "name": f"Charging plaza {number}",
        "address": f"Hoofdstraat {number % 200 + 1}",
        "city": chance.choice(["Utrecht", "Delft", "Gieten", "Zwolle", "Maastricht"]),
        "postal_code": f"{1000 + number % 9000} AB",
        "country": "NLD",
        "coordinates": {
            "latitude": f"{51 + chance.random() * 2:.6f}",
            "longitude": f"{4 + chance.random() * 3:.6f}",
        },
        "operator": {"name": "Bench", "website": "https://bench.example/"},
        "evses": [_evse(number, n, chance) for n in range(chance.choice([1, 2, 2, 2, 3, 4]))],
        "time_zone": "Europe/Amsterdam",
        "opening_times": {"twentyfourseven": True},
        "last_updated": UPDATED,
    }


def _evse(location: int, number: int, chance: random.Random) -> dict[str, object]:
    return {
        "uid": f"{location:06}-{number}",
        "evse_id": f"NL*BEN*E{location:06}*{number}",
        "status": chance.choice(STATUSES),
        "capabilities": ["REMOTE_START_STOP_CAPABLE", "RFID_READER"],
        "physical_reference": f"{number + 1:02}",
        "connectors": [
            {
                "id": "1",
                "format": "SOCKET",
                "standard": "IEC_62196_T2",
                "power_type": "AC_3_PHASE",
                "max_voltage": 230,
                "max_amperage": 32,
                "max_electric_power": 22000,
                "tariff_ids": ["T1"],
                "last_updated": UPDATED,
            }
        ],
        "last_updated": UPDATED,
    }
