"""Conversion between the canonical documents (OCPI 2.3.0 edition 2) and those of a version.

Works on valid documents and never changes its argument; what is the same in both versions is
shared, not copied. What a version cannot say is left out and listed as a loss.
"""

from __future__ import annotations

from ocpi.convert import v2_2_1, v2_3_0
from ocpi.convert.results import Converted, Converter, Document, Refused

__all__ = ["Converted", "Refused", "from_canonical", "to_canonical"]

_FROM: dict[str, dict[str, Converter]] = {
    "2.2.1": v2_2_1.FROM_CANONICAL,
    "2.3.0": v2_3_0.FROM_CANONICAL,
}
_TO: dict[str, dict[str, Converter]] = {
    "2.2.1": v2_2_1.TO_CANONICAL,
    "2.3.0": v2_3_0.TO_CANONICAL,
}


def to_canonical(version: str, kind: str, document: Document) -> Converted:
    """A document of a version as canonical. Kinds: location, evse, connector, credentials.

    Raises KeyError for a version or kind we do not have, Refused when it would mislead.
    """
    return _TO[version][kind](document)


def from_canonical(version: str, kind: str, document: Document) -> Converted:
    """A canonical document as one of a version, with the fields and values lost on the way.

    Raises KeyError for a version or kind we do not have, Refused when it would mislead.
    """
    return _FROM[version][kind](document)
