"""What two parties agreed to share.

These functions write the tables and nothing else. What becomes visible or invisible by it is to be delivered:
change agreements through ``exchange.sharing``, which calls these and sees to that.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection as database
from django.db import transaction
from django.db.models.functions import Now

from ocpi.ids import ci_key
from ocpi.publish_tokens import token_key
from parties import events
from parties.choices import PrivateLocations, Sharing
from parties.models import Agreement, AgreementShare, EntitledToken, Party, SelectedObject

_COUNTRY = re.compile(r"[A-Z]{3}")
_TOKEN_KINDS = ("uid", "visual_number", "group_id")


class NotAgreed(ValueError):
    """Terms that make no sense; the message names the field and says why."""


@dataclass(frozen=True)
class Token:
    """An identity of customers' tokens: ``qualifier`` is the type of a uid, the issuer of a visual number."""

    kind: str
    value: str
    qualifier: str = ""

    @property
    def key(self) -> str:
        return token_key(self.kind, self.value, self.qualifier)


@dataclass(frozen=True)
class Share:
    """How much of one module is shared; ``selection`` holds OCPI ids, ``countries`` alpha-3 codes."""

    sharing: str = Sharing.PUBLIC
    countries: tuple[str, ...] = ()
    selection: tuple[str, ...] = ()

    @property
    def is_usual(self) -> bool:
        return self.sharing == Sharing.PUBLIC and not self.countries


@dataclass(frozen=True)
class Terms:
    """Everything two parties agreed on, as it is written down at once."""

    private_locations: str = PrivateLocations.NEVER
    notes: str = ""
    shares: Mapping[str, Share] = field(default_factory=dict)
    tokens: tuple[Token, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The terms as JSON, for a job."""
        return {
            "private_locations": self.private_locations,
            "notes": self.notes,
            "shares": {
                module: [share.sharing, list(share.countries), list(share.selection)]
                for module, share in self.shares.items()
            },
            "tokens": [[token.kind, token.value, token.qualifier] for token in self.tokens],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Terms:
        return cls(
            private_locations=stored["private_locations"],
            notes=stored["notes"],
            shares={
                module: Share(sharing, tuple(countries), tuple(selection))
                for module, (sharing, countries, selection) in stored["shares"].items()
            },
            tokens=tuple(Token(*token) for token in stored["tokens"]),
        )


def terms_of(agreement: Agreement) -> Terms:
    """What an agreement says now; its selection as keys."""
    return Terms(
        private_locations=agreement.private_locations,
        notes=agreement.notes,
        shares={
            share.module: Share(
                share.sharing,
                tuple(share.countries),
                tuple(share.selection.order_by("object_key").values_list("object_key", flat=True)),
            )
            for share in agreement.shares.order_by("module")
        },
        tokens=tuple(
            Token(row.kind, row.value, row.qualifier)
            for row in agreement.entitled_tokens.order_by("kind", "value")
        ),
    )


@transaction.atomic
def save(ours: Party, theirs: Party, terms: Terms, *, actor: events.Actor = None) -> Agreement:
    """Write down what two parties agreed: a new agreement, or the one in force with these terms instead.

    Raises :class:`NotAgreed`, naming the field.
    """
    check(ours, theirs, terms)
    agreement = (
        Agreement.objects.select_for_update()
        .filter(ours=ours, theirs=theirs, ended_at=None)
        .first()
    )
    before = terms_of(agreement) if agreement else None
    if agreement is None:
        agreement = Agreement(ours=ours, theirs=theirs)
    agreement.private_locations = terms.private_locations
    agreement.notes = terms.notes
    agreement.save()
    for module, share in terms.shares.items():
        _write_share(agreement, module, share)
    agreement.shares.exclude(module__in=list(terms.shares)).delete()
    _entitle(agreement, terms.tokens)
    _record(agreement, before, terms_of(agreement), actor)
    return agreement


@transaction.atomic
def end(agreement: Agreement, *, actor: events.Actor = None) -> None:
    """From now on the two parties share what is public; the agreement is kept as history."""
    ended = Agreement.objects.filter(pk=agreement.pk, ended_at=None).update(ended_at=Now())
    agreement.refresh_from_db()
    if ended:
        _event("agreement.ended", agreement, f"The agreement of {agreement} ended.", actor)


def key_of(text: str) -> str:
    """The key of an object named by its id, or by owner and id (``NL*ABC/LOC1``); ``ValueError`` says why not."""
    owner, slash, identifier = text.strip().partition("/")
    named = identifier if slash and re.fullmatch(r"[A-Za-z]{2}\*[A-Za-z0-9]{3}", owner) else text
    key = ci_key(named.strip())
    if not key or len(key) > 255:
        raise ValueError("an id has between 1 and 255 characters")
    return key


def subject(agreement: Agreement) -> str:
    """Under which name the events of an agreement are found."""
    return f"agreement:{agreement.pk}"


def check(ours: Party, theirs: Party, terms: Terms) -> None:
    """Raise :class:`NotAgreed` where the terms make no sense."""
    if not ours.is_ours:
        raise NotAgreed(f"Our party: {ours} is not hosted here.")
    if ours == theirs:
        raise NotAgreed("Their party: a party agrees on nothing with itself.")
    if terms.private_locations not in PrivateLocations.values:
        raise NotAgreed(f"Private locations: {terms.private_locations!r} is unknown.")
    for module, share in terms.shares.items():
        if share.sharing not in Sharing.values:
            raise NotAgreed(f"{module}: {share.sharing!r} is unknown.")
        for country in share.countries:
            if not _COUNTRY.fullmatch(country):
                raise NotAgreed(f"{module}, countries: {country!r} has not three capital letters.")
        _keys(module, share.selection)
    for token in terms.tokens:
        _check_token(token)


def _check_token(token: Token) -> None:
    if token.kind not in _TOKEN_KINDS:
        raise NotAgreed(f"Tokens: {token.kind!r} is none of {', '.join(_TOKEN_KINDS)}.")
    if not token.value or len(token.value) > 64 or len(token.qualifier) > 64:
        raise NotAgreed(f"Tokens: {token.value[:70]!r} has not between 1 and 64 characters.")
    if token.kind == "uid" and not token.qualifier:
        raise NotAgreed(f"Tokens: the type of the token {token.value!r} is missing.")
    if token.kind == "visual_number" and not token.qualifier:
        raise NotAgreed(f"Tokens: the issuer of the visual number {token.value!r} is missing.")


def _keys(module: str, ids: Iterable[str]) -> list[str]:
    keys: dict[str, None] = {}
    for text in ids:
        try:
            keys[key_of(text)] = None
        except ValueError as error:
            raise NotAgreed(f"{module}, selection: {text[:60]!r}: {error}.") from None
    return list(keys)


def _write_share(agreement: Agreement, module: str, terms: Share) -> None:
    share, _ = AgreementShare.objects.update_or_create(
        agreement=agreement,
        module=module,
        defaults={"sharing": terms.sharing, "countries": sorted(set(terms.countries))},
    )
    keys = _keys(module, terms.selection)
    _replace(SelectedObject.objects.filter(share=share), "object_key", keys)
    with database.cursor() as cursor:
        cursor.execute(
            "INSERT INTO parties_selectedobject (share_id, object_key)"
            " SELECT %s, key FROM unnest(%s::varchar[]) AS n(key) ON CONFLICT DO NOTHING",
            [share.pk, keys],
        )


def _entitle(agreement: Agreement, tokens: Collection[Token]) -> None:
    by_key = {token.key: token for token in tokens}
    _replace(EntitledToken.objects.filter(agreement=agreement), "key", by_key)
    columns = [
        [getattr(token, name) for token in by_key.values()]
        for name in ("kind", "value", "qualifier", "key")
    ]
    with database.cursor() as cursor:
        cursor.execute(
            "INSERT INTO parties_entitledtoken (agreement_id, kind, value, qualifier, key)"
            " SELECT %s, n.* FROM unnest(%s::varchar[], %s::varchar[], %s::varchar[], %s::varchar[])"
            " AS n ON CONFLICT DO NOTHING",
            [agreement.pk, *columns],
        )


def _replace(rows: Any, column: str, kept: Collection[str]) -> None:
    """Delete what is not kept, by set and not by a list of thousands in the statement's text."""
    gone = set(rows.values_list(column, flat=True)) - set(kept)
    if gone:
        rows.filter(**{f"{column}__in": list(gone)}).delete()


def _record(agreement: Agreement, before: Terms | None, now: Terms, actor: events.Actor) -> None:
    if before is None:
        _event("agreement.made", agreement, f"Agreement of {agreement}: {words(now)}", actor)
    elif before != now:
        changes = "; ".join(_differences(before, now))
        _event("agreement.changed", agreement, f"Agreement of {agreement}: {changes}.", actor)


def _differences(before: Terms, now: Terms) -> list[str]:
    found = []
    for module in sorted({*before.shares, *now.shares}):
        old, new = before.shares.get(module, Share()), now.shares.get(module, Share())
        if (old.sharing, old.countries) != (new.sharing, new.countries):
            found.append(f"{module}: {share_words(old)} → {share_words(new)}")
        added, gone = (
            set(new.selection) - set(old.selection),
            set(old.selection) - set(new.selection),
        )
        if added or gone:
            found.append(f"{module}: {len(added):,} selected, {len(gone):,} taken out")
    if before.private_locations != now.private_locations:
        labels = dict(PrivateLocations.choices)
        old_label, new_label = labels[before.private_locations], labels[now.private_locations]
        found.append(f"private locations: {old_label} → {new_label}")
    added_tokens = set(now.tokens) - set(before.tokens)
    gone_tokens = set(before.tokens) - set(now.tokens)
    if added_tokens or gone_tokens:
        found.append(f"tokens: {len(added_tokens):,} added, {len(gone_tokens):,} taken out")
    return found or ["notes"]


def share_words(share: Share) -> str:
    """A share in a few words: "Only what is selected (1,204) in DEU, NLD"."""
    text = str(Sharing(share.sharing).label)
    if share.sharing in (Sharing.SELECTED, Sharing.EXCEPT):
        text += f" ({len(share.selection):,})"
    return f"{text} in {', '.join(share.countries)}" if share.countries else text


def words(terms: Terms) -> str:
    """The terms in a sentence."""
    parts = [f"{module}: {share_words(share)}" for module, share in sorted(terms.shares.items())]
    private = PrivateLocations(terms.private_locations)
    if private != PrivateLocations.NEVER:
        parts.append(f"private locations: {private.label}")
    return "; ".join(parts or ["everything public"]) + "."


def _event(name: str, agreement: Agreement, message: str, actor: events.Actor) -> None:
    events.record(
        name,
        message,
        actor=actor,
        subject=subject(agreement),
        detail={"ours": str(agreement.ours), "theirs": str(agreement.theirs)},
    )
