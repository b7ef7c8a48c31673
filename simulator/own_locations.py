"""The Locations the simulator owns: own objects whose EVSEs change their status."""

from typing import NamedTuple, get_args

from ocpi.classes import Status
from ocpi.ids import PartyId
from simulator.database import Database
from simulator.documents import Document, find_evse, raise_last_updated
from simulator.own_objects import OwnObjects, later_than

STATUSES = frozenset(get_args(Status))


class EvseKey(NamedTuple):
    """Where an EVSE is found; the ids of Locations are unique over all our parties."""

    location_id: str
    evse_uid: str


class OwnLocations(OwnObjects):
    """The module `locations`."""

    def __init__(self, database: Database, parties: tuple[PartyId, ...]) -> None:
        super().__init__(database, "locations")
        self.parties = parties

    def evses(self) -> dict[EvseKey, str]:
        """Return the status of every EVSE, in the order of the Locations."""
        return {
            EvseKey(location["id"], evse["uid"]): evse["status"]
            for location in self.documents()
            for evse in location.get("evses", ())
        }

    def find(self, location_id: str) -> Document | None:
        """Return a Location of any of our parties, or None."""
        return self.get(location_id, self.parties)

    def set_status(self, evse_key: EvseKey, status: str) -> tuple[Document, Document]:
        """Change the status of an EVSE now; return its Location and it. KeyError when there is none."""
        with self._database.transaction():
            location = self.find(evse_key.location_id)
            evse = location and find_evse(location, evse_key.evse_uid)
            if not location or not evse:
                raise KeyError(f"{evse_key.location_id}/{evse_key.evse_uid}")
            evse["status"] = status
            evse["last_updated"] = later_than(evse["last_updated"])
            raise_last_updated([location], evse["last_updated"])
            self.put(location)
        return location, evse
