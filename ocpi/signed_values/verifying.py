"""Whether a signature is that of a meter over exactly these values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from ocpi.signed_values.keys import (
    CurveUnsupported,
    KeyUnreadable,
    curve_named,
    read_key,
    same_key,
    unwrapped,
)
from ocpi.signed_values.types import Format, Outcome, Record, Signature, SignedValues, Verdict

_ALGORITHM = re.compile(r"ECDSA-(.+)-SHA-?(256|384|512)", re.IGNORECASE)
_LOOSE_ASN1 = re.compile(rb"\x30(?:\x81.|.)\x02(.)(.+)", re.DOTALL)
_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "256": hashes.SHA256,
    "384": hashes.SHA384,
    "512": hashes.SHA512,
}
_NOT_READ = {
    Format.ALFEN: "These values are written as Alfen writes them, which is not verified here.",
    Format.EDL: "These values are written as EDL40 (SML), which is not verified here.",
    Format.SAFE_XML: "These values are in a file of the S.A.F.E. transparency software (XML), which is not"
    " verified here.",
    Format.UNKNOWN: "Nobody here knows how these values are written.",
}


def verify(signed: SignedValues, known_key: str = "", known_curve: str = "") -> list[Verdict]:
    """A verdict per signed value, in their order.

    ``known_key`` is the key that is known of the meter, in any form :func:`ocpi.signed_values.keys.read_key` reads,
    and ``known_curve`` its curve, needed for bare points only. It goes before the key that the CDR carries,
    for which nothing vouches but the CDR. Never raises.
    """
    return [
        _verdict(one.record, signed, known_key, known_curve)
        if one.record is not None
        else Verdict(Outcome.NOT_UNDERSTOOD, _why_not(signed.format, one.problem))
        for one in signed.values
    ]


def _why_not(kind: Format, problem: str) -> str:
    return _NOT_READ.get(kind, problem)


def _verdict(record: Record, signed: SignedValues, known_key: str, known_curve: str) -> Verdict:
    if record.signature is None:
        return Verdict(Outcome.NOT_UNDERSTOOD, "It came without its signature.")
    try:
        method = _method(record.signature)
        carried = read_key(signed.public_key, method.curve) if signed.public_key else None
        trouble: ValueError | None = None
    except (KeyUnreadable, CurveUnsupported) as error:
        carried, trouble = None, error
    if known_key and not isinstance(trouble, CurveUnsupported):
        return _with_known(record.payload, method, carried, known_key, known_curve)
    if trouble is not None:
        return _troubled(trouble)
    if carried is None:
        words = "The CDR carries no public key, and none is known of this meter."
        return Verdict(Outcome.KEY_UNKNOWN, words)
    outcome, words = _check(record.payload, method, carried)
    if outcome is Outcome.VERIFIED:
        words += " The key came with the CDR itself: nothing else vouches for it."
    return Verdict(outcome, words)


def _with_known(
    payload: str,
    method: _Method,
    carried: ec.EllipticCurvePublicKey | None,
    known_key: str,
    known_curve: str,
) -> Verdict:
    """The known key decides; that the CDR carries another one is said, whatever comes of it."""
    try:
        known = read_key(known_key, known_curve or method.curve)
    except (KeyUnreadable, CurveUnsupported) as error:
        return _troubled(error, "The key kept of this meter: ")
    outcome, words = _check(payload, method, known)
    verified = outcome is Outcome.VERIFIED
    if verified:
        words += " The key was known of this meter before."
    differs = carried is not None and not same_key(known, carried)
    if differs and carried is not None:
        words += " The CDR carries another key than the one known of this meter."
        if not verified and _check(payload, method, carried)[0] is Outcome.VERIFIED:
            words += " With the key it carries the signature matches: was the meter replaced?"
    return Verdict(outcome, words, vouched=verified, key_differs=differs)


def _troubled(error: ValueError, before: str = "") -> Verdict:
    unsupported = isinstance(error, CurveUnsupported)
    outcome = Outcome.CURVE_UNSUPPORTED if unsupported else Outcome.KEY_UNREADABLE
    return Verdict(outcome, f"{before}{error}")


class _Method(NamedTuple):
    """How a record is signed: the curve by its name, whether the record names it, the hash, the bytes."""

    curve: str
    curve_is_said: bool
    hash: hashes.HashAlgorithm
    signature: bytes | None


def _method(signature: Signature) -> _Method:
    """Raises :class:`CurveUnsupported` for what is not ECDSA with SHA-2."""
    found = _ALGORITHM.fullmatch(signature.algorithm.strip())
    if found is None:
        raise CurveUnsupported(
            f"It is signed with {signature.algorithm}, which cannot be calculated with here."
        )
    curve_named(found[1])
    raw = unwrapped(signature.data, prefer_base64=signature.encoding.lower() == "base64")
    return _Method(found[1], signature.algorithm_is_said, _HASHES[found[2]](), raw)


def _check(payload: str, method: _Method, key: ec.EllipticCurvePublicKey) -> tuple[Outcome, str]:
    """The signature over the payload as UTF-8: ASN.1 as OCMF says, or both numbers side by side."""
    if method.signature is None:
        return Outcome.NOT_UNDERSTOOD, "Its signature is neither hex nor base64."
    forms = _forms(method.signature, (key.curve.key_size + 7) // 8)
    if not any(_matches(key, form, payload, method.hash) for form in forms):
        return (
            Outcome.DOES_NOT_MATCH,
            "The signature does not match: the values are not those the meter signed, or the key is not the meter's.",
        )
    words = f"The meter signed exactly these values ({key.curve.name})."
    named = curve_named(method.curve).name
    if method.curve_is_said and named != key.curve.name:
        words += f" The record names another curve, {named}."
    return Outcome.VERIFIED, words


def _forms(signature: bytes, size: int) -> Iterator[bytes]:
    """The signature as it is, and in proper ASN.1 where a meter writes its two numbers otherwise.

    Some leave out the zero byte without which a number counts as negative, some write both side by side.
    """
    yield signature
    loose = _LOOSE_ASN1.fullmatch(signature)
    halves = signature[:size], signature[size:]
    if loose is not None:
        length = loose[1][0]
        body = loose[2]
        halves = body[:length], body[length + 2 :]
        if body[length : length + 1] != b"\x02" or len(halves[1]) != body[length + 1]:
            return
    elif len(signature) != 2 * size:
        return
    yield encode_dss_signature(*(int.from_bytes(half) for half in halves))


def _matches(
    key: ec.EllipticCurvePublicKey, signature: bytes, payload: str, hash_: hashes.HashAlgorithm
) -> bool:
    try:
        key.verify(signature, payload.encode(), ec.ECDSA(hash_))
    except InvalidSignature:
        return False
    return True
