"""What the search box finds: by ids and names with an index behind them, so that it stays fast."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from cdrs.models import CDR
from charging.models import Command, Session
from exchange.models import Exchange
from locations.documents import evse_search_key
from locations.models import EVSE, Location
from ocpi.identifiers import ContractId, DinEvseId, PlaceId, recognise
from ocpi.ids import PartyId
from parties.models import Connection, Party
from registers.minting.models import MintedId
from registers.models import RegisterEntry
from review.disputes import selectors as disputes
from review.models import Dispute
from settlement.models import InvoiceRecord, Statement
from settlement.reconciliation import selectors as invoices
from staff.links import may_view, page_url
from staff.theme import SearchResult
from tariffs.models import Tariff
from tokens import finding as tokens
from tokens.models import Authorization, Token

EACH = 6


def results(request: HttpRequest, term: str) -> list[SearchResult]:
    """Up to six of each kind whose name or id begins with (or, for few rows, holds) ``term``."""
    term = term.strip()
    compact = evse_search_key(term)
    named = _parties_named(term)
    kinds: list[tuple[type[Model], str, str, QuerySet[Model]]] = [
        (Connection, "Connection", "hub", _connections(term)),
        (Party, "Party", "badge", _parties(term, compact, named)),
        (MintedId, "ID given", "new_label", _minted(term, compact)),
        (Location, "Location", "location_on", _locations(term)),
        (EVSE, "EVSE", "ev_station", _evses(compact)),
        (Tariff, "Tariff", "sell", _tariffs(term)),
        (Token, "Token", "credit_card", _tokens(term)),
        (Authorization, "Authorization", "contactless", _authorizations(term)),
        (Command, "Command", "send", _commands(term)),
        (Session, "Session", "battery_charging_full", _sessions(term)),
        (CDR, "CDR", "receipt_long", _cdrs(term)),
        (Dispute, "Dispute", "gavel", Dispute.objects.filter(disputes.named(term))),
        (Statement, "Statement", "account_balance_wallet", _statements(term)),
        (
            InvoiceRecord,
            "Invoice",
            "request_quote",
            invoices.matching(InvoiceRecord.objects.all(), term),
        ),
        (RegisterEntry, "Listed code", "fingerprint", _listed(named)),
        (Exchange, "Exchange", "swap_horiz", _exchanges(term)),
    ]
    found: list[SearchResult] = []
    for model, kind, icon, rows in kinds:
        if may_view(request, model):
            found += _shown(rows[:EACH], kind, icon)
    return found


def _shown(rows: Iterable[Model], kind: str, icon: str) -> list[SearchResult]:
    return [
        SearchResult(title=str(row), description=kind, link=page_url(row), icon=icon)
        for row in rows
    ]


def _statements(term: str) -> QuerySet[Statement]:
    """By number or its beginning; numbers of a few letters would be all of a company's."""
    rows = Statement.objects.select_related("partner").order_by("-number")
    return rows.filter(number__startswith=term.upper()) if len(term) >= 4 else rows.none()


def _connections(term: str) -> QuerySet[Connection]:
    return Connection.objects.filter(name__icontains=term)


def _parties_named(term: str) -> list[PartyId]:
    """The parties on which an ID is built, whatever it can be read as."""
    found = [one for one in recognise(term) if not isinstance(one, DinEvseId)]
    return list(dict.fromkeys(one if isinstance(one, PartyId) else one.party for one in found))


def _of(identities: Iterable[PartyId]) -> Q:
    """Rows with the columns of a party that is one of these."""
    named = Q(pk=None)
    for identity in identities:
        named |= Q(country_code=identity.country_code, party_id=identity.party_id)
    return named


def _parties(term: str, compact: str, named: Iterable[PartyId]) -> QuerySet[Party]:
    """By name, by the beginning of their ID, or by any ID that is built on theirs."""
    found = Q(name__icontains=term) | _of(named)
    if 2 <= len(compact) <= 5:
        found |= Q(country_code=compact[:2], party_id__startswith=compact[2:])
    return Party.objects.filter(found)


def _listed(named: Iterable[PartyId]) -> QuerySet[RegisterEntry]:
    """What registers list of the code that an ID is built on."""
    return RegisterEntry.objects.filter(_of(named)).order_by("vanished_at", "pk")


def _minted(term: str, compact: str) -> QuerySet[MintedId]:
    """What our parties gave: by an ID or its beginning, from the type letter on."""
    if len(compact) < 6:
        return MintedId.objects.none()
    contract = ContractId.find(term)
    named = Q(key__startswith=compact)
    return MintedId.objects.filter(named | Q(key=contract.key) if contract else named)


def _locations(term: str) -> QuerySet[Location]:
    """By the location's ID, the last part of a reference too; one that is a pool or station ID in any spelling."""
    keys = {term.rsplit("/", 1)[-1].upper()}
    for found in recognise(term):
        if isinstance(found, PlaceId):
            keys |= {str(found), found.compact, str(found).replace("*", "-")}
    return Location.objects.filter(location_key__in=keys)


def _tariffs(term: str) -> QuerySet[Tariff]:
    key = term.rsplit("/", 1)[-1].upper()
    return Tariff.objects.filter(tariff_key=key) if key else Tariff.objects.none()


def _evses(compact: str) -> QuerySet[EVSE]:
    if len(compact) < 4:
        return EVSE.objects.none()
    return EVSE.objects.filter(evse_key__startswith=compact).order_by("evse_key")


def _tokens(term: str) -> QuerySet[Token]:
    """By UID, contract or the number on a card; a short beginning is that of too many."""
    return tokens.matching(Token.objects.all(), term) if len(term) >= 4 else Token.objects.none()


def _authorizations(term: str) -> QuerySet[Authorization]:
    """By the authorization reference that sessions and CDRs name."""
    key = term.upper()
    return Authorization.objects.filter(reference_key=key) if key else Authorization.objects.none()


def _commands(term: str) -> QuerySet[Command]:
    """By the authorization reference that sessions and CDRs name."""
    key = term.upper()
    return Command.objects.filter(authorization_key=key) if key else Command.objects.none()


def _sessions(term: str) -> QuerySet[Session]:
    key = term.rsplit("/", 1)[-1].upper()
    return Session.objects.filter(session_key=key) if key else Session.objects.none()


def _cdrs(term: str) -> QuerySet[CDR]:
    key = term.rsplit("/", 1)[-1].upper()
    return CDR.objects.filter(cdr_key=key) if key else CDR.objects.none()


def _exchanges(term: str) -> QuerySet[Exchange]:
    if term.isdigit():
        return Exchange.objects.filter(pk=int(term)) if len(term) < 19 else Exchange.objects.none()
    return Exchange.objects.filter(correlation_id=term)
