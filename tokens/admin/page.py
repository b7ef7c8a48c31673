"""What the page of a token shows."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from exchange.admin import insight, told
from exchange.admin.exchanges import row_of
from exchange.admin.owned import owner_words
from exchange.models import Exchange
from ocpi import convert
from ocpi.versioned import CANONICAL
from ocpi.versions import SUPPORTED
from parties.models import Event
from staff.links import list_url, page_url
from tokens import finding, selectors, services, words
from tokens.admin.badges import standing_badge, whitelist_badge
from tokens.authorization import table
from tokens.authorization.admin import deciding
from tokens.models import Token
from tokens.quality import LONGEST_GROUP
from tokens.visibility import VISIBILITY

EXCHANGES_SHOWN = 15
OTHERS_SHOWN = 20


def context(request: HttpRequest, token: Token) -> dict[str, Any]:
    """Everything about one token, for its template."""
    row = selectors.by_ids([token.pk])[0]
    document = selectors.document_of(token.pk)
    may_change = token.owner.is_ours and request.user.has_perm("tokens.change_token")
    return {
        "token": token,
        "owner": owner_words(token.owner),
        "standing": standing_badge(token),
        "asked": whitelist_badge(token),
        "type": words.type_words(token.type),
        "whitelist": words.whitelist_words(token.whitelist),
        "contract_hint": words.contract_hint(token.contract_id),
        "contract_url": list_url(Token, q=token.contract_id) if token.contract_id else "",
        "group_is_long": len(token.group_id) > LONGEST_GROUP,
        "language": document.get("language") or "",
        "profile": words.PROFILES.get(str(document.get("default_profile_type")), ""),
        "energy": document.get("energy_contract") or {},
        "same_uid": _lines(finding.same_uid(token)),
        "same_group": _lines(finding.same_group(token)),
        "partners": told.told(_subject(token)),
        "as_partner_url": insight.url("as_partner", None, services.MODULE, token.reference),
        "exchanges": [row_of(found) for found in _exchanges(token)],
        "events": Event.objects.filter(subject=token.reference)[:15],
        "may_change": may_change,
        "written": [_written(version, row) for version in reversed(SUPPORTED)],
        **_decision(request, token),
    }


def _decision(request: HttpRequest, token: Token) -> dict[str, Any]:
    """Would it charge now, and why; in the truth table only this token's own row is marked."""
    found = deciding.for_token(request, token)
    own = table.row(token.whitelist, valid=token.valid)
    rows = zip(table.TABLE, found["decision"]["table"], strict=True)
    marked = [{**shown, "current": row == own} for row, shown in rows]
    return {**found, "decision": {**found["decision"], "table": marked}}


def _lines(tokens: QuerySet[Token]) -> list[dict[str, Any]]:
    """Other tokens, each with what tells it apart."""
    rows = tokens.select_related("owner").order_by("pk")[:OTHERS_SHOWN]
    return [
        {
            "token": row,
            "url": page_url(row),
            "owner": owner_words(row.owner),
            "type": words.type_words(row.type),
            "standing": standing_badge(row),
        }
        for row in rows
    ]


def _written(version: str, row: selectors.TokenRow) -> dict[str, Any]:
    """The token as partners at a version get it, with what is lost there, or why they do not."""
    shown: dict[str, Any] = {"version": version, "canonical": version == CANONICAL}
    if not _is_whole(row):
        return {**shown, "refusal": "It names no contract or no issuer, and OCPI demands both."}
    try:
        said = row.told_in(version)
    except convert.Refused as refused:
        return {**shown, "refusal": refused.reason}
    return {**shown, "document": selectors.parsed(said.json), "losses": said.losses}


def _is_whole(row: selectors.TokenRow) -> bool:
    document = selectors.parsed(row.to_json())
    return bool(document.get("contract_id") and document.get("issuer"))


def _subject(token: Token) -> told.Subject:
    return told.Subject(VISIBILITY, "token", token.pk, token.reference, token.received_from_id)


def _exchanges(token: Token) -> QuerySet[Exchange]:
    return (
        Exchange.objects.filter(object_reference=token.reference, module=services.MODULE)
        .select_related("connection")
        .order_by("-id")[:EXCHANGES_SHOWN]
    )
