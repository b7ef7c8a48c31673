"""Finding tokens the way people name them."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q, QuerySet

from ocpi.identifiers import ContractId
from ocpi.ids import PartyId
from tokens.documents import key_of
from tokens.models import Token

_TYPE = "?TYPE="


def matching(rows: QuerySet[Token], term: str) -> QuerySet[Token]:
    """Tokens by the beginning of their UID, contract or printed number, or by ``NL*MSP/0123``.

    A contract is found in any spelling, with or without its check character.
    """
    term = term.strip()
    identity, slash, name = term.partition("/")
    owner = _owner(identity) if slash else None
    if owner is not None:
        named = rows.filter(owner__country_code=owner.country_code, owner__party_id=owner.party_id)
        return named.filter(_exactly(name))
    upper = term.upper()
    found = Q(uid_key__startswith=upper) | Q(contract_key__startswith=upper)
    return rows.filter(found | Q(visual_number__startswith=term) | _contracts(term))


def _exactly(name: str) -> Q:
    """A uid as the log names it, with its type where it is no card."""
    try:
        uid, mark, type_ = name.upper().rpartition(_TYPE)
        return Q(token_key=key_of(uid, type_)) if mark else Q(uid_key=name.upper())
    except ValueError:
        return Q(pk=None)


def _contracts(term: str) -> Q:
    found = ContractId.find(term)
    if found is None:
        return Q(pk=None)
    named = Q()
    for form in _forms(found):
        parts = (form.country_code, form.party_id, form.instance)
        for separator in ("", "-", "*"):
            named |= Q(contract_key__startswith=separator.join(parts))
    return named


def _forms(found: ContractId) -> Iterator[ContractId]:
    """A contract in every form that it has: one of DIN is the same as its eMI3 form."""
    yield found
    for convert in (found.to_emi3, found.to_din):
        try:
            other = convert()
        except ValueError:
            continue
        if other.form is not found.form:
            yield other


def same_uid(token: Token) -> QuerySet[Token]:
    """Other tokens with the uid of this one: of other types, or at other providers."""
    return Token.objects.filter(uid_key=token.uid_key).exclude(pk=token.pk)


def same_group(token: Token) -> QuerySet[Token]:
    """The other tokens of its owner that work as one with it."""
    if not token.group_key:
        return Token.objects.none()
    members = Token.objects.filter(owner=token.owner_id, group_key=token.group_key)
    return members.exclude(group_key="").exclude(pk=token.pk)


def _owner(text: str) -> PartyId | None:
    try:
        return PartyId.parse(text)
    except ValueError:
        return None
