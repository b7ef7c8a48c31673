"""Pushes take turns, and one that is stuck holds up the others for a moment only."""

from __future__ import annotations

import threading

import pytest

from exchange import turns


def test_so_many_at_a_time_and_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    places = threading.BoundedSemaphore(1)
    monkeypatch.setattr(turns, "_places", places)
    monkeypatch.setattr(turns, "PATIENCE", 0.01)

    with turns.taken():
        assert not places.acquire(blocking=False)
        with turns.taken():
            pass
        # It had no place, and so gives none back.
        assert not places.acquire(blocking=False)
    assert places.acquire(blocking=False)


def test_a_place_is_given_back_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    places = threading.BoundedSemaphore(1)
    monkeypatch.setattr(turns, "_places", places)
    with pytest.raises(ValueError), turns.taken():
        raise ValueError
    assert places.acquire(blocking=False)
