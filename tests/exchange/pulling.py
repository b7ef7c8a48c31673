"""What tests of pulls share."""

from __future__ import annotations

from typing import Any

from exchange import pulls
from exchange.models import Job, PullState
from locations.models import Location
from parties.models import Connection, Party
from tests import builders
from tests.exchange.conftest import Reply, Seen, System


def locations(*names: str, owner: str = "NL*ABC") -> list[dict[str, Any]]:
    return [builders.location(name, owner) for name in names]


def pulled(connection: Connection, **options: Any) -> Job:
    """A pull that was begun and done, or rests."""
    job = pulls.start_pull(connection, "locations", **options)
    pulls.run(job)
    job.refresh_from_db()
    return job


def gone_on(job: Job) -> Job:
    """A pull that rested, done by another worker."""
    pulls.go_on(job)
    pulls.run(Job.objects.get(pk=job.pk))
    job.refresh_from_db()
    return job


def state_of(connection: Connection, party: Party | None = None) -> PullState:
    return PullState.objects.get(connection=connection, module="locations", party=party)


def held(owner: str | None = None) -> set[str]:
    found = Location.objects.filter(vanished_at=None)
    if owner is not None:
        country_code, party_id = owner.split("*")
        found = found.filter(owner__country_code=country_code, owner__party_id=party_id)
    return set(found.values_list("location_id", flat=True))


class Platform:
    """Lists of several parties, by OCPI-to, or all of them together where ``heeds`` is off."""

    def __init__(self, system: System, lists: dict[str, list[dict[str, Any]]]) -> None:
        self.lists = lists
        self.heeds = True
        self.before: Reply | None = None
        self._system = system
        system.handler = self.answer

    def answer(self, seen: Seen) -> Reply:
        named = asked_for(seen)
        if self.before is not None:
            return self.before
        if self.heeds and named is not None:
            items = self.lists.get(named, [])
        else:
            items = [item for one in self.lists.values() for item in one]
        offset = int(seen.query.get("offset", "0"))
        headers = {"X-Total-Count": str(len(items)), "X-Limit": "2"}
        if offset + 2 < len(items):
            link = f"{self._system.url}{seen.path}?offset={offset + 2}"
            headers["Link"] = f'<{link}>; rel="next"'
        return Reply(items[offset : offset + 2], headers=headers)


def asked_for(seen: Seen) -> str | None:
    """The party that a request names, such as ``NL*ABC``."""
    party_id = seen.headers.get("ocpi-to-party-id")
    return f"{seen.headers['ocpi-to-country-code']}*{party_id}" if party_id else None
