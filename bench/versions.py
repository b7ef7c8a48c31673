"""Each version against OCPI 2.2.1: the same page, the same PATCH, the same delivery rendered."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bench import portal

if TYPE_CHECKING:
    from exchange.registry import Outbox
    from parties.models import Connection

BASELINE = "2.2.1"
GOAL = 1.3
OBJECTS = 200


def page(rounds: int, others: list[str]) -> None:
    """A page of 100 locations over HTTP; the first reading at a version, which converts, is shown apart."""
    baseline = portal.partner("Reader 2.2.1", "NL*RBL", "EMSP")
    with portal.web_server() as web:
        theirs_of = _reading(web, BASELINE, baseline)
        for number, version in enumerate(others):
            reader = portal.partner(
                f"Reader {version}", f"NL*R{number:02}", "EMSP", version=version
            )
            ours_of = _reading(web, version, reader)
            # The web server is warm, the renditions are not there yet.
            theirs_of(0)
            first, _ = portal.paired(ours_of, lambda _: None, 1, warm_up=0)
            ours, theirs = portal.paired(ours_of, theirs_of, rounds)
            title = f"page of 100 locations at {version} (the first time {first[0]:.0f} ms)"
            portal.report(title, ours, theirs, GOAL, BASELINE)


def _reading(
    web: http.client.HTTPConnection, version: str, reader: portal.Partner
) -> Callable[[int], object]:
    path = f"/ocpi/{version}/sender/locations?limit=100"
    return lambda _: portal.call(web, "GET", path, reader.authorization)


def patch(rounds: int, others: list[str]) -> None:
    """A PATCH of a status from a back office at each version, and rendering what is pushed to a partner."""
    offices = {
        version: portal.partner(
            f"Office {version}", "NL*BEN", "CPO", kind="back_office", version=version
        )
        for version in (BASELINE, *others)
    }
    evses = _some_evses()
    with portal.web_server() as web:
        for version in others:
            ours, theirs = portal.paired(
                _sending(web, version, offices[version], evses, 0),
                _sending(web, BASELINE, offices[BASELINE], evses, 1),
                rounds,
            )
            portal.report(f"status PATCH at {version}", ours, theirs, GOAL, BASELINE)
    _render(rounds, others)


def _sending(
    web: http.client.HTTPConnection,
    version: str,
    office: portal.Partner,
    evses: list[str],
    odd: int,
) -> Callable[[int], object]:
    """Every second status is ours, every other the baseline's, so that each one changes something."""

    def send(number: int) -> None:
        turn = 2 * (number + 100) + odd
        url = f"/ocpi/{version}/receiver/locations/NL/BEN/{evses[turn % OBJECTS]}"
        portal.call(web, "PATCH", url, office.authorization, _body(turn))

    return send


def _render(rounds: int, others: list[str]) -> None:
    from exchange import registry
    from locations.models import Location

    outbox = registry.get("locations").outbox
    assert outbox is not None
    ids = list(Location.objects.order_by("id").values_list("pk", flat=True)[:OBJECTS])
    told = {
        version: portal.partner(f"Told {version}", f"NL*V{number:02}", "EMSP", version=version)
        for number, version in enumerate((BASELINE, *others))
    }

    whole = dict.fromkeys(ids, "*")
    for version in others:
        for title, marks in (("whole", whole), ("status", _marks(ids))):
            ours_of = _rendering(outbox, told[version].connection, ids, marks)
            theirs_of = _rendering(outbox, told[BASELINE].connection, ids, marks)
            ours, theirs = portal.paired(ours_of, theirs_of, rounds, warm_up=OBJECTS)
            portal.report(f"rendering a {title} push at {version}", ours, theirs, GOAL, BASELINE)


def _rendering(
    outbox: Outbox, connection: Connection, ids: list[int], marks: dict[int, str]
) -> Callable[[int], object]:
    def render(number: int) -> None:
        key = ids[number % OBJECTS]
        assert outbox.render(connection, key, [marks[key]], whole=marks[key] == "*") is not None

    return render


def _marks(ids: list[int]) -> dict[int, str]:
    from locations.models import EVSE

    rows = EVSE.objects.filter(location__in=ids).values_list("location_id", "uid")
    marks = {location: f"status:{uid}" for location, uid in rows}
    return {key: marks.get(key, "*") for key in ids}


def _some_evses() -> list[str]:
    from locations.models import EVSE

    rows = EVSE.objects.order_by("-location_id").values_list("location__location_id", "uid")
    return [f"{location}/{uid}" for location, uid in rows[:OBJECTS]]


def _body(number: int) -> bytes:
    status = "CHARGING" if number // OBJECTS % 2 else "BLOCKED"
    at = datetime(2026, 11, 2, tzinfo=UTC) + timedelta(seconds=number)
    return f'{{"status":"{status}","last_updated":"{at:%Y-%m-%dT%H:%M:%SZ}"}}'.encode()
