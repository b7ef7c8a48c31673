"""Finding what belongs to one charge, whatever one starts from: by keys, so that it does not matter what came first.

Each look-up goes by an index and brings a few rows. What OCPI does not tie together is found by card, place and time:
an authorization or a start command without a reference belongs to the charge that began there with that card within
the hour.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q

from cdrs.models import CDR
from charging.models import Command, Session
from locations.models import EVSE, Location, StatusInterval
from parties.models import Party
from tokens.authorization.models import Authorization
from tokens.models import Token

BEFORE = timedelta(hours=1)
AFTER = timedelta(minutes=15)
AT_MOST = 20


@dataclass
class Charge:
    """What is known of one charge; empty where something has not come, or never will.

    ``owner`` is its CPO. ``began_at`` and ``ended_at`` are as the CPO says, or when we first heard of it.
    """

    owner: Party | None = None
    emsp: Party | None = None
    session: Session | None = None
    cdrs: list[CDR] = field(default_factory=list)
    authorizations: list[Authorization] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    location: Location | None = None
    evse: EVSE | None = None
    token: Token | None = None
    statuses: list[StatusInterval] = field(default_factory=list)
    began_at: datetime | None = None
    ended_at: datetime | None = None
    location_key: str = ""
    evse_key: str = ""
    token_key: str = ""
    session_key: str = ""
    reference_keys: set[str] = field(default_factory=set)

    @property
    def uid_key(self) -> str:
        return self.token_key.partition(":")[2]


def follow(start: Session | CDR | Authorization | Command) -> Charge:
    """Everything that belongs to the same charge as ``start``."""
    charge = Charge()
    match start:
        case Session():
            _with_session(charge, start)
        case CDR():
            _with_cdr(charge, start)
        case Authorization():
            _with_authorization(charge, start)
        case Command():
            _with_command(charge, start)
    _find_session(charge)
    _find_cdrs(charge)
    _find_commands(charge)
    _find_authorizations(charge)
    _find_place(charge)
    return charge


def _with_session(charge: Charge, session: Session) -> None:
    charge.session, charge.owner, charge.emsp = session, session.owner, session.emsp
    charge.session_key = session.session_key
    charge.location_key, charge.evse_key = session.location_key, session.evse_key
    charge.token_key = session.token_key
    charge.began_at, charge.ended_at = session.started_at, session.ended_at
    _refer(charge, session.authorization_key)


def _with_cdr(charge: Charge, cdr: CDR) -> None:
    charge.cdrs = [cdr]
    charge.owner, charge.emsp = cdr.owner, cdr.emsp
    charge.session_key = cdr.session_key
    charge.location_key, charge.evse_key = cdr.location_key, cdr.evse_key
    charge.token_key = cdr.token_key
    charge.began_at, charge.ended_at = cdr.start_date_time, cdr.end_date_time
    _refer(charge, cdr.authorization_key)


def _with_authorization(charge: Charge, authorization: Authorization) -> None:
    charge.authorizations = [authorization]
    charge.owner, charge.emsp = authorization.cpo, authorization.owner
    charge.location_key = authorization.location_key
    charge.evse_key = authorization.evse_key
    charge.token_key = f"{authorization.type.upper()}:{authorization.uid_key}"
    charge.began_at = authorization.at
    _refer(charge, authorization.reference_key)


def _with_command(charge: Charge, command: Command) -> None:
    charge.commands = [command]
    charge.owner, charge.emsp = command.owner, command.sender
    charge.session_key = command.session_key
    charge.location_key, charge.evse_key = command.location_key, command.evse_key
    charge.token_key = command.token_key
    charge.began_at = command.created_at
    _refer(charge, command.authorization_key)


def _refer(charge: Charge, key: str) -> None:
    if key:
        charge.reference_keys.add(key)


def _find_session(charge: Charge) -> None:
    if charge.session is not None or charge.owner is None:
        return
    rows = Session.objects.filter(owner=charge.owner).select_related("owner", "emsp")
    found = rows.filter(session_key=charge.session_key).first() if charge.session_key else None
    if found is None and charge.reference_keys:
        referred = Session.objects.filter(authorization_key__in=charge.reference_keys)
        found = referred.select_related("owner", "emsp").filter(owner=charge.owner).first()
    if found is None and charge.token_key and charge.began_at and not charge.session_key:
        near = rows.filter(
            token_key=charge.token_key,
            started_at__range=(charge.began_at - AFTER, charge.began_at + BEFORE),
        )
        if charge.location_key:
            near = near.filter(location_key=charge.location_key)
        found = near.order_by("started_at").first()
    if found is not None:
        _with_session(charge, found)


def _find_cdrs(charge: Charge) -> None:
    if charge.owner is None:
        return
    which = Q(pk__in=[cdr.pk for cdr in charge.cdrs])
    if charge.session_key:
        which |= Q(session_key=charge.session_key)
    elif charge.reference_keys:
        which |= Q(authorization_key__in=charge.reference_keys)
    rows = CDR.objects.filter(which, owner=charge.owner).select_related("owner", "emsp")
    charge.cdrs = list(rows.defer("document").order_by("received_at", "pk")[:AT_MOST])
    for cdr in charge.cdrs:
        _refer(charge, cdr.authorization_key)
        if charge.session is None:
            charge.began_at, charge.ended_at = cdr.start_date_time, cdr.end_date_time


def _find_commands(charge: Charge) -> None:
    if charge.owner is None:
        return
    which = Q(pk__in=[command.pk for command in charge.commands])
    if charge.session_key:
        which |= Q(session_key=charge.session_key)
    if charge.reference_keys:
        which |= Q(authorization_key__in=charge.reference_keys)
    if charge.token_key and charge.location_key and charge.began_at:
        which |= Q(
            token_key=charge.token_key,
            location_key=charge.location_key,
            created_at__range=(charge.began_at - BEFORE, charge.began_at + AFTER),
        )
    rows = Command.objects.filter(which, owner=charge.owner)
    charge.commands = list(
        rows.select_related("owner", "sender", "requested_by").order_by("created_at")[:AT_MOST]
    )
    for command in charge.commands:
        _refer(charge, command.authorization_key)


def _find_authorizations(charge: Charge) -> None:
    which = Q(pk__in=[row.pk for row in charge.authorizations])
    if charge.reference_keys:
        which |= Q(reference_key__in=charge.reference_keys)
    if charge.uid_key and charge.began_at:
        near = Q(
            uid_key=charge.uid_key, at__range=(charge.began_at - BEFORE, charge.began_at + AFTER)
        )
        if charge.location_key:
            near &= Q(location_key__in=("", charge.location_key))
        which |= near
    rows = Authorization.objects.filter(which).select_related("owner", "cpo", "connection")
    charge.authorizations = list(rows.order_by("at")[:AT_MOST])


def _find_place(charge: Charge) -> None:
    """The location, the EVSE with what its status was meanwhile, and the token."""
    if charge.owner is not None and charge.location_key:
        charge.location = Location.objects.filter(
            owner=charge.owner, location_key=charge.location_key
        ).first()
    if charge.location is not None and charge.evse_key:
        charge.evse = EVSE.objects.filter(location=charge.location, uid_key=charge.evse_key).first()
    if charge.emsp is not None and charge.token_key:
        charge.token = Token.objects.filter(owner=charge.emsp, token_key=charge.token_key).first()
    if charge.evse is not None and charge.began_at is not None:
        until = (charge.ended_at or charge.began_at + timedelta(days=1)) + AFTER
        rows = StatusInterval.objects.filter(
            evse=charge.evse, started_at__range=(charge.began_at - AFTER, until)
        )
        charge.statuses = list(rows.order_by("started_at")[:AT_MOST])
