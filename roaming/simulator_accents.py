"""The ways in which the demo's simulated partner can speak OCPI wrong, in the words of staff."""

from __future__ import annotations

from typing import NamedTuple


class Accent(NamedTuple):
    """`name` is the simulator's."""

    name: str
    label: str
    text: str


ACCENTS = (
    Accent("raw_tokens", "Raw tokens", "It sends and wants tokens raw instead of as Base64."),
    Accent("slashes", "Slashes", "It redirects addresses without a slash at the end."),
    Accent("no_patch", "No PATCH", "It answers PATCH with 405."),
    Accent("numbers_as_text", "Numbers as text", 'It sends "230" instead of 230.'),
    Accent("local_times", "Local times", "Its times are those of the site, and have no Z."),
    Accent("nameless", "Nameless pushes", "Its pushes leave out what their address says."),
)
NAMES = frozenset(accent.name for accent in ACCENTS)
