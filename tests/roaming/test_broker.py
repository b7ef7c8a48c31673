"""A task on its way: from a web process through the broker to a worker and into PostgreSQL."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from celery.contrib.testing.worker import start_worker
from celery.signals import task_postrun
from django.db import connection

from exchange.tasks import keep_partitions
from roaming.celery import app

pytestmark = [pytest.mark.broker, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def finished() -> Iterator[threading.Event]:
    """Set as soon as a worker has finished a task."""
    event = threading.Event()

    def note(**kwargs: Any) -> None:
        event.set()

    task_postrun.connect(note)
    yield event
    task_postrun.disconnect(note)


def partitions() -> int:
    """How many partitions the exchange log has, besides the default one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_inherits WHERE inhparent = 'exchange_exchange'::regclass"
        )
        return int(cursor.fetchone()[0]) - 1


def test_a_task_reaches_a_worker_and_its_work_the_database(finished: threading.Event) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DO $$ DECLARE p regclass; BEGIN FOR p IN SELECT inhrelid::regclass FROM pg_inherits"
            " WHERE inhparent = 'exchange_exchange'::regclass"
            " AND inhrelid::regclass::text NOT LIKE '%_default'"
            " LOOP EXECUTE 'DROP TABLE ' || p; END LOOP; END $$"
        )
    assert partitions() == 0
    with app.connection_for_write() as broker:
        app.amqp.queues[app.conf.task_default_queue](broker.default_channel).declare()
        broker.default_channel.queue_purge(app.conf.task_default_queue)
    with start_worker(
        app, pool="threads", concurrency=2, perform_ping_check=False, shutdown_timeout=60.0
    ):
        keep_partitions.delay()
        assert finished.wait(30)
    assert partitions() > 0
