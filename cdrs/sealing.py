"""Evidence under lock: bytes encrypted with a key of their own, so that destroying the key destroys them.

The key lies beside them, encrypted with the portal's keys. A copy of the bytes that is made later, in a backup or a
replica, is noise; one from before still has the key, until it expires.
"""

from __future__ import annotations

import zlib
from typing import NamedTuple

from cryptography.fernet import Fernet

from parties import tokens


class SealedBytes(NamedTuple):
    """What :class:`cdrs.models.Sealed` keeps: the key, encrypted, and the content under it."""

    key_encrypted: bytes
    content: bytes


def seal(raw: bytes) -> SealedBytes:
    """Encrypt bytes under a key made for them alone."""
    key = Fernet.generate_key()
    return SealedBytes(tokens.encrypt_bytes(key), Fernet(key).encrypt(zlib.compress(raw)))


def opened(key_encrypted: bytes | memoryview, content: bytes | memoryview) -> bytes:
    """The bytes again, exactly; ``ImproperlyConfigured`` when the portal's own key is gone."""
    key = tokens.decrypt_bytes(key_encrypted)
    return zlib.decompress(Fernet(key).decrypt(bytes(content)))
