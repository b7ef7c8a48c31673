"""What one connection sees of whole tables: the predicate of ``parties.visibility``, worked out owner by owner.

Asked object by object, the predicate looks up agreements each time. Here they are read once per question, and what
remains to be asked about an object is little: whose it is, whether it is public, whether it is selected.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import connection as database

from parties.choices import PrivateLocations, Sharing
from parties.models import Connection
from parties.visibility import Visibility

_OWNERS = """
    SELECT p.id, a.id, a.private_locations, h.id, h.sharing, h.countries,
           c.kind = 'back_office'
    FROM parties_party p
    JOIN parties_connection c ON c.id = %(connection)s
    LEFT JOIN parties_connectionparty s ON s.connection_id = %(connection)s AND s.approved
    LEFT JOIN parties_agreement a
        ON a.ours_id = p.id AND a.theirs_id = s.party_id AND a.ended_at IS NULL
    LEFT JOIN parties_agreementshare h ON h.agreement_id = a.id AND h.module = %(module)s
    WHERE (p.is_ours OR c.kind = 'back_office')
    AND (NOT EXISTS (SELECT 1 FROM parties_connection_presents n
                     WHERE n.connection_id = %(connection)s)
         OR EXISTS (SELECT 1 FROM parties_connection_presents n
                    WHERE n.connection_id = %(connection)s AND n.party_id = p.id))
    AND NOT EXISTS (SELECT 1 FROM parties_connectionparty own
                    WHERE own.connection_id = %(connection)s AND own.party_id = p.id)
"""

_SELECTED = """
    (o.owner_id, {key}) {is_in} (
        SELECT a.ours_id, x.object_key FROM parties_selectedobject x
        JOIN parties_agreementshare h ON h.id = x.share_id
        JOIN parties_agreement a ON a.id = h.agreement_id
        WHERE h.id = ANY(%({shares})s))
"""

# So many shares that limit countries are asked one by one; beyond, each object is asked about all.
_ONE_BY_ONE = 40


class Sight(NamedTuple):
    """A condition over ``o`` and its parameters; they begin with ``sight_``, but for ``connection``."""

    sql: str
    parameters: dict[str, Any]


class _Share(NamedTuple):
    """A share that does not open everything."""

    id: int
    owner_id: int
    sharing: str
    countries: list[str]


@dataclass
class _Owner:
    """What all agreements of one owner with the parties of a connection come to."""

    open: bool = False
    private: bool = False
    shares: list[_Share] = field(default_factory=list)

    def of(self, sharing: str) -> list[_Share]:
        """Those of a kind that are not limited to countries; none where everything is open anyway."""
        return [s for s in self.shares if s.sharing == sharing and not s.countries]

    def separate(self) -> list[_Share]:
        """Those that need a condition of their own: limits of countries, and exceptions beside exceptions."""
        excepted = self.of(Sharing.EXCEPT)
        return [s for s in self.shares if s.countries] + (excepted if len(excepted) > 1 else [])


def sight(rules: Visibility, connection: Connection, version: str = "") -> Sight:
    """What ``connection`` sees of the module's table ``o`` at an OCPI version (its own unless given)."""
    version = version or connection.version
    owners = _owners(rules, connection)
    each = list(owners.values())
    excepted = [
        s for owner in each if len(owner.of(Sharing.EXCEPT)) == 1 for s in owner.of(Sharing.EXCEPT)
    ]
    separate = [share for owner in each for share in owner.separate()]
    parameters: dict[str, Any] = {
        "connection": connection.pk,
        "sight_version": version,
        "sight_open": [pk for pk, owner in owners.items() if owner.open],
        "sight_selected": [share.id for owner in each for share in owner.of(Sharing.SELECTED)],
        "sight_excepting": [share.owner_id for share in excepted],
        "sight_excepted": [share.id for share in excepted],
        "sight_separate": [share.owner_id for share in separate],
        "sight_private": [pk for pk, owner in owners.items() if owner.private],
    }
    ways = [*_shared(rules, parameters), *_separately(rules, separate, parameters)]
    shared = _either(ways)
    always = [_concerning(rules), rules.present, _said(rules)]
    if not rules.published:
        return Sight(_both([shared, *always]), parameters)
    public = _both([rules.published, shared])
    if parameters["sight_private"] and version != "2.1.1":
        opened = rules.opened("%(connection)s", "%(sight_version)s")
        private = _both([f"NOT {rules.published}", "o.owner_id = ANY(%(sight_private)s)", opened])
        public = _either([public, private])
    return Sight(_both([public, *always]), parameters)


def _owners(rules: Visibility, connection: Connection) -> dict[int, _Owner]:
    owners: dict[int, _Owner] = {}
    with database.cursor() as cursor:
        cursor.execute(_OWNERS, {"connection": connection.pk, "module": rules.module})
        for pk, agreement, private, share, sharing, countries, back_office in cursor.fetchall():
            owner = owners.setdefault(pk, _Owner())
            if back_office or rules.connection:
                owner.open = owner.private = True
                continue
            if agreement is None:
                owner.open = owner.open or not rules.only_agreed
                continue
            owner.private = owner.private or private != PrivateLocations.NEVER
            limits = list(countries or ()) if rules.country else []
            if share is None or (sharing == Sharing.PUBLIC and not limits):
                owner.open = True
            elif sharing != Sharing.NOTHING:
                owner.shares.append(_Share(share, pk, sharing, limits))
    for owner in owners.values():
        if owner.open:
            owner.shares.clear()
    return owners


def _shared(rules: Visibility, parameters: dict[str, Any]) -> list[str]:
    """One condition per way to be shared that occurs at all, the cheapest first."""
    found = ["o.owner_id = ANY(%(sight_open)s)"]
    if parameters["sight_selected"]:
        found.append(_listed(rules, "IN", "sight_selected"))
    if parameters["sight_excepting"]:
        excepting = "o.owner_id = ANY(%(sight_excepting)s)"
        found.append(_both([excepting, _listed(rules, "NOT IN", "sight_excepted")]))
    return found


def _separately(rules: Visibility, shares: list[_Share], parameters: dict[str, Any]) -> list[str]:
    """A condition per share; where there are too many, the one that asks about each object."""
    if len(shares) > _ONE_BY_ONE:
        return [_both(["o.owner_id = ANY(%(sight_separate)s)", rules.agreed("%(connection)s")])]
    found = []
    for number, share in enumerate(shares):
        owner, countries, chosen = (f"sight_{name}_{number}" for name in ("owner", "in", "chosen"))
        parameters |= {owner: share.owner_id, countries: share.countries, chosen: [share.id]}
        conditions = [f"o.owner_id = %({owner})s"]
        if share.countries:
            conditions.append(f"{rules.country} = ANY(%({countries})s)")
        if share.sharing != Sharing.PUBLIC:
            is_in = "IN" if share.sharing == Sharing.SELECTED else "NOT IN"
            conditions.append(_listed(rules, is_in, chosen))
        found.append(_both(conditions))
    return found


def _listed(rules: Visibility, is_in: str, shares: str) -> str:
    return _SELECTED.format(key=rules.key, is_in=is_in, shares=shares)


def _concerning(rules: Visibility) -> str:
    if rules.connection:
        return f"{rules.connection} = %(connection)s"
    if not rules.concerns:
        return ""
    return (
        f"{rules.concerns} IN (SELECT s.party_id FROM parties_connectionparty s"  # noqa: S608
        " WHERE s.connection_id = %(connection)s AND s.approved)"
    )


def _said(rules: Visibility) -> str:
    return f"NOT (%(sight_version)s = ANY({rules.refused_in}))" if rules.refused_in else ""


def _both(conditions: list[str]) -> str:
    return "(" + " AND ".join(filter(None, conditions)) + ")"


def _either(conditions: list[str]) -> str:
    return "(" + " OR ".join(conditions) + ")"
