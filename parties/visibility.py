"""Who sees what: the one predicate behind lists, objects, deliveries and the pages that explain them.

A module says how its objects are asked (:class:`Visibility`); what comes of it is SQL over the object ``o`` and
one connection, named by an SQL expression: ``c.id`` where many connections are asked about at once, a parameter
where it is one. No data is ever put into it. The whole is its conditions joined by AND, so that each of them can
be asked, and explained, alone. Questions about whole tables go through ``parties.sight``, which says the same.
"""

from __future__ import annotations

from dataclasses import dataclass

# The agreements in force between the object's owner and the parties that the connection speaks for.
_PAIRS = """
    FROM parties_connectionparty s
    JOIN parties_agreement a ON a.theirs_id = s.party_id AND a.ended_at IS NULL
    LEFT JOIN parties_agreementshare h ON h.agreement_id = a.id AND h.module = '{module}'
    WHERE s.connection_id = {connection} AND s.approved AND a.ours_id = o.owner_id
"""

# What one of those agreements says about one object.
_PAIR_SHARES = """
    (h.id IS NULL OR (
        h.sharing <> 'nothing'
        AND {in_country}
        AND (h.sharing = 'public' OR (h.sharing = 'selected') = EXISTS (
            SELECT 1 FROM parties_selectedobject x WHERE x.share_id = h.id AND x.object_key = {key}
        ))
    ))
"""

_PAIR_OPENS_PRIVATE = """
    (a.private_locations = 'always' OR (a.private_locations = 'entitled' AND EXISTS (
        SELECT 1 FROM {tokens} t WHERE t.location_id = o.id AND NOT EXISTS (
            SELECT 1 FROM unnest(t.keys) AS k(key) WHERE NOT EXISTS (
                SELECT 1 FROM parties_entitledtoken e WHERE e.agreement_id = a.id AND e.key = k.key
            )
        )
    )))
"""

_PRESENTED = """
    (NOT EXISTS (SELECT 1 FROM parties_connection_presents n WHERE n.connection_id = {connection})
     OR EXISTS (SELECT 1 FROM parties_connection_presents n
                WHERE n.connection_id = {connection} AND n.party_id = o.owner_id))
"""

_NOT_ITS_OWN = """
    NOT EXISTS (SELECT 1 FROM parties_connectionparty s
                WHERE s.connection_id = {connection} AND s.party_id = o.owner_id)
"""

# A party of the partner's without an agreement gets what is public; so does a partner that speaks for nobody.
_AGREED = """
    (NOT EXISTS (SELECT 1 {pairs}) OR EXISTS (
        SELECT 1 FROM parties_connectionparty s
        LEFT JOIN parties_agreement a
            ON a.theirs_id = s.party_id AND a.ours_id = o.owner_id AND a.ended_at IS NULL
        LEFT JOIN parties_agreementshare h ON h.agreement_id = a.id AND h.module = '{module}'
        WHERE s.connection_id = {connection} AND s.approved AND {pair_shares}
    ))
"""

_OPENED = """
    ({version} <> '2.1.1' AND EXISTS (SELECT 1 {pairs} AND {pair_shares} AND {pair_opens}))
"""

# Our own back office is told what our partners' objects are as well: to it the portal is a hub.
_IS_BACK_OFFICE = """
    EXISTS (SELECT 1 FROM parties_connection b
            WHERE b.id = {connection} AND b.kind = 'back_office')
"""

_OURS = "o.owner_id IN (SELECT p.id FROM parties_party p WHERE p.is_ours)"

_SPEAKS_FOR = """
    EXISTS (SELECT 1 FROM parties_connectionparty s
            WHERE s.connection_id = {connection} AND s.approved AND s.party_id = {party})
"""

_REACHABLE = """
    NOT EXISTS (SELECT 1 FROM parties_connectionparty s
                WHERE s.connection_id = {connection} AND s.party_id = {party}
                  AND s.hub_status NOT IN ('', 'CONNECTED'))
"""
_ITS_VERSION = "(SELECT v.version FROM parties_connection v WHERE v.id = {connection})"


@dataclass(frozen=True)
class Condition:
    """One condition of the predicate: its SQL, and a sentence for either answer."""

    name: str
    sql: str
    yes: str
    no: str


@dataclass(frozen=True)
class Visibility:
    """How the objects of a module are asked who may see them.

    ``table`` holds them with ``owner_id``; ``key`` is their CiString key in SQL. Where objects have no
    ``country`` (alpha-3), or cannot be private (``published``), or private ones open to nobody's tokens
    (``tokens``, a table of ``location_id`` and ``keys``), or stay for ever (``present``), or can be said at every
    version (``refused_in``, an array of versions), that is left empty. ``gone`` is what staff read of one that is
    not ``present``.

    ``concerns`` is SQL of the party that an object is about, such as the eMSP of a session: nobody but its
    connection sees it. With ``only_agreed`` nothing is public: a partner sees what an agreement shares.
    ``connection`` is SQL of the one connection that it is for, such as the one that sent a command, whatever
    else is agreed.
    """

    module: str
    table: str
    key: str
    country: str = ""
    published: str = ""
    tokens: str = ""
    present: str = ""
    gone: str = "It vanished: its owner does not list it any more."
    refused_in: str = ""
    concerns: str = ""
    only_agreed: bool = False
    connection: str = ""

    def conditions(self, connection: str = "c.id", version: str = "") -> tuple[Condition, ...]:
        """Everything that must hold, in the order in which it is explained.

        ``version`` is SQL of the OCPI version that is spoken; empty for the one agreed on with the connection.
        """
        version = version or _ITS_VERSION.format(connection=connection)
        return (
            Condition(
                "owner_is_ours",
                f"({_OURS} OR {_IS_BACK_OFFICE.format(connection=connection)})",
                "Its owner is hosted here, or the connection is our own back office.",
                "Its owner is not hosted here. Only what is ours is passed on.",
            ),
            Condition(
                "presented",
                _PRESENTED.format(connection=connection),
                "The connection shows its owner to the partner.",
                "The connection does not show its owner to the partner.",
            ),
            Condition(
                "not_its_own",
                _NOT_ITS_OWN.format(connection=connection),
                "The partner does not speak for its owner.",
                "The partner itself speaks for its owner, and needs not to be told what is its own.",
            ),
            Condition(
                "concerns_it",
                _SPEAKS_FOR.format(connection=connection, party=self.concerns)
                if self.concerns
                else "TRUE",
                "The partner speaks for the party that it is about."
                if self.concerns
                else "It is not about one party alone.",
                "It is about a party that the partner does not speak for.",
            ),
            Condition(
                "for_it",
                f"{self.connection} = {connection}" if self.connection else "TRUE",
                "It is for this connection."
                if self.connection
                else "It is for no connection alone.",
                "It is for another connection.",
            ),
            Condition(
                "agreed",
                self.agreed(connection),
                "What is agreed with the partner includes it.",
                "What is agreed with the partner leaves it out.",
            ),
            Condition(
                "public_or_open",
                self._public_or_open(connection, version),
                "It is published, or open to the partner although it is not.",
                "It is not published, and no agreement opens it to the partner.",
            ),
            Condition(
                "present",
                self.present or "TRUE",
                "It exists.",
                self.gone,
            ),
            Condition(
                "version_can_say_it",
                f"NOT ({version} = ANY({self.refused_in}))" if self.refused_in else "TRUE",
                "The partner's version of OCPI can say it.",
                "The partner's version of OCPI cannot say it without misleading.",
            ),
        )

    def reachable(self, connection: str = "c.id") -> str:
        """SQL: no hub says that the party which the object is about is away: only then is it told, or queued."""
        if not self.concerns:
            return "TRUE"
        return _REACHABLE.format(connection=connection, party=self.concerns)

    def visible(self, connection: str = "c.id", version: str = "") -> str:
        """SQL: the connection sees this object now."""
        return _all(self.conditions(connection, version))

    def audience(self, connection: str = "c.id") -> str:
        """SQL: the connection may be told that this object is gone, if it was told about it before."""
        return _NOT_ITS_OWN.format(connection=connection)

    def agreed(self, connection: str) -> str:
        """SQL: an agreement of one of the partner's parties shares the object, or it takes none.

        Where not ``only_agreed``, the lack of an agreement shares it too. Our back office needs no agreement.
        """
        if self.connection:
            return "TRUE"
        back_office = _IS_BACK_OFFICE.format(connection=connection)
        if self.only_agreed:
            pairs = self._pairs(connection)
            return f"({back_office} OR EXISTS (SELECT 1 {pairs} AND {self._pair_shares()}))"
        agreed = _AGREED.format(
            connection=connection,
            module=self.module,
            pairs=self._pairs(connection),
            pair_shares=self._pair_shares(),
        )
        return f"({back_office} OR {agreed})"

    def _public_or_open(self, connection: str, version: str) -> str:
        if not self.published:
            return "TRUE"
        return f"({self.published} OR {self.opened(connection, version)})"

    def opened(self, connection: str, version: str) -> str:
        """SQL: the object is open to the partner although it is not published: by agreement, or as ours."""
        opens = (
            _PAIR_OPENS_PRIVATE.format(tokens=self.tokens)
            if self.tokens
            else "a.private_locations = 'always'"
        )
        by_agreement = _OPENED.format(
            version=version,
            pairs=self._pairs(connection),
            pair_shares=self._pair_shares(),
            pair_opens=opens,
        )
        back_office = _IS_BACK_OFFICE.format(connection=connection)
        return f"({by_agreement} OR ({version} <> '2.1.1' AND {back_office}))"

    def _pairs(self, connection: str) -> str:
        return _PAIRS.format(module=self.module, connection=connection)

    def _pair_shares(self) -> str:
        in_country = "TRUE"
        if self.country:
            in_country = f"(cardinality(h.countries) = 0 OR {self.country} = ANY(h.countries))"
        return _PAIR_SHARES.format(key=self.key, in_country=in_country)


def _all(conditions: tuple[Condition, ...]) -> str:
    return "(" + " AND ".join(condition.sql for condition in conditions) + ")"
