"""What lets in and out: tokens in both directions, and the hosts our own may go to."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from ocpi.urls import host_of
from parties import events, tokens
from parties.choices import TokenKind
from parties.models import Connection, InboundToken, InboundTokenQuerySet

REGISTRATION_TOKEN_LIFE = timedelta(hours=72)

# After a rotation the older token stays good for the overlap, and until the new one was used: a partner that
# lost our answer can still come back with the old one. But no longer than the limit.
ROTATION_OVERLAP = timedelta(minutes=15)
OVERLAP_LIMIT = timedelta(days=7)
# A token that the partner may or may not have taken yet; a handshake is over long before that.
PENDING_LIFE = timedelta(minutes=15)


def issue_token(
    connection: Connection, kind: str, *, host: str = "", life: timedelta | None = None
) -> tuple[InboundToken, str]:
    """A new token for the partner to present; its plain text exists only in what is returned."""
    plain = tokens.new_token()
    if kind == TokenKind.REGISTRATION and life is None:
        life = REGISTRATION_TOKEN_LIFE
    row = InboundToken.objects.create(
        connection=connection,
        kind=kind,
        token_hash=tokens.token_hash(plain),
        prefix=tokens.prefix(plain),
        host=host,
        expires_at=timezone.now() + life if life else None,
    )
    return row, plain


def consume_registration_token(token: InboundToken) -> bool:
    """Use up a one-time token; ``False`` when someone else just did (C5: twenty at once, one wins)."""
    claimed = (
        InboundToken.objects.valid()
        .filter(pk=token.pk, kind=TokenKind.REGISTRATION, used_at=None)
        .update(used_at=Now(), revoked_at=Now())
    )
    return claimed == 1


def revoke_tokens(connection: Connection, *, except_ids: Collection[int] = ()) -> int:
    """Make every token of a connection worthless at once, but for ``except_ids``."""
    return (
        InboundToken.objects.filter(connection=connection, revoked_at=None)
        .exclude(pk__in=except_ids)
        .update(revoked_at=Now())
    )


def revoke_token(token: InboundToken) -> None:
    """Make one token worthless at once."""
    InboundToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=Now())


def retire_tokens(connection: Connection, *, except_id: int) -> None:
    """After a rotation: the older access tokens fade out (see :func:`token_used`)."""
    limit = timezone.now() + OVERLAP_LIMIT
    _older_tokens(connection, except_id).filter(expires_at=None).update(expires_at=limit)


def keep_token(token: InboundToken) -> None:
    """The partner has the token for good: it was prepared with an end, and loses it."""
    InboundToken.objects.filter(pk=token.pk).update(expires_at=None)


def token_used(token: InboundToken) -> None:
    """The partner presents an access token: from its first use on, the older ones die after the overlap.

    A token still pending in a handshake proves nothing yet. Costs nothing after the first time.
    """
    if token.used_at is not None or token.expires_at is not None:
        return
    token.used_at = timezone.now()
    if not InboundToken.objects.filter(pk=token.pk, used_at=None).update(used_at=Now()):
        return
    limit = max(timezone.now(), token.created_at + ROTATION_OVERLAP)
    _older_tokens(token.connection, token.pk).filter(created_at__lt=token.created_at).filter(
        Q(expires_at=None) | Q(expires_at__gt=limit)
    ).update(expires_at=limit)


def _older_tokens(connection: Connection, except_id: int) -> InboundTokenQuerySet:
    valid = InboundToken.objects.valid().filter(connection=connection, kind=TokenKind.ACCESS)
    return valid.exclude(pk=except_id)


def store_outbound_token(connection: Connection, token: str, *, afresh: bool = False) -> None:
    """Keep the token that the partner gave us, and the one before it for a rollback.

    ``afresh`` forgets the one before: after a registration it is a one-time token, good for nothing.
    """
    connection.previous_outbound_token_encrypted = (
        b"" if afresh else connection.outbound_token_encrypted
    )
    connection.outbound_token_encrypted = tokens.encrypt(token)
    connection.outbound_token_prefix = tokens.prefix(token)
    connection.save(
        update_fields=[
            "previous_outbound_token_encrypted",
            "outbound_token_encrypted",
            "outbound_token_prefix",
        ]
    )


def outbound_token(connection: Connection) -> str:
    """The plain token we present to the partner; empty when there is none."""
    if not connection.outbound_token_encrypted:
        return ""
    return tokens.decrypt(connection.outbound_token_encrypted)


def previous_outbound_token(connection: Connection) -> str:
    """The plain token we presented before the one in use; empty when there is none."""
    if not connection.previous_outbound_token_encrypted:
        return ""
    return tokens.decrypt(connection.previous_outbound_token_encrypted)


def roll_back_outbound_token(connection: Connection, token: str) -> None:
    """The partner takes ``token``, the one before, and not the one it gave us last: use that again.

    The refused one is kept as the one before, should the partner come to know it yet.
    """
    store_outbound_token(connection, token)
    events.record(
        "connection.token_rolled_back",
        f"The partner refuses the token it gave us last and takes the one before, {tokens.prefix(token)}…:"
        " it is used again.",
        connection=connection,
    )


def pin_hosts(connection: Connection, urls: Iterable[str]) -> list[str]:
    """Remember the hosts (with port) of ``urls``: the only ones our token for the partner goes to."""
    found = {host_of(url) for url in urls if url}
    connection.pinned_hosts = sorted({*connection.pinned_hosts, *found})
    connection.save(update_fields=["pinned_hosts"])
    return connection.pinned_hosts


def is_host(url: str, host: str) -> bool:
    """Whether ``url`` lies at ``host``: a name, which leaves the port open, or ``name:port``."""
    found = host_of(url)
    return found == host or found.rpartition(":")[0] == host
