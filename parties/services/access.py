"""What lets in and out: tokens in both directions, and the hosts our own may go to."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta

from django.db.models.functions import Now
from django.utils import timezone

from ocpi.urls import host_of
from parties import tokens
from parties.choices import TokenKind
from parties.models import Connection, InboundToken

REGISTRATION_TOKEN_LIFE = timedelta(hours=72)


ROTATION_OVERLAP = timedelta(minutes=15)


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


def retire_tokens(
    connection: Connection, *, except_id: int, overlap: timedelta = ROTATION_OVERLAP
) -> None:
    """After a rotation: the older access tokens stay good for ``overlap``, then die."""
    limit = timezone.now() + overlap
    InboundToken.objects.valid().filter(connection=connection, kind=TokenKind.ACCESS).exclude(
        pk=except_id
    ).filter(expires_at=None).update(expires_at=limit)


def store_outbound_token(connection: Connection, token: str) -> None:
    """Keep the token that the partner gave us, and the one before it for a rollback."""
    connection.previous_outbound_token_encrypted = connection.outbound_token_encrypted
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
