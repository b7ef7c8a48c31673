"""Taking over the holders of an existing list: first what would become of it, then a job that writes it down."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time

import structlog
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.utils import timezone

from exchange import jobs
from exchange.models import Job
from exchange.registry import Counts
from parties import events
from registers.choices import EntryStatus
from registers.formats import FORMATS, Holder, Listed, NotReadable, Row
from registers.models import (
    CodeClaim,
    CodeEvent,
    IssuedCode,
    Organisation,
    Register,
    RegisterEntry,
    RegisterRules,
    TakeOver,
)
from registers.running import holders, selectors, words
from registers.running import rules as pure
from registers.running.choices import CodeEventKind, CodeState
from registers.running.services.errors import NotPossible

log = structlog.get_logger(__name__)

KIND = "take_over_holders"
_AT_ONCE = 500
_website = URLValidator(schemes=["http", "https"])


def prepare(
    register: Register,
    *,
    origin: Register | None = None,
    content: bytes = b"",
    list_format: str = "",
    source: str = "",
    actor: events.Actor,
) -> TakeOver:
    """Keep a list to look at: what ``origin`` lists now, or a file in ``list_format`` (``RegisterFormat``).

    Nothing is taken over yet. Raises :class:`NotPossible` for a file that cannot be read, or lists no code.
    """
    made = TakeOver(
        register=register,
        origin=origin,
        source=(origin.name if origin else source)[:200],
        format="" if origin else list_format,
        content=None if origin else zlib.compress(content),
        by=events.actor_name(actor)[:150],
    )
    try:
        found = any(isinstance(row, Listed) for row in rows_of(made))
    except NotReadable as error:
        raise NotPossible(str(error)) from None
    if not found:
        raise NotPossible("It lists no code.")
    made.save()
    return made


def rows_of(take_over: TakeOver) -> Iterator[Row]:
    """What its list says. Raises ``NotReadable``."""
    if take_over.origin_id is None:
        yield from FORMATS[take_over.format](zlib.decompress(bytes(take_over.content or b"")))
        return
    entries = RegisterEntry.objects.filter(register=take_over.origin_id, vanished_at=None)
    for entry in entries.order_by("country_code", "party_id", "role").iterator():
        holder = Holder(
            entry.organisation,
            entry.legal_name,
            entry.website,
            entry.status,
            issued_on=entry.issued_on,
        )
        code = entry.country_code, entry.party_id
        yield Listed(*code, entry.role, holder, entry.source_value)


def preview(take_over: TakeOver) -> holders.Plan:
    """What would become of each code of its list now; nothing is changed."""
    rules = RegisterRules.objects.select_related("register").get(register=take_over.register_id)
    listed, conflicts = holders.gathered(rows_of(take_over), rules)
    plan = planned(rules, listed)
    return plan._replace(conflicts=[*conflicts, *plan.conflicts])


def start(take_over: TakeOver, *, actor: events.Actor) -> Job:
    """Queue it; one that was begun gives its job. Raises :class:`NotPossible` if the register is not run here."""
    with transaction.atomic():
        locked = TakeOver.objects.select_for_update(of=("self",)).get(pk=take_over.pk)
        if locked.job is not None:
            return locked.job
        if not RegisterRules.objects.filter(register=locked.register_id).exists():
            raise NotPossible(f"{locked.register} is not run here.")
        title = f"Take over the holders of {locked}"
        job = jobs.create(KIND, title, parameters={"take_over": locked.pk}, actor=actor)
        locked.job = job
        locked.save(update_fields=["job"])
        events.record(
            "register.holders_taken_over",
            f"{title}: begun.",
            actor=actor,
            subject=f"register:{locked.register.key}",
        )
        jobs.queue(job)
    return job


def run(job: Job) -> None:
    """Do what :func:`start` queued, some hundred codes in a transaction. What was done already is left as it is."""
    if not jobs.start(job):
        return
    take_over = TakeOver.objects.select_related("register").get(pk=job.parameters["take_over"])
    progress = jobs.Progress(job)
    try:
        rules = RegisterRules.objects.get(register=take_over.register_id)
        listed, conflicts = holders.gathered(rows_of(take_over), rules)
        progress.total = len(listed) + len(conflicts)
        progress.add(Counts(rejected=len(conflicts)))
        for first in range(0, len(listed), _AT_ONCE):
            some = listed[first : first + _AT_ONCE]
            progress.add(_take_some(take_over, some, job.parameters["actor"]))
        jobs.finish(job, progress.counts)
    except jobs.JobStopped:
        log.warning("take_over_stopped", job=job.pk)
    except Exception:
        jobs.fail(job, "Something went wrong here; it has been logged.", progress.counts)
        raise


def planned(rules: RegisterRules, listed: Sequence[holders.ListedCode]) -> holders.Plan:
    """Which of these can be taken over, which are here already, and which cannot and why."""
    codes = {one.party_id for one in listed}
    countries = {one.country for one in listed}
    here = {"country_code__in": countries, "party_id__in": codes}
    claims = CodeClaim.objects.filter(**here).select_related("code__organisation", "application")
    now = timezone.now()
    kept: dict[tuple[str, str, str], CodeClaim] = {
        (claim.country_code, claim.party_id, claim.role): claim
        for claim in claims
        if claim.free_from is None or claim.free_from > now
    }
    return holders.plan(rules, listed, kept, selectors.claimed_roles)


@transaction.atomic
def _take_some(take_over: TakeOver, listed: Sequence[holders.ListedCode], actor: str) -> Counts:
    # As for applications: one after the other in a register.
    rules = (
        RegisterRules.objects.select_for_update(of=("self",))
        .select_related("register")
        .get(register=take_over.register_id)
    )
    plan = planned(rules, listed)
    _write(take_over, rules, plan.new, actor)
    return Counts(
        created=len(plan.new), unchanged=len(plan.unchanged), rejected=len(plan.conflicts)
    )


def _write(
    take_over: TakeOver, rules: RegisterRules, new: Sequence[holders.ListedCode], actor: str
) -> None:
    now = timezone.now()
    until = pure.after_months(now, rules.term_months) if rules.term_months else None
    organisations = _organisations(new)
    codes = IssuedCode.objects.bulk_create(
        IssuedCode(
            register=rules.register,
            country_code=one.country,
            party_id=one.party_id,
            organisation=organisations[one.name_key],
            roles=one.roles,
            state=CodeState.SUSPENDED if one.status == EntryStatus.SUSPENDED else CodeState.ACTIVE,
            issued_at=datetime.combine(one.issued_on, time(), UTC) if one.issued_on else now,
            valid_until=until,
        )
        for one in new
    )
    for country in {one.country for one in new}:
        mine = [one.party_id for one in new if one.country == country]
        ended = CodeClaim.objects.filter(country_code=country, party_id__in=mine)
        ended.filter(free_from__lte=now).delete()
    CodeClaim.objects.bulk_create(
        CodeClaim(country_code=code.country_code, party_id=code.party_id, role=role, code=code)
        for code in codes
        for role in selectors.claimed_roles(rules, code.roles)
    )
    CodeEvent.objects.bulk_create(
        CodeEvent(
            code=code,
            kind=CodeEventKind.TAKEN_OVER,
            at=now,
            by=actor[:150],
            reason=f"From {take_over.source}"[:500],
            said=_said(one),
        )
        for one, code in zip(new, codes, strict=True)
    )


def _said(one: holders.ListedCode) -> str:
    issued = f", issued on {one.issued_on}" if one.issued_on else ""
    return f"Taken over, of {one.holder.organisation[:200]} as {words.roles(one.roles)}{issued}."


def _organisations(new: Sequence[holders.ListedCode]) -> dict[str, Organisation]:
    """The holder of each by its name: the only one here of that legal name, or a new one."""
    wanted = {one.name_key: one for one in reversed(new)}
    names = [one.legal_name[:200] for one in wanted.values()]
    known: dict[str, list[Organisation]] = {}
    # Both spellings, because capitals differ between lists.
    for organisation in Organisation.objects.extra(
        where=["UPPER(legal_name) = ANY(SELECT UPPER(unnest(%s::text[])))"], params=[names]
    ):
        known.setdefault(holders.folded(organisation.legal_name), []).append(organisation)
    found = {key: known[key][0] for key in wanted if len(known.get(key, ())) == 1}
    made = Organisation.objects.bulk_create(
        _organisation(one) for key, one in wanted.items() if key not in found
    )
    return found | {holders.folded(one.legal_name): one for one in made}


def _organisation(one: holders.ListedCode) -> Organisation:
    trading = one.holder.organisation[:200]
    return Organisation(
        legal_name=one.legal_name,
        trading_name=trading if holders.folded(trading) != one.name_key else "",
        registration_number="",
        country=one.country,
        website=_address(one.holder.website),
    )


def _address(text: str) -> str:
    """An address as lists write it, with its scheme; empty for what is none."""
    address = text if not text or "://" in text else f"https://{text}"
    try:
        _website(address)
    except ValidationError:
        return ""
    return address
