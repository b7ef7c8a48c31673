"""Keys the portal makes for itself when the environment names none: made once, kept in VAR_DIR."""

import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet

from .environment import MisconfiguredError, names, text


def kept(folder: Path, name: str, value: str) -> str:
    """The content of `folder/name`; made from `value` when missing. Safe when two start at once."""
    path = folder / name
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _publish(path, value)
        content = path.read_text().strip()
    except OSError as error:
        raise MisconfiguredError(
            "VAR_DIR", f"cannot keep a key in {path} ({error.strerror})"
        ) from error
    if not content:
        raise MisconfiguredError("VAR_DIR", f"{path} is empty; restore it from your backup")
    return content


def _publish(path: Path, value: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as file:
            file.write(value)
            file.flush()
            os.fsync(file.fileno())
        # A link, not a rename: the first of two processes wins and the other reads its key.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def secret_key(folder: Path) -> str:
    """SECRET_KEY: signs sessions and forms."""
    return text("SECRET_KEY") or kept(folder, "secret_key", secrets.token_urlsafe(50))


def token_hash_key(folder: Path) -> str:
    """TOKEN_HASH_KEY: keys the HMAC by which tokens that come in are recognised."""
    value = text("TOKEN_HASH_KEY") or kept(folder, "token_hash_key", secrets.token_urlsafe(32))
    if len(value) < 32:
        raise MisconfiguredError("TOKEN_HASH_KEY", "is shorter than 32 characters")
    return value


def simulator_control_key(folder: Path) -> str:
    """SIMULATOR_CONTROL_KEY: what requests that steer the demo's simulated partner have to show."""
    return text("SIMULATOR_CONTROL_KEY") or kept(
        folder, "simulator_control_key", secrets.token_urlsafe(32)
    )


def token_encryption_keys(folder: Path) -> list[str]:
    """TOKEN_ENCRYPTION_KEYS: Fernet keys, the newest first; all decrypt, the first encrypts."""
    keys = names("TOKEN_ENCRYPTION_KEYS")
    variable = "TOKEN_ENCRYPTION_KEYS"
    if not keys:
        keys = kept(folder, "token_encryption_keys", Fernet.generate_key().decode()).split(",")
    for position, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError:
            reason = f"key {position} is no Fernet key (32 bytes, url-safe base64)"
            raise MisconfiguredError(variable, reason) from None
    return keys
