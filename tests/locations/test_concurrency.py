"""A pull or an import takes in what the partner pushes at the same time."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction

from exchange.registry import Source
from locations import services
from locations.models import Location
from tests import builders

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_batch_survives_that_each_of_its_objects_is_pushed_meanwhile() -> None:
    owner = builders.party()
    documents = [builders.location(f"LOC{number}") for number in range(4)]
    to_push, pushers = list(documents), []

    def push(document: dict[str, Any]) -> None:
        with transaction.atomic():
            services.put_location(owner, document, source=None)
        database.close()

    def push_after_looking(run: Any, sql: Any, *arguments: Any) -> Any:
        result = run(sql, *arguments)
        if "FOR UPDATE OF o" in sql and to_push:
            pushers.append(threading.Thread(target=push, args=[to_push.pop()]))
            pushers[-1].start()
            pushers[-1].join(0.3)  # it ends, or waits for us
        return result

    with database.execute_wrapper(push_after_looking):
        received = services.receive(
            builders.raw(*documents), Source("Pull", "2.2.1", None, None, owner.identity)
        )
    for pusher in pushers:
        pusher.join()

    assert received.counts.rejected == 0
    assert len(received.object_ids) == Location.objects.count() == len(documents)
