"""Conversion between the canonical documents (OCPI 2.3.0 edition 2) and those of a version.

Works on valid documents and never changes its argument; what is the same in both versions is
shared, not copied. What a version cannot say is left out and listed as a loss.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ocpi.convert import v2_1_1, v2_2_1, v2_3_0
from ocpi.convert.results import (
    Beside,
    Converted,
    Converter,
    Document,
    Fit,
    FromOrigin,
    Origin,
    PatchConverter,
    Refused,
    WithBeside,
)
from ocpi.convert.steps import message, unlisted_values
from ocpi.ids import PartyId
from ocpi.versions import SUPPORTED

__all__ = [
    "Beside",
    "Converted",
    "Fit",
    "Fits",
    "Refused",
    "fit",
    "fit_per_version",
    "from_canonical",
    "message",
    "patch_to_canonical",
    "to_canonical",
]

NOTHING_BESIDE = Beside()
_FROM: dict[str, dict[str, Converter]] = {
    "2.1.1": v2_1_1.FROM_CANONICAL,
    "2.2.1": v2_2_1.FROM_CANONICAL,
    "2.3.0": v2_3_0.FROM_CANONICAL,
}
_TO: dict[str, dict[str, Converter]] = {
    "2.1.1": v2_1_1.TO_CANONICAL,
    "2.2.1": v2_2_1.TO_CANONICAL,
    "2.3.0": v2_3_0.TO_CANONICAL,
}
_FROM_ORIGIN: dict[str, dict[str, FromOrigin]] = {"2.1.1": v2_1_1.FROM_ORIGIN}
_WITH_BESIDE: dict[str, dict[str, WithBeside]] = {"2.1.1": v2_1_1.WITH_BESIDE}
_PATCH: dict[str, dict[str, PatchConverter]] = {
    "2.1.1": v2_1_1.PATCH_TO_CANONICAL,
    "2.2.1": v2_2_1.PATCH_TO_CANONICAL,
}
_FITS: dict[str, dict[str, Callable[[Document], Fit]]] = {"2.1.1": v2_1_1.FITS}


def to_canonical(
    version: str,
    kind: str,
    document: Document,
    *,
    owner: PartyId | None = None,
    role: str | None = None,
    beside: Beside = NOTHING_BESIDE,
) -> Converted:
    """A document of a version as canonical. Kinds: those of `ocpi.versioned.TYPES`.

    Objects of OCPI 2.1.1 name no party and its credentials no role: `owner` and `role` fill them in, and
    are disregarded where the document says them itself; `beside.token` is the Token that a Session or CDR
    of 2.1.1 means by its `auth_id`. Losses are fields of later versions, which 2.1.1
    gives no meaning. Raises KeyError for a version or kind we do not have, Refused when it would mislead.
    """
    converter = _FROM_ORIGIN.get(version, {}).get(kind)
    if converter is not None:
        return converter(document, Origin(owner, role, beside))
    return _TO[version][kind](document)


def from_canonical(
    version: str,
    kind: str,
    document: Document,
    *,
    unlisted: bool = False,
    beside: Beside = NOTHING_BESIDE,
) -> Converted:
    """A canonical document as one of a version, with the fields and values lost on the way.

    `beside.location` is the Location that a Session or CDR refers to, which 2.1.1 puts into it.
    With `unlisted` values that the version's closed enumerations lack stay, in Locations and their parts.
    Raises KeyError for a version or kind we do not have, Refused when it would mislead.
    """
    with unlisted_values(unlisted):
        converter = _WITH_BESIDE.get(version, {}).get(kind)
        if converter is not None:
            return converter(document, beside)
        return _FROM[version][kind](document)


def patch_to_canonical(version: str, kind: str, patch: Document) -> Document:
    """The body of a PATCH in a version as one of the canonical object, field by field.

    Nothing is filled in, and `null` stays `null`, which clears a field. Check the body with
    `ocpi.versioned.validate_patch` before, and the merged whole after.
    """
    converter = _PATCH.get(version, {}).get(kind)
    return patch if converter is None else converter(patch)


def fit(version: str, kind: str, document: Document) -> Fit:
    """How well a version can say a canonical document; without converting it where that is possible."""
    quick = _FITS.get(version, {}).get(kind)
    if quick is not None:
        return quick(document)
    try:
        converted = from_canonical(version, kind, document).document
    except Refused:
        return Fit.REFUSED
    return Fit.SAME if converted is document else Fit.DIFFERS


class Fits(NamedTuple):
    """OCPI versions that cannot say an object as it is, and those of them that cannot say it at all."""

    differs_in: list[str]
    refused_in: list[str]


def fit_per_version(kind: str, document: Document) -> Fits:
    """How each version we speak fits a canonical object; elsewhere no conversion is needed."""
    fits = {version: fit(version, kind, document) for version in SUPPORTED}
    return Fits(
        [version for version, found in fits.items() if found is not Fit.SAME],
        [version for version, found in fits.items() if found is Fit.REFUSED],
    )
