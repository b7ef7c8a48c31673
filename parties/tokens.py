"""Credentials tokens: what comes in is matched by keyed hash, what goes out is encrypted.

Neither is ever logged or shown; pages show :func:`prefix`.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

TOKEN_BYTES = 32


def new_token() -> str:
    """A fresh credentials token: 43 printable characters, 256 random bits (OCPI allows 64)."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> bytes:
    """The keyed hash under which a token that comes in is stored and found."""
    return hmac.new(settings.TOKEN_HASH_KEY.encode(), token.encode(), hashlib.sha256).digest()


def prefix(token: str) -> str:
    """The characters of a token that staff may see."""
    return token[:4]


@cache
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key.encode()) for key in keys])


def encrypt(token: str) -> bytes:
    """Encrypt a token (or any secret text) with the newest key."""
    return encrypt_bytes(token.encode())


def decrypt(encrypted: bytes | memoryview) -> str:
    """The plain text of :func:`encrypt`; ``ImproperlyConfigured`` when its key is gone."""
    return decrypt_bytes(encrypted).decode()


def encrypt_bytes(plain: bytes) -> bytes:
    return _fernet(tuple(settings.TOKEN_ENCRYPTION_KEYS)).encrypt(plain)


def decrypt_bytes(encrypted: bytes | memoryview) -> bytes:
    """The plain bytes of :func:`encrypt_bytes`; ``ImproperlyConfigured`` when their key is gone."""
    try:
        return _fernet(tuple(settings.TOKEN_ENCRYPTION_KEYS)).decrypt(bytes(encrypted))
    except InvalidToken:
        raise ImproperlyConfigured(
            "TOKEN_ENCRYPTION_KEYS: a stored secret was encrypted with a key that is not listed."
        ) from None
