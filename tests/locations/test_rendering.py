"""What is read of a location while it changes."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from django.db import connection as database

from locations import selectors, services
from locations.models import EVSE, Location
from tests import builders

pytestmark = pytest.mark.django_db


def test_a_change_during_the_reading_is_in_it_or_yet_to_come() -> None:
    """A version without all of its changes would be taken for told, and the change lost."""
    owner = builders.party(ours=True)
    services.put_location(owner, builders.location(), source=None)
    location = Location.objects.get()
    waiting = [lambda: services.set_status(EVSE.objects.get(), "CHARGING")]

    def change_after_the_first(run: Any, *arguments: Any) -> Any:
        result = run(*arguments)
        if waiting:
            waiting.pop()()
        return result

    with database.execute_wrapper(change_after_the_first):
        row = selectors.by_ids([location.pk])[0]

    told = orjson.loads(row.to_json())["evses"][0]["status"]
    assert told == "CHARGING" or row.version < Location.objects.get().version
