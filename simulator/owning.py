"""What a simulator has when it starts: as before, from a file, or made up."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import orjson

from simulator.charges.cards import cards_of
from simulator.database import Database
from simulator.documents import Document
from simulator.generation import generate
from simulator.identity import MODULES, Identity
from simulator.own_locations import OwnLocations
from simulator.own_objects import OwnObjects
from simulator.tariffs import tariffs_of


class Wanted(Protocol):
    """How much to make up, or the file to take it from."""

    @property
    def load(self) -> Path | None: ...
    @property
    def locations(self) -> int: ...
    @property
    def seed(self) -> int: ...


def own_of(
    database: Database, identity: Identity, wanted: Wanted
) -> tuple[dict[str, OwnObjects], OwnLocations]:
    """The objects of every module, and the Locations among them; OSError for a bad file."""
    locations = OwnLocations(database, identity.parties)
    own = {module: OwnObjects(database, module) for module in MODULES}
    own["locations"] = locations
    if wanted.load is not None:
        for module, documents in _loaded(wanted.load).items():
            own[module].fill(documents)
        return own, locations
    party, *others = identity.parties
    made = generate(wanted.locations, wanted.seed, party, identity.name, others)
    locations.fill(made)
    if wanted.locations and not own["tariffs"].count():
        year = datetime.now(UTC).year
        own["tariffs"].fill(t for owner in identity.parties for t in tariffs_of(owner, year))
    own["tokens"].fill(cards_of(party, identity.name, wanted.seed))
    return own, locations


def _loaded(path: Path) -> dict[str, Iterable[Document]]:
    """The canonical objects of a file, by module."""
    try:
        content = orjson.loads(path.read_bytes())
        return {
            module: list(content.get(module, ())) for module in ("locations", "tariffs", "tokens")
        }
    except (ValueError, AttributeError) as error:
        raise OSError(f"{path} holds no objects: {error}") from None
