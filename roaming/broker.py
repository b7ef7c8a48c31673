"""The embedded broker: kombu's messages in a folder, written so that nobody ever reads half of one.

kombu's own transport writes a message, and the table of an exchange, in place: a worker that looks at that
moment reads an empty file and dies. Here every file appears whole, under its name, or not at all.
"""

from __future__ import annotations

import fcntl
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem, virtual
from kombu.utils.encoding import bytes_to_str, str_to_bytes
from kombu.utils.json import dumps, loads

SCHEME = "filesystem"


class Channel(filesystem.Channel):
    """Messages as files ``{time}_{id}.{queue}.msg``; whoever renames one has it."""

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        name = f"{time.time_ns()}_{uuid.uuid4().hex}.{queue}.msg"
        _write_whole(Path(self.data_folder_out) / name, dumps(payload))

    def _get(self, queue: str, timeout: Any = None) -> Any:
        folder = Path(self.data_folder_in)
        for name in sorted(os.listdir(folder)):  # noqa: PTH208 - a long queue, thrice as fast
            if name.partition(".")[2] == f"{queue}.msg" and not name.startswith("."):
                taken = _take(folder / name)
                if taken is not None:
                    return loads(bytes_to_str(taken))
        raise Empty

    def get_table(self, exchange: str) -> list[filesystem.exchange_queue_t]:
        """Which queues an exchange serves."""
        try:
            rows = loads(bytes_to_str(self._table_of(exchange).read_bytes()))
        except FileNotFoundError:
            return []
        return [filesystem.exchange_queue_t(*row) for row in rows]

    def _table_of(self, exchange: str) -> Path:
        return Path(self._exchange_file(exchange))  # type: ignore[no-untyped-call]

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        self.control_folder.mkdir(exist_ok=True)
        bound = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with _alone(self.control_folder / ".lock"):
            table = self.get_table(exchange)
            if bound not in table:
                _write_whole(self._table_of(exchange), dumps([bound, *table]))

    def _delete(self, queue: str, exchange: str, *args: Any, **kwargs: Any) -> None:
        """The folder is the queue: nothing to do but to forget its messages."""
        virtual.Channel._delete(self, queue, exchange, *args, **kwargs)


def _write_whole(file: Path, text: str) -> None:
    draft = file.with_name(f".{uuid.uuid4().hex}.draft")
    draft.write_bytes(str_to_bytes(text))
    draft.rename(file)


def _take(file: Path) -> bytes | None:
    """The content of a message that is now ours alone; ``None`` when another worker was quicker."""
    mine = file.with_name(f".{uuid.uuid4().hex}.taken")
    try:
        file.rename(mine)
    except FileNotFoundError:
        return None
    content = mine.read_bytes()
    mine.unlink()
    return content


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    with file.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


class Transport(filesystem.Transport):
    Channel = Channel


def register() -> None:
    """Let ``filesystem://`` mean this transport, in whatever process uses Celery."""
    TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"
