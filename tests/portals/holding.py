"""What a partner has to hold of ours at a version, told by conversion there and back, and what it holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from ocpi import convert
from ocpi.compare import differences, is_explained
from ocpi.ids import PartyId
from ocpi.versioned import Kind
from tests.portals.support import Link, wait_until

Json = dict[str, Any]
Shown = Mapping[Kind, Collection[str]]
"""The ids of what B may see, by kind; of a kind that is not named, what is public."""
KINDS: tuple[Kind, ...] = ("location", "tariff")


@dataclass
class Comparison:
    """What A may show beside what B holds; `faults` is empty when nothing is wrong.

    `lossy` counts objects that differ from ours, every difference a listed loss; `unshown` and `refused` those
    that B must not have, because nobody may see them, or because the version would mislead. `gone` is what B
    still holds of locations that were taken away: every EVSE removed.
    """

    version: str
    equal: int = 0
    lossy: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    unshown: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.version}: {self.equal} the same, {self.lossy} with {self.lost.total()} listed losses, "
            f"{len(self.refused)} refused, {len(self.unshown)} not to be seen, {len(self.gone)} taken away"
        )

    def add(self, kind: Kind, ours: Json, held: Json | None) -> None:
        """One object of A and what B holds of it."""
        name = f"{kind} {ours['id']}"
        try:
            said, losses = convert.from_canonical(self.version, kind, ours)
        except convert.Refused as refused:
            self.refused[name] = refused.reason
            self._not_there(name, kind, held)
            return
        if held is None:
            self.faults.append(f"{name} is missing at B")
            return
        owner = PartyId.of(ours["country_code"], ours["party_id"])
        back = convert.to_canonical(self.version, kind, said, owner=owner).document
        held = _without_removed(held, back)
        found = differences(ours, held, kind)
        # What came at a newer version before may be there with all that the version cannot say.
        strange = differences(back, held, kind) if found else []
        self.faults += [f"{name} {one.path}: {one.words}" for one in strange]
        unexplained = [one for one in found if not is_explained(one, losses)]
        self.faults += [f"{name} {one.path} is no listed loss: {one.words}" for one in unexplained]
        self.lost.update(loss.code for loss in losses)
        self.equal += not found
        self.lossy += bool(found)

    def hide(self, kind: Kind, ours: Json, held: Json | None) -> None:
        """One object of A that B must not see."""
        name = f"{kind} {ours['id']}"
        self.unshown.append(name)
        self._not_there(name, kind, held)

    def _not_there(self, name: str, kind: Kind, held: Json | None) -> None:
        if held is None:
            return
        if kind == "location" and is_withdrawn(held):
            self.gone.append(name)
        else:
            self.faults.append(f"{name} should not be at B")


def _without_removed(held: Json, said: Json) -> Json:
    """Without EVSEs that were told at a newer version, and are removed since this one cannot say them."""
    named = {evse["uid"] for evse in said.get("evses", ())}
    kept = [
        evse
        for evse in held.get("evses", ())
        if evse["status"] != "REMOVED" or evse["uid"] in named
    ]
    return {**held, "evses": kept}


def is_withdrawn(location: Json) -> bool:
    """Whether a location is told as gone: every EVSE removed; without any, not published."""
    statuses = {evse["status"] for evse in location.get("evses", ())}
    return statuses == {"REMOVED"} or (not statuses and not location["publish"])


def compare(link: Link, version: str, shown: Shown | None = None) -> Comparison:
    """What A's party may show to B, object by object, beside what B holds."""
    ours, theirs = link.a.do("held", party=link.a_party), link.b.do("held", party=link.a_party)
    found = Comparison(version)
    for kind in KINDS:
        held = {document["id"]: document for document in theirs[kind]}
        for document in ours[kind]:
            add = found.add if _may_see(kind, document, shown or {}) else found.hide
            add(kind, document, held.pop(document["id"], None))
        found.faults += [f"{kind} {name} is at B and not at A" for name in held]
    return found


def _may_see(kind: Kind, document: Json, shown: Shown) -> bool:
    if kind in shown:
        return document["id"] in shown[kind]
    return bool(document.get("publish", True))


def wait_until_held(
    link: Link, version: str, shown: Shown | None = None
) -> tuple[Comparison, float]:
    """Wait until B holds exactly that, and nothing is left to be delivered; the seconds it took."""
    found: list[Comparison] = []

    def is_held() -> bool:
        if link.a.pending(link.name):
            return False
        found[:] = [compare(link, version, shown)]
        return not found[0].faults and link.a.pending(link.name) == 0

    def what() -> str:
        found[:] = [compare(link, version, shown)]
        faults = "\n".join(found[0].faults[:12])
        return f"{found[0]}, {link.a.pending(link.name)} to be delivered\n{faults}"

    seconds = wait_until(is_held, what)
    return found[0], seconds
