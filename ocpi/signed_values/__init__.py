"""Signed meter values of CDRs: reading them, verifying them, and comparing them with what the CDR says.

OCPI carries them as they are (OCPI 2.3.0, mod_cdrs, SignedData class) and leaves their format to its makers. OCMF
1.x is read and verified; of others it is said what they are. Pure: no Django, no clock, no input or output.
"""

from ocpi.signed_values.comparing import compare, energy, remarks
from ocpi.signed_values.reading import read
from ocpi.signed_values.types import (
    Format,
    Outcome,
    Reading,
    Record,
    SignedValue,
    SignedValues,
    Verdict,
)
from ocpi.signed_values.verifying import verify

__all__ = [
    "Format",
    "Outcome",
    "Reading",
    "Record",
    "SignedValue",
    "SignedValues",
    "Verdict",
    "compare",
    "energy",
    "read",
    "remarks",
    "verify",
]
