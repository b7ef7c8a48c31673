"""Stored tokens with a card's number, and the eMSPs that could know one that is not stored."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from ocpi.datetimes import format_datetime, parse_datetime
from ocpi.ids import PartyId
from ocpi.versions import InterfaceRole
from parties import services as parties
from parties.choices import ConnectionKind, ConnectionState, PartySource, Role
from parties.models import Connection, ConnectionParty, Party
from tokens.authorization.questions import Document, Question, Target
from tokens.choices import TokenType
from tokens.models import Token

MODULE = "tokens"
# OCPI knows no end of a Token; back offices that do write it into one of these members.
EXPIRY_MEMBERS = ("valid_until", "expiry_date")
SAME_UID_LIMIT = 50
_LISTED_2_2_1 = (TokenType.RFID, TokenType.APP_USER, TokenType.AD_HOC_USER)


def providers(question: Question) -> QuerySet[Party]:
    """The eMSPs whose tokens the asker can ask about: of a partner, those of ours that it sees."""
    if question.receiver is not None:
        return Party.objects.filter(pk=question.receiver.pk)
    asker = question.connection
    reachable = parties.reachable_parties(asker) if asker else Party.objects.all()
    return reachable.filter(role=Role.EMSP)


def stored(question: Question) -> list[Token]:
    """Tokens with this number and type here, in our order: exact type, ours, then by party."""
    rows = (
        Token.objects.filter(uid_key=question.uid_key, vanished_at=None)
        .filter(_of_type(question.type, question.version))
        .filter(owner__in=providers(question))
        .select_related("owner")
    )
    # Sorted here: on the way of every card, the few rows cost less than one more sorting statement.
    return sorted(
        rows.order_by("id")[:SAME_UID_LIMIT],
        key=lambda row: (row.type != question.type, not row.owner.is_ours, row.owner.identity),
    )


def _of_type(name: str, version: str) -> Q:
    """Tokens that an asker of this version can mean: older versions say OTHER for types they lack."""
    if name == TokenType.OTHER and version == "2.1.1":
        return ~Q(type=TokenType.RFID)
    if name == TokenType.OTHER and version == "2.2.1":
        return ~Q(type__in=_LISTED_2_2_1)
    if name not in _LISTED_2_2_1:
        return Q(type__in=[name, TokenType.OTHER])
    return Q(type=name)


def document(token: Token) -> Document:
    """The canonical Token."""
    return {**token.document, "last_updated": format_datetime(token.last_updated)}


def expired(token: Token) -> bool:
    """Whether its owner's document says that it has ended (see ``EXPIRY_MEMBERS``); a date ends with its day."""
    for name in EXPIRY_MEMBERS:
        value = token.document.get(name)
        if isinstance(value, str) and _is_past(value):
            return True
    return False


def _is_past(text: str) -> bool:
    now = timezone.now()
    try:
        if len(text) == len("2026-01-01"):
            return date.fromisoformat(text) < now.date()
        at: datetime = parse_datetime(text)
    except ValueError:
        return False
    return at <= now


def target(question: Question, party: Party) -> Target | None:
    """How ``party`` can be asked; ``None`` when it cannot. Nobody is asked about its own question."""
    environment = question.connection.environment if question.connection else ""
    found = parties.running_connection(party, MODULE, InterfaceRole.SENDER, environment=environment)
    if found is None or found == question.connection:
        return None
    return Target(found, party)


def everyone(question: Question) -> list[Target]:
    """Whoever could know a card that is not stored, in our order, each connection as few times as possible.

    A hub finds the eMSP itself, so that it is asked once and without naming one (open routing); other platforms
    are asked per eMSP. An EMAID says whose it is: if that eMSP is here, it alone is asked.
    """
    rows = (
        ConnectionParty.objects.reachable()
        .filter(
            approved=True,
            party__in=providers(question),
            connection__state=ConnectionState.CONNECTED,
        )
        .exclude(party__is_ours=True, party__authorization_rule="tokens")
        .exclude(party__is_ours=True, connection__kind=ConnectionKind.PARTNER)
        .select_related("connection", "party")
        .order_by("-party__is_ours", "connection_id", "party_id")
    )
    if question.connection is not None:
        rows = rows.exclude(connection=question.connection).filter(
            connection__environment=question.connection.environment
        )
    issuer = _issuer(question)
    named = [row for row in rows if issuer and row.party.identity == issuer]
    return _targets(named or list(rows))


def _issuer(question: Question) -> PartyId | None:
    if question.type not in {TokenType.EMAID, TokenType.OTHER}:
        return None
    compact = question.uid_key.replace("-", "").replace("*", "")
    try:
        return PartyId.of(compact[:2], compact[2:5])
    except ValueError:
        return None


def _targets(rows: list[ConnectionParty]) -> list[Target]:
    askable = [row for row in rows if _asks(row.connection)]
    direct = {row.party_id for row in askable if not _is_behind_hub(row)}
    found: dict[tuple[int, int | None], Target] = {}
    for row in askable:
        if not _is_behind_hub(row):
            found[row.connection_id, row.party_id] = Target(row.connection, row.party)
        elif row.party_id not in direct:
            found.setdefault((row.connection_id, None), Target(row.connection, None))
    return list(found.values())


def _is_behind_hub(row: ConnectionParty) -> bool:
    return row.connection.kind == ConnectionKind.HUB or row.source == PartySource.HUB


def _asks(connection: Connection) -> bool:
    return connection.endpoint_url(MODULE, InterfaceRole.SENDER) is not None
