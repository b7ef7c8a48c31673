"""The embedded broker loses nothing, repeats nothing and never hands out half a message."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty

from kombu.connection import Connection
from kombu.entity import Queue

from roaming import broker

MESSAGES = 300
WRITERS = READERS = 4


def connected(folder: Path) -> Connection:
    broker.register()
    options = {
        "data_folder_in": str(folder),
        "data_folder_out": str(folder),
        "control_folder": str(folder / "control"),
    }
    return Connection("filesystem://", transport_options=options)


def test_many_writers_and_readers_pass_every_message_once(tmp_path: Path) -> None:
    def write(writer: int) -> None:
        with connected(tmp_path) as connection:
            channel = connection.channel()
            for number in range(MESSAGES):
                channel._put("celery", {"writer": writer, "number": number})

    def read(reader: int) -> list[tuple[int, int]]:
        got: list[tuple[int, int]] = []
        with connected(tmp_path) as connection:
            channel = connection.channel()
            while True:
                finished = all(task.done() for task in writing)
                try:
                    message = channel._get("celery")
                except Empty:
                    if finished:
                        return got
                else:
                    got.append((message["writer"], message["number"]))

    with ThreadPoolExecutor(WRITERS + READERS) as executor:
        writing = [executor.submit(write, n) for n in range(WRITERS)]
        reading = [executor.submit(read, n) for n in range(READERS)]
        received = [item for task in reading for item in task.result()]

    assert sorted(received) == [(w, n) for w in range(WRITERS) for n in range(MESSAGES)]


def test_an_exchange_knows_every_queue_that_is_bound_at_the_same_time(tmp_path: Path) -> None:
    def bind(number: int) -> None:
        with connected(tmp_path) as connection:
            Queue(f"q{number}", exchange="work", routing_key="work")(connection.channel()).declare()

    with ThreadPoolExecutor(8) as executor:
        list(executor.map(bind, range(16)))

    with connected(tmp_path) as connection:
        table = connection.channel().get_table("work")
    assert {row.queue for row in table} == {f"q{n}" for n in range(16)}
