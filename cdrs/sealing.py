"""Evidence under lock: bytes encrypted with a key of their own, so that destroying the key destroys them.

Every backup holds the bytes too; without the key, which is kept beside them and encrypted with the portal's keys,
they are noise there as well once the key has been destroyed and the backup's own copy of it has aged out.
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
