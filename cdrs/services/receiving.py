"""CDRs, many at once: from a pull or a file. As in ``exchange.receiving``, but that each keeps its bytes and that
nothing is ever overwritten.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone

from cdrs import store
from cdrs.documents import CDRParts, take_apart
from cdrs.services.announcing import MODULE, tell
from cdrs.services.concerning import emsp_concerned
from charging.sessions import places
from exchange.quality import deviations, quarantine
from exchange.registry import Counts, Received, Source
from ocpi import lenient
from ocpi.errors import Problem
from ocpi.ids import PartyId
from ocpi.lenient import CODES
from parties import services as parties
from parties.choices import Role
from parties.models import Party

CONFLICT = "cdr_conflict"


def receive(items: Sequence[bytes], source: Source) -> Received:
    """Take in raw CDRs from a pull or a file; one bad object never sinks the others.

    What cannot be identified, belongs to a party the connection does not speak for, or concerns nobody here goes to
    quarantine; every repair, and every CDR that contradicts the one we hold, counts as a warning. One transaction.
    """
    try:
        with transaction.atomic():
            return _receive(items, source)
    except IntegrityError:
        # Another writer made one of the same a moment ago: now it is there to be compared with.
        with transaction.atomic():
            return _receive(items, source)


def _receive(items: Sequence[bytes], source: Source) -> Received:
    good: list[tuple[CDRParts, bytes]] = []
    rejected: list[quarantine.Rejected] = []
    warnings: list[tuple[str, Problem]] = []
    named = places.reading_beside(source.connection)
    payers = _Payers(source)
    for raw in items:
        accepted = lenient.accept(
            "cdr",
            raw,
            owner=source.owner,
            version=source.version,
            dialect=source.dialect,
            beside=named,
        )
        parts, problems = _identify(accepted, source, payers)
        if parts is None:
            reference = str(accepted.document.get("id") or "")[:160]
            rejected.append(quarantine.Rejected(raw, problems, reference))
            continue
        good.append((parts, raw))
        warnings.extend((parts.reference, warning) for warning in accepted.warnings)
    owners = _owner_ids([parts for parts, _ in good], source, payers)
    written = store.write(
        [
            store.Incoming(owners[parts.owner], payers.key_of(parts.emsp), parts, raw)
            for parts, raw in good
        ],
        store.Origin(
            source.version, source.label, source.connection.pk if source.connection else None
        ),
        at=timezone.now(),
    )
    tell(written, source.connection)
    warnings.extend(
        (one.incoming.parts.reference, Problem(CONFLICT, one.differences[0].path, CODES[CONFLICT]))
        for one in written.conflicts
    )
    quarantine.put_many(MODULE, rejected, source)
    deviations.count_warnings(source.connection, MODULE, warnings, objects=len(items))
    counts = Counts(
        created=len(written.created),
        unchanged=len(good) - len(written.created),
        rejected=len(rejected),
        warnings=len(warnings),
    )
    held = [*written.all, *(one.cdr_id for one in written.conflicts)]
    return Received(counts, held, set(owners.values()))


def _identify(
    accepted: lenient.Accepted, source: Source, payers: _Payers
) -> tuple[CDRParts | None, list[Problem]]:
    if accepted.fatal:
        return None, accepted.fatal
    try:
        parts = take_apart(accepted.document)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        return None, [Problem("not_usable", "", f"The object cannot be stored: {error}")]
    if source.owners is not None and parts.owner not in source.owners:
        message = f"{parts.owner} is not a party this connection speaks for."
        return None, [Problem("foreign_owner", "party_id", message, str(parts.owner))]
    if parts.emsp is not None and payers.key_of(parts.emsp) is None:
        message = f"It is about a token of {parts.emsp}, which is not here."
        problem = Problem("foreign_emsp", "cdr_token.party_id", message, str(parts.emsp))
        return None, [problem]
    return parts, []


class _Payers:
    """The eMSPs of a batch, each looked up once."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._known: dict[PartyId, Party | None] = {}

    def of(self, emsp: PartyId | None) -> Party | None:
        if emsp is None:
            return None
        if emsp not in self._known:
            self._known[emsp] = emsp_concerned(emsp, self._source.connection)
        return self._known[emsp]

    def key_of(self, emsp: PartyId | None) -> int | None:
        found = self.of(emsp)
        return found.pk if found else None


def _owner_ids(
    received: Collection[CDRParts], source: Source, payers: _Payers
) -> dict[PartyId, int]:
    """Primary keys of the owners as CPOs.

    A file's new ones become hosted here, unless an eMSP of ours pays: then they are partners.
    """
    found: dict[PartyId, int] = {}
    for parts in sorted(received, key=lambda parts: parts.owner):
        if parts.owner in found:
            continue
        payer = payers.of(parts.emsp)
        is_known = Party.objects.identified(parts.owner).filter(role=Role.CPO).exists()
        is_ours = source.connection is None and not is_known and not (payer and payer.is_ours)
        found[parts.owner] = parties.ensure_party(parts.owner, Role.CPO, is_ours=is_ours).pk
    return found
