"""A partner may be invited with a dialect that is known beforehand."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from ocpi.dialects import PRESETS, Preset
from parties.models import Connection, Party

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_each_preset_can_be_named(ours: list[Party], preset: Preset) -> None:
    name = preset.name
    call_command("invite", "Beta", "--dialect", name)
    assert Connection.objects.get().dialect == preset.dialect


def test_how_tokens_are_spelled_comes_on_top(ours: list[Party]) -> None:
    call_command("invite", "Beta", "--dialect", "no-patch", "--token-encoding", "raw")
    assert Connection.objects.get().dialect_settings == {
        "token_in": "raw",
        "token_out": "raw",
        "whole_objects": True,
    }
    # Inviting again says nothing about the dialect.
    call_command("invite", "Beta")
    assert Connection.objects.get().dialect.whole_objects


def test_another_name_is_refused(ours: list[Party]) -> None:
    with pytest.raises(CommandError, match="invalid choice: 'klingon'"):
        call_command("invite", "Beta", "--dialect", "klingon")
