"""Which OCPI versions a connection may speak, and how its tokens are spelled in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ocpi.headers import TokenEncoding, encoding_of
from ocpi.versions import SUPPORTED
from parties import events
from parties.choices import Role
from parties.models import Connection, Party
from parties.services.gateway import is_gateway, portal_identity, stand_in
from parties.services.identities import our_parties

# Who is at the other end of a connection of 2.1.1, which knows CPOs and eMSPs only.
_COUNTERPARTS: dict[str, str] = {
    Role.CPO: Role.EMSP.value,
    Role.EMSP: Role.CPO.value,
    Role.NSP: Role.CPO.value,
    Role.NAP: Role.CPO.value,
}


def offered_versions(connection: Connection, ours: Sequence[Party] | None = None) -> list[str]:
    """The versions this connection is offered, the oldest first; ``ours`` is what it sees, if known.

    2.1.1 knows one party on each side and no roles, so it is there only where the connection sees exactly
    one party of ours, in one role that has a counterpart. To our back office one party stands for all.
    """
    chosen = [
        v for v in SUPPORTED if not connection.offered_versions or v in connection.offered_versions
    ]
    if "2.1.1" in chosen and _seen(connection, ours) is None:
        chosen.remove("2.1.1")
    return chosen


def only_party(connection: Connection) -> Party | None:
    """The one party that a connection of OCPI 2.1.1 can be about, if it is one.

    To our back office it may be a partner's, or the portal itself (:func:`stand_in`).
    """
    return _seen(connection)


def has_parties(connection: Connection) -> bool:
    """Whether there is anybody for ``connection`` to connect with."""
    if is_gateway(connection):
        return portal_identity() is not None
    return our_parties(connection).exists()


def roles_towards(connection: Connection, version: str) -> frozenset[str]:
    """The roles in which we act towards ``connection`` at a version.

    Those of our parties that it sees; towards our back office all of them, as a hub does, and at 2.1.1 that of
    the one party that stands for all.
    """
    if not is_gateway(connection):
        return frozenset(our_parties(connection).values_list("role", flat=True))
    if version != "2.1.1":
        return frozenset(Role.values)
    only = only_party(connection)
    return frozenset({only.role} if only else ())


def _seen(connection: Connection, ours: Sequence[Party] | None = None) -> Party | None:
    if is_gateway(connection):
        only = stand_in(connection)
        return _only([only]) if only else None
    return _only(our_parties(connection)[:2] if ours is None else ours)


def _only(ours: Iterable[Party]) -> Party | None:
    found = list(ours)
    return found[0] if len(found) == 1 and found[0].role in _COUNTERPARTS else None


def counterpart(connection: Connection) -> str:
    """The role of the partner at 2.1.1, where it does not say: the opposite of ours; OTHER when unclear."""
    ours = only_party(connection)
    return _COUNTERPARTS[ours.role] if ours else Role.OTHER.value


def outbound_encoding(connection: Connection, version: str = "") -> TokenEncoding:
    """How our token is spelled for the partner at a version (by default the one agreed on).

    Its dialect decides, and where that says nothing the version. Before a version is known: Base64.
    """
    wanted = connection.dialect.token_out
    if wanted != "version":
        return TokenEncoding(wanted)
    return encoding_of(version or connection.version)


def inbound_encodings(
    connection: Connection, version: str, *, negotiates: bool = False
) -> frozenset[TokenEncoding]:
    """The spellings in which a token of the partner is good at an address of ``version``.

    At the version list, which belongs to no version (``""``), both are. Where versions are negotiated
    (details and credentials), that of the version in use is good too.
    """
    wanted = connection.dialect.token_in
    if wanted == "either" or (wanted == "version" and not version):
        return frozenset(TokenEncoding)
    if wanted != "version":
        return frozenset({TokenEncoding(wanted)})
    in_use = connection.version if negotiates and connection.version else version
    return frozenset({encoding_of(version), encoding_of(in_use)})


def spell_tokens(
    connection: Connection, encoding: TokenEncoding, version: str, *, why: str = ""
) -> None:
    """Remember how the partner takes our token, when that is not what ``version`` says."""
    usual = outbound_encoding(connection, version)
    if encoding == usual:
        return
    wanted = "version" if encoding == encoding_of(version) else encoding.value
    connection.dialect_settings = connection.dialect.but(token_out=wanted).store()
    connection.save(update_fields=["dialect_settings"])
    spelled = "as it is" if encoding is TokenEncoding.RAW else "in Base64"
    events.record(
        "connection.token_spelling",
        f"{why or 'The partner accepts our token'} {spelled}, although OCPI {version} says otherwise;"
        " it is sent so from now on.",
        connection=connection,
    )
