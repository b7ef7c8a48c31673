from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocpi.ids import PartyId, ci_key


def test_keys_ignore_case() -> None:
    """T-095."""
    assert ci_key("Loc-1*a ~") == ci_key("lOC-1*A ~") == "LOC-1*A ~"


@pytest.mark.parametrize(
    "character", ["é", "\u212a", "\u017f", "\n", "\x00", "\x7f", "\u0131", "\uff11"]
)
def test_other_than_printable_ascii_is_refused_by_name(character: str) -> None:
    """T-096."""
    with pytest.raises(ValueError) as caught:
        ci_key("ab" + character)
    assert repr(character) in str(caught.value)
    assert "position 2" in str(caught.value)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_a_key_is_stable_and_keeps_its_length(text: str) -> None:
    assert ci_key(ci_key(text)) == ci_key(text) == ci_key(text.lower())
    assert len(ci_key(text)) == len(text)


@pytest.mark.parametrize("text", ["NL*ABC", "NL-ABC", "NLABC", "nl abc", "nL*aBc", " NL*ABC "])
def test_all_spellings_of_a_party_are_one(text: str) -> None:
    """R-004."""
    assert PartyId.parse(text) == PartyId("NL", "ABC")
    assert str(PartyId.parse(text)) == "NL*ABC"


@pytest.mark.parametrize(
    "text",
    ["", "NL", "NL*AB", "NL*ABCD", "N1*ABC", "NLD*ABC", "NL**ABC", "NL*A C", "N*LABC", "ÑL*ABC"],
)
def test_what_is_no_party_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        PartyId.parse(text)


def test_built_from_two_fields() -> None:
    assert PartyId.of("nl", "a1b") == PartyId("NL", "A1B")
    for country_code, party_id in (("N", "LABC"), ("NLA", "BC"), ("", "NLABC"), ("NL", "AB")):
        with pytest.raises(ValueError):
            PartyId.of(country_code, party_id)
