"""One CDR from a POST (OCPI 2.3.0, mod_cdrs, Receiver interface)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.utils import timezone

from cdrs import store
from cdrs.documents import take_apart
from cdrs.models import CDR
from cdrs.services.announcing import tell
from cdrs.services.concerning import emsp_concerned
from ocpi.compare import Difference
from ocpi.errors import InvalidParameters, Problem
from ocpi.types import refused
from parties.models import Connection, Party

_IN_2_1_1 = {
    "cdr_token": "auth_id",
    "cdr_location": "location",
    "end_date_time": "stop_date_time",
}


class Posted(NamedTuple):
    """What became of a CDR: the one that is here, whether it is new, and where another version was sent, how that
    differs.
    """

    id: int
    address: uuid.UUID
    is_new: bool
    differences: Sequence[Difference] = ()


def post_cdr(
    owner: Party, document: dict[str, Any], *, raw: bytes, version: str, source: Connection
) -> Posted:
    """Keep a CDR (validated, canonical) with the bytes it came in, written in ``version``.

    The same again changes nothing. Another one of the same id is kept beside the first as a conflict, and its
    ``differences`` are returned. Raises InvalidParameters (2001) for a CDR that concerns nobody here. Call it in
    a transaction.
    """
    try:
        parts = take_apart(document)
    except (KeyError, ValueError) as error:
        raise InvalidParameters(f"The CDR cannot be stored: {error}") from None
    emsp = emsp_concerned(parts.emsp, source)
    if emsp is None:
        name = field_of("cdr_token", version)
        path = name if name == "auth_id" else "cdr_token.party_id"
        whose = parts.emsp or "an unknown provider"
        problem = Problem(
            "foreign_emsp", path, f"It is about a token of {whose}, which is not here"
        )
        raise refused([problem])
    written = store.write(
        [store.Incoming(owner.pk, emsp.pk, parts, raw)],
        store.Origin(version, f"POST from {source.name}", source.pk),
        at=timezone.now(),
    )
    tell(written, source)
    row = CDR.objects.only("pk", "address").get(owner=owner, cdr_key=parts.cdr_key)
    found = written.conflicts[0].differences if written.conflicts else ()
    return Posted(row.pk, row.address, bool(written.created), found)


def contradiction(posted: Posted, version: str) -> InvalidParameters:
    """What a partner is told whose CDR contradicts the one that is here (D-009), in the words of its version."""
    names = dict.fromkeys(
        field_of(one.path.partition(".")[0], version) for one in posted.differences
    )
    problems = [
        Problem(
            "differs_from_first", name, "It differs from the CDR of this id that was sent first"
        )
        for name in names
    ]
    return InvalidParameters(
        f"id: there is a CDR of this id that says something else ({', '.join(names)})."
        " A CDR cannot be changed; send a Credit CDR and a new one.",
        problems=problems,
    )


def field_of(name: str, version: str) -> str:
    """A field of the canonical CDR as a version calls it."""
    return _IN_2_1_1.get(name, name) if version.startswith("2.1") else name
