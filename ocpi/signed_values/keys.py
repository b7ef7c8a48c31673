"""Public keys of meters, in the many ways they are written down."""

from __future__ import annotations

import base64
import binascii
import re

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)

_CURVES: dict[str, type[ec.EllipticCurve]] = {
    "secp192r1": ec.SECP192R1,
    "secp256r1": ec.SECP256R1,
    "secp256k1": ec.SECP256K1,
    "secp384r1": ec.SECP384R1,
    "secp521r1": ec.SECP521R1,
    "brainpoolp256r1": ec.BrainpoolP256R1,
    "brainpoolp384r1": ec.BrainpoolP384R1,
    "brainpoolp512r1": ec.BrainpoolP512R1,
}
_SYNONYMS = {
    "prime192v1": "secp192r1",
    "prime256v1": "secp256r1",
    "prime384v1": "secp384r1",
    "nistp192": "secp192r1",
    "nistp256": "secp256r1",
    "nistp384": "secp384r1",
    "brainpool256r1": "brainpoolp256r1",
    "brainpool384r1": "brainpoolp384r1",
    "brainpool512r1": "brainpoolp512r1",
}
_MARKED = re.compile(r"oca:base(16|64):asn1:(.*)", re.DOTALL)
_PEM = re.compile(r"-----(BEGIN|END) PUBLIC KEY-----")
_HEX = re.compile(r"[0-9A-Fa-f]+")


class KeyUnreadable(ValueError):
    """The text is no public key of an elliptic curve; the message says why, for staff."""


class CurveUnsupported(ValueError):
    """The key or the signature is of a curve that cannot be calculated with here; the message names it."""


def curve_named(name: str) -> ec.EllipticCurve:
    """A curve by a name of OCMF 1.4, table 22, or a synonym. Raises :class:`CurveUnsupported`."""
    plain = re.sub(r"[ _-]", "", name).lower()
    found = _CURVES.get(_SYNONYMS.get(plain, plain))
    if found is None:
        raise CurveUnsupported(f"Curve {name} cannot be calculated with here.")
    return found()


def read_key(text: str, curve: str) -> ec.EllipticCurvePublicKey:
    """A public key: DER (SubjectPublicKeyInfo) or the bare point, in hex, base64 or PEM.

    ``curve`` is that of bare points, which do not name theirs. Also read are the marker of the Open Charge
    Alliance (``oca:base16:asn1:…``), points without their first byte, and what was encoded in base64 twice. Raises
    :class:`KeyUnreadable` and :class:`CurveUnsupported`.
    """
    raw = _decoded(text)
    if raw[:1] == b"\x30":
        return _from_der(raw)
    return _from_point(raw, curve_named(curve))


def same_key(one: ec.EllipticCurvePublicKey, other: ec.EllipticCurvePublicKey) -> bool:
    """Whether both are one key, however they were written."""
    return one.curve.name == other.curve.name and one.public_numbers() == other.public_numbers()


def der_hex(key: ec.EllipticCurvePublicKey) -> str:
    """The key as DER in lower-case hex, so that it names its curve."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo).hex()


def unwrapped(text: str, *, prefer_base64: bool = False) -> bytes | None:
    """Bytes out of hex or base64, white space left out; ``None`` for what is neither.

    What could be both is read as hex unless ``prefer_base64``.
    """
    compact = re.sub(r"\s+", "", text)
    if not prefer_base64 and _HEX.fullmatch(compact) and len(compact) % 2 == 0:
        return bytes.fromhex(compact)
    padded = compact.replace("-", "+").replace("_", "/")
    padded += "=" * (-len(padded) % 4)
    try:
        return base64.b64decode(padded, validate=True)
    except (binascii.Error, ValueError):
        return None


def _decoded(text: str) -> bytes:
    if _PEM.search(text):
        text = _PEM.sub("", text)
    raw = _inner(text)
    if raw[:1] not in {b"\x02", b"\x03", b"\x04", b"\x30"} and raw.isascii():
        raw = _inner(raw.decode("ascii"))
    return raw


def _inner(text: str) -> bytes:
    marked = _MARKED.fullmatch(text.strip())
    raw = unwrapped(marked[2] if marked else text)
    if not raw:
        raise KeyUnreadable("The public key is neither hex nor base64.")
    return raw


def _from_der(raw: bytes) -> ec.EllipticCurvePublicKey:
    try:
        key = load_der_public_key(raw)
    except UnsupportedAlgorithm as error:
        raise CurveUnsupported(f"The public key cannot be used here: {error}.") from None
    except ValueError:
        raise KeyUnreadable("The public key is damaged, or is none.") from None
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise CurveUnsupported("The public key is not one of an elliptic curve.")
    return key


def _from_point(raw: bytes, curve: ec.EllipticCurve) -> ec.EllipticCurvePublicKey:
    size = (curve.key_size + 7) // 8
    if len(raw) == 2 * size:
        raw = b"\x04" + raw
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(curve, raw)
    except ValueError:
        raise KeyUnreadable(f"The public key is not a point of {curve.name}.") from None
