"""What follows from a complete list that lacks objects we hold: they are retired, kept, or staff decide.

Only after a complete, full crawl, and only of the parties whose list it was.
"""

from __future__ import annotations

from django.conf import settings
from django.db import transaction

from exchange import registry
from exchange.intake import inbox_of
from exchange.models import Crawl, Missing, PullState
from exchange.pulls import missing
from exchange.pulls.missing import Share
from exchange.pulls.targets import owner_ids_of
from exchange.registry import Module, Source
from parties import events
from parties.choices import ConnectionKind, VanishPolicy
from parties.models import Connection, Party


def conclude(
    crawl: Crawl, module: Module, source: Source, *, retire_any: bool = False
) -> list[str]:
    """Retire what the list of a complete full ``crawl`` lacks, as the connection's policy has it.

    Returns sentences for staff; what was neither retired nor is to be kept is in ``state.vanishing``, which
    is left to be saved. Of an owner nothing is retired when too much would be, or when nothing at all of it
    was listed beside others: the partner may have answered for some of its parties only.
    """
    state = crawl.state
    owners = owner_ids_of(state, module)
    policy = policy_of(state.connection)
    with transaction.atomic():
        missing.note(crawl, module, owners)
        shares = [share for share in missing.shares(crawl, module, owners) if share.missing]
        retired = 0
        for share in shares:
            if retire_any or (policy == VanishPolicy.RETIRE and _may_retire(crawl, owners, share)):
                retired += _retire(state, module, source, share.owner_id)
        waiting = missing.count(state, module)
    notes = []
    if retired:
        notes.append(f"{retired} that are no longer listed were retired.")
        _record(crawl, "pull.retired", notes[-1])
    state.vanishing = 0 if policy == VanishPolicy.KEEP else waiting
    state.vanishing_job = crawl.job if state.vanishing else None
    if waiting:
        notes.append(_why_kept(crawl, policy, waiting, sum(share.held for share in shares)))
        _record(crawl, "pull.vanish_limit", notes[-1])
    return notes


def policy_of(connection: Connection) -> str:
    """The connection's policy; a hub's list may lack whole parties that it could not reach, so staff decide."""
    if connection.kind == ConnectionKind.HUB and connection.vanish_policy == VanishPolicy.RETIRE:
        return VanishPolicy.ASK
    return connection.vanish_policy


def limit_percent(connection: Connection) -> int:
    """The share of an owner's objects that one pull may retire."""
    if connection.vanish_limit_percent is not None:
        return connection.vanish_limit_percent
    return int(settings.PULL_VANISH_LIMIT_PERCENT)


def allowed(connection: Connection, held: int) -> int:
    """How many of ``held`` objects one pull may retire: the set share, but one always, though never the last."""
    share = held * limit_percent(connection) // 100
    return int(max(share, 1 if held > 1 else 0))


def _may_retire(crawl: Crawl, owners: list[int], share: Share) -> bool:
    if len(owners) > 1 and share.owner_id not in crawl.owner_ids:
        return False
    if crawl.total is not None and crawl.read < crawl.total:
        return False
    return share.missing <= allowed(crawl.state.connection, share.held)


def _why_kept(crawl: Crawl, policy: str, waiting: int, held: int) -> str:
    state = crawl.state
    found = f"{waiting} of {held} {state.module} are no longer listed."
    if policy == VanishPolicy.KEEP:
        return f"{found} They are kept, as the connection's settings say."
    if policy == VanishPolicy.ASK:
        return f"{found} They are kept until somebody decides."
    if crawl.total is not None and crawl.read < crawl.total:
        return (
            f"{found} The partner says that there are {crawl.total}, but listed {crawl.read}, so none"
            " was retired. Somebody has to decide."
        )
    return (
        f"{found} That is more than {limit_percent(state.connection)} %, or all of a party, so they were"
        " kept. Somebody has to decide."
    )


def _retire(state: PullState, module: Module, source: Source, owner_id: int | None = None) -> int:
    inbox = inbox_of(module)
    return sum(
        inbox.retire(batch, source) for batch in missing.taken(state, module, owner_id=owner_id)
    )


# --- What staff decide -------------------------------------------------------------------------------


def retire(state: PullState, *, actor: events.Actor = None) -> int:
    """Retire what the last complete list lacked, unless it came back since; returns how many."""
    module, connection = registry.get(state.module), state.connection
    source = Source(
        label=f"Pull from {connection.name}", version=connection.version, connection=connection
    )
    with transaction.atomic():
        retired = _retire(state, module, source)
        _decided(
            state,
            f"{retired} {state.module} that {_whose(state)} no longer lists",
            "retired",
            actor,
        )
    return retired


def keep(state: PullState, *, actor: events.Actor = None) -> int:
    """Keep what the last complete list lacked, for as long as it is not listed again; returns how many."""
    with transaction.atomic():
        kept = Missing.objects.filter(state=state, kept=False).update(kept=True)
        _decided(
            state, f"{kept} {state.module} that {_whose(state)} no longer lists", "kept", actor
        )
    return kept


def _decided(state: PullState, what: str, verdict: str, actor: events.Actor) -> None:
    state.vanishing, job_id = 0, state.vanishing_job_id
    state.vanishing_job = None
    state.save(update_fields=["vanishing", "vanishing_job"])
    events.record(
        f"pull.vanishing_{verdict}",
        f"{what} were {verdict}.",
        connection=state.connection,
        actor=actor,
        subject=f"job:{job_id}" if job_id else "",
    )


def _whose(state: PullState) -> str:
    party: Party | None = state.party
    return str(party.identity) if party else state.connection.name


def _record(crawl: Crawl, name: str, message: str) -> None:
    events.record(
        name,
        message,
        connection=crawl.state.connection,
        actor=crawl.job.parameters.get("actor"),
        subject=f"job:{crawl.job_id}",
    )
