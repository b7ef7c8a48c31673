"""Whose driver a CDR is about, and whether that is anybody here."""

from __future__ import annotations

from django.db.models import Q

from charging.sessions import places
from ocpi.ids import PartyId
from parties import services as parties
from parties.choices import ConnectionKind, Role
from parties.models import Connection, Party


def emsp_concerned(emsp: PartyId | None, source: Connection | None) -> Party | None:
    """The eMSP that pays for a CDR from ``source`` (from a file without one); ``None``: nobody here.

    From a partner that is one of ours that it sees; from our back office also one that a partner speaks for. A file
    may be about anybody.
    """
    if emsp is None:
        return None
    if source is None:
        return parties.ensure_party(emsp, Role.EMSP)
    found = places.emsps_meant(source).identified(emsp)
    if source.kind == ConnectionKind.BACK_OFFICE:
        found = found.filter(Q(is_ours=True) | Q(connection_parties__approved=True))
    return found.first()
