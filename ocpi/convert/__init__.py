"""Conversion between the canonical documents (OCPI 2.3.0 edition 2) and those of a version.

Works on valid documents and never changes its argument; what is the same in both versions is
shared, not copied. What a version cannot say is left out and listed as a loss.
"""

from __future__ import annotations

from ocpi.convert import tariffs_2_1_1, tariffs_2_2_1, v2_2_1, v2_3_0
from ocpi.convert.results import Converted, Converter, Document, Refused
from ocpi.ids import PartyId

__all__ = ["Converted", "Refused", "from_canonical", "patch_to_canonical", "to_canonical"]

_FROM: dict[str, dict[str, Converter]] = {
    "2.1.1": {"tariff": tariffs_2_1_1.tariff_from_canonical},
    "2.2.1": {**v2_2_1.FROM_CANONICAL, "tariff": tariffs_2_2_1.tariff_from_canonical},
    "2.3.0": v2_3_0.FROM_CANONICAL,
}
_TO: dict[str, dict[str, Converter]] = {
    "2.2.1": {**v2_2_1.TO_CANONICAL, "tariff": tariffs_2_2_1.tariff_to_canonical},
    "2.3.0": v2_3_0.TO_CANONICAL,
}


def to_canonical(
    version: str, kind: str, document: Document, *, owner: PartyId | None = None
) -> Converted:
    """A document of a version as canonical. Kinds: location, evse, connector, credentials, tariff.

    `owner` is whose object it is, for versions whose objects do not say so. Raises KeyError for
    a version or kind we do not have, Refused when it would mislead.
    """
    if version == "2.1.1":
        if owner is None:
            raise TypeError("an object of OCPI 2.1.1 needs its owner")
        return tariffs_2_1_1.tariff_to_canonical(document, owner=owner)
    return _TO[version][kind](document)


def patch_to_canonical(version: str, kind: str, patch: Document) -> Document:
    """The body of a PATCH of a version as one for the canonical document."""
    return tariffs_2_1_1.tariff_patch_to_canonical(patch) if version == "2.1.1" else patch


def from_canonical(version: str, kind: str, document: Document) -> Converted:
    """A canonical document as one of a version, with the fields and values lost on the way.

    Raises KeyError for a version or kind we do not have, Refused when it would mislead.
    """
    return _FROM[version][kind](document)
