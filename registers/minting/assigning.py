"""Giving IDs to what has none: which things these are, and writing the IDs to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import structlog
from django.db import transaction
from django.db.models import Exists, Model, OuterRef, QuerySet

from exchange import jobs
from exchange.models import Job
from exchange.registry import Counts
from locations import services as locations
from locations.choices import Status
from locations.models import EVSE, Location
from ocpi.errors import OCPIError
from parties import events
from parties.models import Party
from registers.minting.choices import MintedKind
from registers.minting.models import MintedId
from registers.minting.patterns import BadPattern, Called, CannotMake
from registers.minting.services import NotOurs, Recipient, mint
from tokens import selectors as token_selectors
from tokens import services as tokens
from tokens.models import Token

log = structlog.get_logger(__name__)

KIND = "minting"
PERMISSION = "registers.change_idpattern"
REFUSALS = (BadPattern, CannotMake, NotOurs, locations.NotOurs, tokens.NotOurs, OCPIError)
_AT_ONCE = 50


def without(party: Party, kind: str) -> QuerySet[EVSE] | QuerySet[Location] | QuerySet[Token]:
    """What of a party has no ID of this kind; what is gone is left out."""
    if kind == MintedKind.EVSE:
        return evses_without(party)
    if kind == MintedKind.CONTRACT:
        return Token.objects.filter(owner=party, contract_key="", vanished_at=None).order_by("pk")
    given = MintedId.objects.filter(location=OuterRef("pk"), kind=kind)
    return Location.objects.filter(~Exists(given), owner=party, vanished_at=None).order_by("pk")


def has_any(party: Party, kind: str) -> bool:
    """Whether a party has anything here that could have an ID of this kind."""
    if kind == MintedKind.CONTRACT:
        return Token.objects.filter(owner=party, vanished_at=None).exists()
    places = Location.objects.filter(owner=party, vanished_at=None)
    if kind == MintedKind.EVSE:
        there = EVSE.objects.filter(location__in=places).exclude(status=Status.REMOVED)
        return there.exists()
    return places.exists()


def evses_without(party: Party) -> QuerySet[EVSE]:
    """The EVSEs of a party that have no ID; what is gone is left out."""
    there = EVSE.objects.exclude(status=Status.REMOVED).filter(location__vanished_at=None)
    return there.filter(evse_key="", location__owner=party).order_by("pk")


def recipient(kind: str, thing: Model) -> Recipient:
    """An EVSE, location or token as what gets an ID."""
    if isinstance(thing, EVSE):
        place = thing.location
        label = f"EVSE {thing.uid} of {place.reference}"
        return Recipient(label, Called(place.location_id, thing.uid), location=place, evse=thing)
    if isinstance(thing, Location):
        return Recipient(thing.reference, Called(thing.location_id), location=thing)
    assert isinstance(thing, Token)  # noqa: S101 - there is no other kind
    return Recipient(thing.reference, token=thing)


@transaction.atomic
def assign(
    party: Party, kind: str, keys: Sequence[int], *, overwrite: bool = False, actor: events.Actor
) -> list[MintedId]:
    """Give each of these (primary keys) that has none an ID, and write it to EVSEs and tokens; partners are told.

    With ``overwrite`` also to EVSEs and tokens that have one. All of them or none. Raises one of ``REFUSALS``.
    """
    things = _locked(party, kind, keys, overwrite=overwrite)
    made = mint(party, kind, [recipient(kind, one) for one in things], actor=actor)
    for thing, given in zip(things, made, strict=True):
        if isinstance(thing, EVSE):
            document = {**locations.evse_document(thing), "evse_id": given.value}
            locations.save_evse(thing.location, document, actor=actor)
        elif isinstance(thing, Token):
            document = {**token_selectors.document_of(thing.pk), "contract_id": given.value}
            tokens.save_token(party, document, actor=actor)
        else:
            events.record(
                "ids.given",
                f"{given.get_kind_display()} ID {given} was given to {given.given_to}.",
                actor=actor,
                subject=given.given_to[:120],
            )
    return made


def _locked(
    party: Party, kind: str, keys: Sequence[int], *, overwrite: bool
) -> list[EVSE] | list[Location] | list[Token]:
    """Those that may get an ID, locked before any number is taken, so that all wait for each other in one order."""
    if kind == MintedKind.CONTRACT:
        rows = Token.objects.filter(owner=party, pk__in=keys).order_by("pk")
        rows = rows if overwrite else rows.filter(contract_key="")
        return list(rows.select_for_update(of=("self",)).select_related("owner"))
    places = Location.objects.filter(owner=party).order_by("pk").select_related("owner")
    if kind == MintedKind.EVSE:
        wanted = EVSE.objects.filter(pk__in=keys).values("location_id")
        held = list(places.filter(pk__in=wanted).select_for_update(of=("self",)))
        evses = EVSE.objects.filter(pk__in=keys, location__in=held).order_by("pk")
        evses = evses if overwrite else evses.filter(evse_key="")
        return list(evses.select_related("location__owner"))
    held = list(places.filter(pk__in=keys).select_for_update(of=("self",)))
    if overwrite:
        return held
    having = set(
        MintedId.objects.filter(location__in=held, kind=kind).values_list("location_id", flat=True)
    )
    return [one for one in held if one.pk not in having]


def start(party: Party, kind: str, *, actor: events.Actor) -> Job:
    """Queue that everything without an ID of this kind gets one; a job that does so already is returned instead."""
    for running in jobs.active().filter(kind=KIND):
        if (running.parameters["party"], running.parameters["kind"]) == (party.pk, kind):
            return running
    with transaction.atomic():
        title = f"Give {MintedKind(kind).label} IDs of {party}"
        job = jobs.create(KIND, title, parameters={"party": party.pk, "kind": kind}, actor=actor)
        events.record(
            "ids.assigning",
            f"{title}: begun.",
            actor=actor,
            subject=str(party.identity),
        )
        jobs.queue(job)
    return job


def run(job: Job) -> None:
    """Do what :func:`start` queued, some dozens at a time, each batch in a transaction of its own."""
    if not jobs.start(job):
        return
    given = job.parameters
    party = Party.objects.get(pk=given["party"])
    progress = jobs.Progress(job, total=without(party, given["kind"]).count())
    problem = ""
    try:
        for keys in _batches(party, given["kind"]):
            counts, said = _assign_some(party, given["kind"], keys, given["actor"])
            problem = problem or said
            progress.add(counts)
        jobs.finish(job, progress.counts, problem)
    except jobs.JobStopped:
        log.warning("minting_stopped", job=job.pk)
    except Exception:
        jobs.fail(job, "Something went wrong here; it has been logged.", progress.counts)
        raise


def _batches(party: Party, kind: str) -> Iterator[list[int]]:
    last = 0
    while keys := list(
        without(party, kind).filter(pk__gt=last).values_list("pk", flat=True)[:_AT_ONCE]
    ):
        yield keys
        last = keys[-1]


def _assign_some(party: Party, kind: str, keys: list[int], actor: str) -> tuple[Counts, str]:
    """A batch, or where one of it cannot have an ID each by itself; what came of it, and the first reason."""
    try:
        made = assign(party, kind, keys, actor=actor)
        return Counts(updated=len(made), unchanged=len(keys) - len(made)), ""
    except REFUSALS as refused:
        if len(keys) == 1:
            return Counts(rejected=1), str(refused)
    counts, problem = Counts(), ""
    for key in keys:
        one, said = _assign_some(party, kind, [key], actor)
        counts += one
        problem = problem or said
    return counts, problem
