"""Verdicts and decisions in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exchange import cells
from exchange.admin import links
from exchange.places import typed
from parties.models import Connection, Party
from staff import badges, fragments
from staff.links import page_url_of
from tokens.authorization.choices import BADGES, Allowed, How, Reply
from tokens.authorization.models import Authorization
from tokens.authorization.questions import Plan, Verdict

MODULE = "tokens"


def allowed_badge(allowed: str, how: str = "") -> str:
    """The answer as a badge; how it came about where there was none."""
    if allowed:
        return badges.badge(allowed, Allowed, BADGES)
    label = How(how).label if how in How.values else "No answer"
    return badges.label_badge(label, "default")


def verdict_words(verdict: Verdict) -> tuple[str, str]:
    """One sentence that says what would be answered, and the kind of callout it goes into."""
    if verdict.error is not None:
        return f"It would not charge. {verdict.error.message}", "callout-warning"
    if verdict.allowed == Allowed.ALLOWED:
        return "It would charge.", "callout-success"
    label = verdict.allowed.label.lower() if verdict.allowed else ""
    return f"It would not charge: {label}. {verdict.text}".strip(), "callout-warning"


def asking_words(plan: Plan) -> str:
    """Who has to say, and what holds if they don't."""
    names = ", ".join(str(one.target) for one in plan.asking)
    fallback = plan.asking[0].silent if len(plan.asking) == 1 else None
    if fallback is None or fallback.allowed is None:
        return f"That is for {names} to say. Without an answer it would not charge."
    return f"That is for {names} to say. Without an answer it is: {fallback.allowed.label.lower()}."


def sentence(row: Authorization) -> str:
    """Who asked what, and what came of it."""
    asker = row.connection.name if row.connection else ""
    if row.actor:
        asker = f"{row.actor}, for {asker}" if asker else f"{row.actor}, for our charge points"
    place = f" at {place_words(row)}" if row.location_key else ""
    if row.allowed:
        end = f"{row.get_allowed_display().lower()}. {row.get_how_display()}"
    else:
        end = f"no answer to give. {row.get_how_display()}"
    return f"{asker or 'Somebody'} asked whether card {row.uid} may charge{place}: {end}."


def place_words(row: Authorization) -> str:
    """The place of a question: ``LOC1, EVSE 3256``; empty when it named none."""
    evse = f", EVSE {row.evse_key}" if row.evse_key else ""
    return f"{row.location_key}{evse}"


def place_link(row: Authorization) -> str:
    """The same, linked to the location where we hold it for certain: a partner's may be a private one."""
    if not row.location_key:
        return fragments.EMPTY
    if row.cpo is None or not row.cpo.is_ours:
        return place_words(row)
    reference = f"{row.cpo.identity}/{row.location_key}"
    url = links.object_url("locations", reference)
    return fragments.link(url, place_words(row)) if url else place_words(row)


def token_link(row: Authorization) -> str:
    """The card, linked to its token where we know whose it is."""
    if row.owner is None:
        return row.uid
    reference = f"{row.owner.identity}/{row.uid}{typed(row.type)}"
    url = links.object_url(MODULE, reference)
    return fragments.link(url, row.uid) if url else row.uid


def asked_line(line: Mapping[str, Any]) -> dict[str, Any]:
    """One eMSP that was asked, as a line of a table."""
    url = page_url_of(Connection, line["connection"])
    reply = str(line["reply"])
    badge = (
        badges.badge(line["allowed"], Allowed, BADGES)
        if line["allowed"]
        else badges.badge(reply, Reply, BADGES)
    )
    return {
        "party": line["party"] or fragments.EMPTY,
        "partner": fragments.link(url, line["name"]) if url else line["name"],
        "badge": badge,
        "sentence": line["sentence"],
        "took": cells.duration_text(int(line["ms"])) if line["ms"] else fragments.EMPTY,
        "exchange_url": links.exchange_url(int(line["exchange"])) if line["exchange"] else "",
    }


def party_words(party: Party | None) -> str:
    return str(party.identity) if party else fragments.EMPTY
