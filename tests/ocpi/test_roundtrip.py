"""The round trip that anyone can run on a feed (``python -m bench roundtrip``)."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pytest

from bench import roundtrip
from ocpi import convert
from ocpi.convert import Converted
from ocpi.json import dumps
from tests.ocpi.samples import location


def run(tmp_path: Path, *documents: dict[str, Any]) -> int:
    feed = tmp_path / "feed.json"
    feed.write_bytes(dumps(list(documents)))
    return roundtrip.run(argparse.Namespace(feed=str(feed), count=0, kind="location"))


def test_every_difference_is_a_listed_loss(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    documents = [
        location(),
        location(id="LOC2", state="ZH"),
        location(id="LOC3", publish=False),
        {"name": "nobody's"},
    ]
    assert run(tmp_path, *documents) == 0

    told = capsys.readouterr().out.splitlines()
    assert told[0] == "1 objects cannot be identified and were left out"
    assert told[1].startswith("2.1.1: 3 objects, 1 unchanged, 1 changed with every difference")
    assert told[2].startswith("    refused 1: The location is not published")
    assert told[3] == "    lost 1: field_not_in_version state"
    assert told[4].startswith("2.2.1: 3 objects, 3 unchanged")


def test_a_difference_that_no_loss_explains_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def silently(version: str, kind: str, document: dict[str, Any]) -> Converted:
        return Converted({**document, "name": "Other"}, [])

    monkeypatch.setattr(convert, "from_canonical", silently)
    assert run(tmp_path, location()) > 0
    assert "UNEXPLAINED NL*ABC/LOC1 name: We have “Harbour”, they have" in capsys.readouterr().out
