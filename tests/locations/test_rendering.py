"""What is read of a location while it changes."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from django.db import connection as database
from django.db.migrations import RunSQL
from django.db.migrations.loader import MigrationLoader

from locations import renditions, selectors, services
from locations.models import EVSE, Location, Rendition
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


@pytest.mark.parametrize("queries_before", [1, 2])
def test_a_rendition_of_what_has_just_changed_is_not_kept(queries_before: int) -> None:
    """Kept, it would be read for ever after."""
    owner = builders.party(ours=True)
    services.put_location(owner, builders.location(), source=None)
    location = Location.objects.get()
    changed = builders.evse(floor_level="2", last_updated=builders.LATER)
    waiting = [lambda: services.put_evse(owner, "LOC1", changed, source=None)]
    seen = 0

    def change_after_some(run: Any, *arguments: Any) -> Any:
        nonlocal seen
        result = run(*arguments)
        seen += 1
        if seen == queries_before and waiting:
            waiting.pop()()
        return result

    with database.execute_wrapper(change_after_some):
        renditions.read([location.pk], "2.1.1")

    assert not Rendition.objects.exists()
    said = orjson.loads(renditions.read_one(location.pk, "2.1.1").json)
    assert said["evses"][0]["floor_level"] == "2"


def test_rows_of_before_get_the_columns_that_a_new_one_gets() -> None:
    owner = builders.party(ours=True)
    for name, fields in (("A", {}), ("B", {"publish": False}), ("C", {"help_phone": "1"})):
        services.put_location(owner, builders.location(name, **fields), source=None)
    columns = Location.objects.order_by("location_id").values_list("differs_in", "refused_in")
    written = list(columns)
    Location.objects.filter(location_id="C").update(differs_in=["2.2.1"])
    Location.objects.exclude(location_id="C").update(differs_in=[])
    Location.objects.update(refused_in=[])

    migrations = MigrationLoader(None).disk_migrations
    (migration,) = [m for (_, name), m in migrations.items() if name.endswith("_renditions")]
    (operation,) = [each for each in migration.operations if isinstance(each, RunSQL)]
    with database.cursor() as cursor:
        cursor.execute(str(operation.sql))

    assert list(columns.all()) == written
