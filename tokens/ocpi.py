"""The tokens module: its declaration, its endpoints, and how its objects come in from lists.

OCPI 2.3.0, mod_tokens. Sender: a list. Receiver: GET, PUT and PATCH; a token is never deleted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import get_args

from django.http import HttpRequest

from exchange import registry
from exchange.listing import ListView
from exchange.lists import PageIds
from exchange.places import USUAL_TYPE, Place, typed
from exchange.pushes import PushView
from exchange.registry import Received, Route, Source
from exchange.views import Answer
from ocpi import convert, envelope
from ocpi.errors import InvalidParameters, NotFound, Problem
from ocpi.ids import ci_key
from ocpi.paging import PageRequest
from ocpi.v2_2_1.locations import TokenType
from ocpi.versions import WITHOUT_ROUTING
from parties.choices import Role
from parties.models import Connection, Party
from tokens import selectors, services
from tokens.authorization.ocpi import AuthorizeView
from tokens.choices import RECEIVING_ROLES
from tokens.links import admin_url
from tokens.outbox import TokensOutbox
from tokens.quality import findings
from tokens.receiver import TokensReceiver
from tokens.table import TokensTable

_CLOSED = frozenset(get_args(TokenType))
_LONGEST = 255


class SenderListView(ListView):
    """``GET {tokens}``: what this partner may see, page by page, in order of creation."""

    def visible_page(
        self, connection: Connection, page: PageRequest, after: int | None
    ) -> tuple[PageIds, list[selectors.TokenRow]]:
        return selectors.visible_page(connection, self.version, page, after)

    def said(self, rows: Sequence[selectors.TokenRow]) -> Iterator[tuple[str, registry.Said]]:
        for row in rows:
            with suppress(convert.Refused):
                yield row.reference, row.told_in(self.version)


class ReceiverView(PushView):
    """``GET``, ``PUT``, ``PATCH`` on ``{tokens}/{cc}/{party}/{token_uid}[?type=…]``."""

    receiver = TokensReceiver()

    def party(self, country_code: str, party_id: str, token_uid: str) -> Party:
        owner = self.owner(country_code, party_id, Role.EMSP)
        self.type = type_of(self.request.GET.get("type", ""), self.version)
        self.reference = f"{owner.identity}/{token_uid}{typed(self.type)}"
        return owner

    def get(self, request: HttpRequest, country_code: str, party_id: str, token_uid: str) -> Answer:
        owner = self.party(country_code, party_id, token_uid)
        wanted = self.type or ("" if self.version in WITHOUT_ROUTING else USUAL_TYPE)
        found = selectors.held(owner, token_uid, wanted)
        if found is None:
            kind = f"{wanted} token" if wanted else "token"
            raise NotFound(f"There is no {kind} {token_uid} of {owner.identity} here.")
        row = selectors.by_ids([found.id])[0]
        try:
            return Answer(body=envelope.encode_object(row.said_in(self.version).json))
        except convert.Refused as refused:
            raise NotFound(f"OCPI {self.version} cannot say this token: {refused}") from None

    def put(self, request: HttpRequest, country_code: str, party_id: str, token_uid: str) -> Answer:
        owner = self.party(country_code, party_id, token_uid)
        return self.take_put(owner, self._place("PUT", owner, token_uid))

    def patch(
        self, request: HttpRequest, country_code: str, party_id: str, token_uid: str
    ) -> Answer:
        owner = self.party(country_code, party_id, token_uid)
        return self.take_patch(owner, self._place("PATCH", owner, token_uid))

    def _place(self, method: str, owner: Party, token_uid: str) -> Place:
        ids = (token_uid,)
        return Place("token", "uid", owner.identity, ids, method, self.version, self.type)


def type_of(text: str, version: str) -> str:
    """The type that an address names, as OCPI spells it; empty where it names none, as always at 2.1.1.

    Raises InvalidParameters (2001) for one that the version does not have.
    """
    if not text or version in WITHOUT_ROUTING:
        return ""
    try:
        upper = ci_key(text)
    except ValueError as error:
        raise _no_type(text, str(error)) from None
    if upper in _CLOSED:
        return upper
    if version == "2.2.1":
        raise _no_type(text, f"is none of {', '.join(sorted(_CLOSED))}")
    if len(text) > _LONGEST:
        raise _no_type(text[:40], f"is longer than {_LONGEST} characters")
    return text


def _no_type(text: str, why: str) -> InvalidParameters:
    return InvalidParameters(
        f"type: {text!r} {why}.", problems=[Problem("not_a_choice", "type", why, text)]
    )


class TokensInbox(registry.Inbox):
    """How tokens come in by pull and from files.

    Of parties hosted here only what the same connection told us can vanish by its list: the rest comes from
    files and from staff, and is not the connection's to list.
    """

    table = "tokens_token"
    reference = TokensOutbox.reference
    name = "o.visual_number"
    changed = "o.last_updated"
    held = "o.vanished_at IS NULL"
    listable = (
        "o.vanished_at IS NULL AND o.created_at < %(before)s"
        " AND (NOT p.is_ours OR o.received_from_id = %(connection)s)"
    )
    details: Mapping[str, str] = {"contract": "o.contract_id"}

    def receive(self, items: Sequence[bytes], source: Source) -> Received:
        return services.receive(items, source)

    def retire(self, ids: Sequence[int], source: Source) -> int:
        return services.retire(ids, source)


MODULE = registry.Module(
    identifier=services.MODULE,
    kind="token",
    label="Tokens",
    sender=(
        Route("", SenderListView, "tokens", "token", many=True),
        Route(
            "<ci:token_uid>/authorize",
            AuthorizeView,
            "authorize",
            "location_references",
            query={"type": "The type of the token, RFID unless said."},
        ),
    ),
    receiver=(
        Route(
            "<country_code:country_code>/<party_id:party_id>/<ci:token_uid>",
            ReceiverView,
            "token",
            "token",
            query={"type": "The type of the token, RFID unless said (since OCPI 2.2.1)."},
        ),
    ),
    sender_roles=frozenset({Role.EMSP.value}),
    receiver_roles=RECEIVING_ROLES,
    outbox=TokensOutbox(),
    inbox=TokensInbox(),
    admin_url=admin_url,
    import_permission="tokens.change_token",
    pushed=TokensReceiver(),
    findings=findings,
    export=registry.Export(TokensInbox.table, TokensInbox.held, selectors.sayings),
    table=TokensTable(),
)
