"""Comparing what a partner holds of one object with what we would send now.

A receiver offers no lists: each object is asked for by its own address (GET at the partner's receiver endpoint,
at 2.1.1 too). Both are read as canonical documents, so that what the partner's version cannot say is no
difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import orjson

from exchange import egress, registry
from exchange.choices import Found
from exchange.objects import Named
from exchange.registry import Push
from ocpi import convert
from ocpi.client import OCPIResponse
from ocpi.compare import Difference, differences
from ocpi.lenient.roots import identifier_of
from ocpi.status import StatusCode
from ocpi.versioned import Kind
from ocpi.versions import InterfaceRole
from parties.models import Connection, Party


class CannotCompare(ValueError):
    """Nothing can be compared, for a reason that staff can read."""


@dataclass(frozen=True)
class Outcome:
    """What came of one object: ``found`` is empty when both are equal, ``failure`` when nobody can tell."""

    found: str = ""
    differences: Sequence[Difference] = ()
    words: str = ""
    failure: str = ""
    exchange_id: int | None = None
    ours: dict[str, Any] = field(default_factory=dict)
    theirs: Any = None


def compare_one(target: Named, connection: Connection) -> Outcome:
    """Fetch the partner's copy of one object of ours and compare. Raises :class:`CannotCompare`."""
    url = address_of(connection, target.module)
    with egress.client(connection) as client:
        return compare(client, connection, target, url)


def compare(
    client: egress.PartnerClient, connection: Connection, target: Named, url: str
) -> Outcome:
    """As :func:`compare_one`, with a client and the partner's address at hand."""
    assert target.module.outbox is not None  # noqa: S101 - asked for its address
    try:
        push = target.module.outbox.render(connection, target.id, ["*"], whole=True)
    except convert.Refused as refused:
        return Outcome(Found.UNREADABLE, words=f"OCPI {connection.version}: {refused.reason}")
    if push is None:
        return Outcome(Found.UNREADABLE, words="There is nothing of it to tell any more.")
    address = target.module.outbox.copy_address(connection, target.id, push, url)
    if not address:
        words = "The partner has not said where its copy is, so that it cannot be asked for."
        return Outcome(Found.UNREADABLE, words=words)
    response = client.request(
        "GET",
        address,
        module=target.module.identifier,
        reference=target.reference,
        routing=push.routing,
    )
    return _judged(connection, target, push, response, client.last_exchange_id)


def _judged(
    connection: Connection,
    target: Named,
    push: Push,
    response: OCPIResponse,
    exchange_id: int | None,
) -> Outcome:
    if response.http_status == 404 or response.status_code == StatusCode.UNKNOWN_LOCATION:
        words = "The partner does not have it."
        return Outcome(Found.MISSING, words=words, exchange_id=exchange_id)
    if not response.ok:
        return Outcome(failure=response.diagnosis, exchange_id=exchange_id)
    if not isinstance(response.data, dict):
        words = "The partner's answer holds no object."
        return Outcome(Found.UNREADABLE, words=words, exchange_id=exchange_id)
    theirs = response.data
    ours = _document(push)
    owner = Party.objects.get(pk=target.owner_id).identity
    kind, version = target.module.kind, connection.version
    name = identifier_of(kind)
    named = theirs.get(name)
    if str(named or "").upper() != str(ours.get(name) or "").upper():
        words = f"The partner answers with {named!r}."
        return Outcome(Found.FOREIGN, words=words, exchange_id=exchange_id)
    assert target.module.outbox is not None  # noqa: S101 - asked for its address
    beside = target.module.outbox.beside(target.id)
    try:
        both = [
            convert.to_canonical(version, kind, one, owner=owner, beside=beside).document
            for one in (ours, theirs)
        ]
        found = differences(both[0], both[1], cast(Kind, kind))
    except (convert.Refused, KeyError, TypeError, ValueError, AttributeError) as error:
        words = f"The partner's copy does not fit OCPI {version}: {error!s:.200}"
        return Outcome(Found.UNREADABLE, words=words, exchange_id=exchange_id)
    state = Found.DIFFERENT if found else ""
    return Outcome(state, found, "", "", exchange_id, ours, theirs)


def _document(push: Push) -> dict[str, Any]:
    said = orjson.loads(push.data) if isinstance(push.data, bytes | str) else push.data
    return dict(said)


def address_of(connection: Connection, module: registry.Module) -> str:
    """The partner's receiver address of a module. Raises :class:`CannotCompare` when there is none."""
    if module.outbox is None:
        raise CannotCompare(f"{module.label} are not sent to partners.")
    if not connection.is_connected:
        raise CannotCompare(f"{connection} is not connected.")
    url = connection.endpoint_url(module.identifier, InterfaceRole.RECEIVER)
    if url is None:
        raise CannotCompare(
            f"{connection} has no address to send {module.label.lower()} to, so there is no copy to ask for."
        )
    return url
