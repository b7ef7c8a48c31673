"""What a crawl shows about how the partner answers: lists of everybody, and lists of everything."""

from __future__ import annotations

from exchange.intake import inbox_of
from exchange.models import Crawl, PullState
from exchange.pulls import missing
from exchange.pulls.schedule import next_time
from exchange.pulls.targets import Target, owner_ids, owner_ids_of
from exchange.quality import deviations, observing
from exchange.registry import Module
from ocpi.errors import Problem
from parties import events
from parties.models import Party


def observe(crawl: Crawl, module: Module, target: Target) -> list[str]:
    """Note what a complete crawl shows; returns sentences for staff. The crawl's state is left to be saved."""
    notes = []
    if crawl.date_from is not None:
        notes += _dates(crawl, module)
    if crawl.full and crawl.state.party_id is not None:
        notes += _everybody(crawl, module)
    elif crawl.full and target.routing.to is not None:
        _only_one_after_all(crawl, module)
    return notes


def _dates(crawl: Crawl, module: Module) -> list[str]:
    """A list of what changed that holds all we hold, most of it older: ``date_from`` was not heeded."""
    state, since = crawl.state, crawl.date_from
    if since is None or not crawl.read:
        return []
    seen, older = missing.unchanged_since(crawl, inbox_of(module), since)
    held, _ = missing.held(module, owner_ids_of(state, module))
    heedless = held > 1 and seen >= held * 0.9 and older * 2 >= seen
    is_news = heedless and not state.ignores_dates
    state.ignores_dates = heedless or (state.ignores_dates and not seen)
    if not is_news:
        return []
    message = (
        f"Asked for what changed, the partner listed all {seen} {state.module}: it seems to ignore date_from."
        " Turn date filters off in its dialect."
    )
    _record(crawl, "pull.dates_ignored", message, "date_filter_ignored", f"{older} of {seen}")
    return [message]


def _everybody(crawl: Crawl, module: Module) -> list[str]:
    """A list of one party that holds the others' objects: the routing header was not heeded."""
    state, party = crawl.state, crawl.state.party
    others = (set(crawl.owner_ids) & set(owner_ids(state.connection, module))) - {state.party_id}
    is_news = bool(others) and not state.lists_all
    state.lists_all = bool(others)
    if not others or party is None:
        return []
    whole, _ = PullState.objects.get_or_create(
        connection=state.connection, module=state.module, party=None
    )
    # What was read holds everybody's objects: the next pull of the whole goes on from here.
    whole.watermark = whole.full_at = crawl.began_at
    whole.next_at = next_time(state.connection)
    whole.save()
    if not is_news:
        return []
    names = ", ".join(str(p.identity) for p in Party.objects.filter(pk__in=others).order_by("id"))
    message = (
        f"Asked for {party.identity}, the partner also listed objects of {names}: it answers for all its"
        " parties at once, so they are not fetched one by one."
        " Set the naming of parties in its dialect to never."
    )
    _record(crawl, "pull.header_ignored", message, "party_ignored", names)
    return [message]


def _only_one_after_all(crawl: Crawl, module: Module) -> None:
    """A platform that used to list everybody lists one party now: from the next pull each is asked for."""
    owners = owner_ids(crawl.state.connection, module)
    if len(owners) > 1 and len(set(crawl.owner_ids) & set(owners)) == 1:
        PullState.objects.filter(
            connection=crawl.state.connection, module=crawl.state.module, lists_all=True
        ).update(lists_all=False)


def _record(crawl: Crawl, name: str, message: str, code: str, value: str) -> None:
    """An event, and an observation that the pages of the connection make a suggestion of."""
    problem = Problem(code, "", observing.SENTENCES[code], value)
    noted = [(observing.job_reference(crawl.job_id), problem)]
    deviations.count_warnings(crawl.state.connection, observing.TRANSPORT, noted)
    events.record(
        name,
        message[:400],
        connection=crawl.state.connection,
        actor=crawl.job.parameters.get("actor"),
        subject=f"job:{crawl.job_id}",
    )
