"""A ZIP archive that is sent while it is made."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime

from review.disputes.evidence.files import File

MANIFEST = "SHA256SUMS.txt"


class _Pipe:
    """What the archive writes to: a file that only grows, and forgets what was taken from it."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []
        self._written = 0

    def write(self, data: bytes, /) -> int:
        self._waiting.append(bytes(data))
        self._written += len(data)
        return len(data)

    def tell(self) -> int:
        return self._written

    def flush(self) -> None:
        """Nothing to do: what was written waits to be taken."""

    def close(self) -> None:
        """Nothing to do either."""

    def take(self) -> bytes:
        taken = b"".join(self._waiting)
        self._waiting.clear()
        return taken


def archived(files: Iterable[File], at: datetime) -> Iterator[bytes]:
    """The archive piece by piece, one file in memory at a time; ``at`` is written beside each, as local time.

    The last file is ``SHA256SUMS.txt``: the SHA-256 of every other one, as ``sha256sum -c`` reads it.
    """
    pipe = _Pipe()
    sums: list[str] = []
    stamp = (at.year, at.month, at.day, at.hour, at.minute, at.second)
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            _add(archive, file, stamp)
            sums.append(f"{hashlib.sha256(file.content).hexdigest()}  {file.path}\n")
            yield pipe.take()
        _add(archive, File(MANIFEST, "".join(sums).encode()), stamp)
    yield pipe.take()


def _add(archive: zipfile.ZipFile, file: File, stamp: tuple[int, int, int, int, int, int]) -> None:
    info = zipfile.ZipInfo(file.path, stamp)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    archive.writestr(info, file.content)
