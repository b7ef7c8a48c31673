from __future__ import annotations

import pytest
from pydantic import ValidationError

from ocpi.versions import SUPPORTED, Version, VersionDetails, best_common

URL = "https://a.example/ocpi"


@pytest.mark.parametrize(
    ("offered", "supported", "best"),
    [
        (["2.1.1", "2.2.1", "2.3.0"], SUPPORTED, "2.3.0"),
        (["2.2", "2.1", "2.0"], SUPPORTED, None),
        ([], SUPPORTED, None),
        (["3.0", "foo", "", "2.2.1-d2"], SUPPORTED, None),
        (["2.2.1", "2.3.0", "2.10"], ("2.2.1", "2.3.0", "2.10"), "2.10"),
    ],
)
def test_the_highest_common_version_is_chosen(
    offered: list[str], supported: tuple[str, ...], best: str | None
) -> None:
    """V-013."""
    assert best_common(offered, supported) == best


def test_unknown_versions_modules_and_fields_do_not_break_reading() -> None:
    """V-012, T-108."""
    assert Version.model_validate({"version": "9.9", "url": URL, "x": 1}).version == "9.9"
    details = VersionDetails.model_validate(
        {
            "version": "2.2.1",
            "endpoints": [
                {"identifier": "credentials", "role": "RECEIVER", "url": URL + "/c"},
                {"identifier": "nltnm-tokens", "role": "BOTH", "url": URL + "/x"},
                {"identifier": "Locations", "role": "sender", "url": URL + "/ls"},
                {"identifier": "locations", "role": "RECEIVER", "url": URL + "/lr"},
            ],
        }
    )
    assert details.url_of("credentials", "SENDER") == URL + "/c"
    assert details.url_of("locations", "SENDER") == URL + "/ls"
    assert details.url_of("locations", "RECEIVER") == URL + "/lr"
    assert details.url_of("cdrs", "RECEIVER") is None
    assert details.url_of("nltnm-tokens") == URL + "/x"


@pytest.mark.parametrize(
    "document",
    [
        {"version": "2.2.1", "endpoints": []},
        {"version": "2.2.1"},
        {"endpoints": [{"identifier": "locations", "role": "SENDER", "url": URL}]},
        {"version": "2.2.1", "endpoints": [{"identifier": "locations", "role": "SENDER"}]},
        {"version": "2.2.1", "endpoints": [{"identifier": "x", "url": "https://" + "x" * 250}]},
    ],
)
def test_what_is_required_is_required(document: object) -> None:
    with pytest.raises(ValidationError):
        VersionDetails.model_validate(document)
