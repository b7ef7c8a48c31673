"""Taking ``signed_data`` of a CDR apart (OCPI 2.3.0, mod_cdrs, SignedData class)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ocpi.signed_values import ocmf
from ocpi.signed_values.keys import unwrapped
from ocpi.signed_values.types import Format, Record, SignedValue, SignedValues

_SML = ("1B1B1B1B", "GxsbG")
_NAMES = (
    ("OCMF", Format.OCMF),
    ("ALFEN", Format.ALFEN),
    ("EDL", Format.EDL),
    ("SML", Format.EDL),
    ("MENNEKES", Format.EDL),
    ("XML", Format.SAFE_XML),
)


def read(document: Mapping[str, Any]) -> SignedValues | None:
    """The signed values of a canonical CDR or Session document; ``None`` where it has none.

    Never raises: what cannot be read is a :class:`SignedValue` with a problem.
    """
    signed = document.get("signed_data")
    if not isinstance(signed, Mapping):
        return None
    method = _text(signed, "encoding_method")
    entries = signed.get("signed_values")
    given = (
        [one for one in entries if isinstance(one, Mapping)] if isinstance(entries, list) else []
    )
    values = tuple(_value(one) for one in given)
    return SignedValues(
        method=method,
        format=_format(method, given, values),
        public_key=_text(signed, "public_key"),
        url=_text(signed, "url"),
        values=values,
    )


def _format(method: str, given: list[Mapping[str, Any]], values: tuple[SignedValue, ...]) -> Format:
    """By what the values are first: the name is the CPO's own."""
    if any(one.record for one in values):
        return Format.OCMF
    for text in (text for one in given for text in _texts(one)):
        if text.startswith("AP;"):
            return Format.ALFEN
        if text.upper().startswith(_SML[0]) or text.startswith(_SML[1]):
            return Format.EDL
        if text.startswith("<"):
            return Format.SAFE_XML
    upper = method.upper()
    return next((one for name, one in _NAMES if name in upper), Format.UNKNOWN)


def _value(entry: Mapping[str, Any]) -> SignedValue:
    nature = _text(entry, "nature")
    try:
        record = _record(_text(entry, "plain_data"), _text(entry, "signed_data"))
    except ocmf.NotOCMF as error:
        return SignedValue(nature, problem=str(error))
    if record is None:
        return SignedValue(nature, problem="It holds nothing that is written as OCMF.")
    return SignedValue(nature, record)


def _record(plain: str, signed: str) -> Record | None:
    """OCPI does not say how OCMF is spread over the two fields; partners do it in at least four ways.

    The whole in either field, in base64, hex or as it is; or the payload in ``plain_data`` and the signature, as a
    section or bare, in ``signed_data``.
    """
    whole = [text for text in (*_forms(signed), *_forms(plain)) if ocmf.is_ocmf(text)]
    found = [ocmf.parse(text) for text in whole]
    complete = next((one for one in found if one.signature is not None), None)
    if complete is not None:
        return complete
    payload = found[0].payload if found else next(_objects(plain), None)
    if payload is None:
        return None
    section = next(_objects(signed), None)
    if section is None and unwrapped(signed):
        section = f'{{"SD": "{(unwrapped(signed) or b"").hex()}"}}'
    if section is not None:
        return ocmf.parse_apart(payload, section)
    return found[0] if found else ocmf.parse(f"{ocmf.HEADER}|{payload}")


def _forms(text: str) -> Iterator[str]:
    """The text as it is, and what it holds in hex or base64."""
    yield text
    raw = unwrapped(text) if text else None
    if raw:
        try:
            yield raw.decode()
        except UnicodeDecodeError:
            return


def _objects(text: str) -> Iterator[str]:
    """Forms of the text that are JSON objects by their first character."""
    return (form for form in _forms(text) if form.lstrip().startswith("{"))


def _texts(entry: Mapping[str, Any]) -> Iterator[str]:
    for name in ("signed_data", "plain_data"):
        for form in _forms(_text(entry, name)):
            yield form.lstrip("\ufeff \t\r\n")


def _text(entry: Mapping[str, Any], name: str) -> str:
    value = entry.get(name)
    return value if isinstance(value, str) else ""
