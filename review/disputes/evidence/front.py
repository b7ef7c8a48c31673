"""The first pages of the evidence: what it is about, and where what lies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.template.loader import render_to_string
from django.utils import timezone

from charging.words import amount
from review.disputes import steps
from review.disputes.evidence.files import File, text_file, universal
from review.models import Dispute
from staff.export import Column

TOLD = ("opened", "told", "answered", "asked", "deadline", "credited", "closed", "reopened")
"""Steps of a case that the partner may read: notes, and what was changed before, are ours alone."""

EVENT_COLUMNS: dict[str, Column] = {
    "time (UTC)": lambda event: universal(event.at),
    "what": lambda event: event.message,
    "text": lambda event: event.detail.get("text", ""),
}
FILES = (
    ("original.json", "the CDR exactly as it was received, byte for byte"),
    ("cdr.json", "the same CDR as OCPI 2.3.0 says it"),
    ("facts.txt", "the charge in words, and what our checks found"),
    ("price.txt", "the price that is stated, the price as we make it, and every step to it"),
    ("tariffs/", "the tariffs in the CDR, and what we held of them when the charge began"),
    ("timeline.txt", "what happened, from the card to the CDR"),
    ("session.json, session-readings.csv", "the session, and what it had come to when"),
    ("authorizations.json, commands.json", "who allowed the charge, and what was asked remotely"),
    ("signed-values.json, signed-values.txt", "what the meter signed, and whether it did"),
    ("other-versions/", "other versions of the CDR that came under the same id"),
    ("credit-cdr.json", "the Credit CDR that takes it back"),
    ("requests.csv, requests/", "the requests about it between us and the partner"),
)


class Summary(NamedTuple):
    """A CDR on the first page, all of it as text; empty where there is nothing."""

    folder: str
    cdr_id: str
    charged: str
    stated: str
    computed: str
    claimed: str
    signature: str


def readme(case: Dispute, number: int, held: int, originals: bool, bodies: bool) -> File:
    """What this archive is, in plain words."""
    return text_file("README.txt", _readme(case, number, held, originals, bodies))


def _readme(case: Dispute, number: int, held: int, originals: bool, bodies: bool) -> Iterator[str]:
    yield f"Evidence of dispute {case.number}: {case.title}"
    yield f"Between {steps.party_words(case.ours)} and {steps.party_words(case.partner)}"
    yield f"Made on {universal(timezone.now())}"
    yield ""
    yield f"Claimed: {amount(case.claimed, case.currency)} before tax"
    if case.outcome:
        yield f"Ended: {case.get_outcome_display()}"
    if case.partner_reference:
        yield f"Reference of the partner: {case.partner_reference}"
    yield ""
    yield "What is wrong"
    yield from case.claim.splitlines()
    if case.answer:
        yield ""
        yield "What the partner says"
        yield from case.answer.splitlines()
    yield ""
    yield f"It is about {number} CDR{'' if number == 1 else 's'}; this archive holds {held} of them."
    yield "Open index.html for an overview. There is a folder per CDR, with these files as far as they exist:"
    yield from (f"  {name}: {what}" for name, what in FILES)
    yield "events.csv lists what happened to the case; SHA256SUMS.txt holds the SHA-256 of every file."
    yield ""
    yield "What is left out"
    yield "- Our notes, and who of us did what."
    yield "- Access tokens are masked. Requests are those between us and the partner of the case alone."
    if not originals:
        yield "- Originals: whoever made this archive may not see them."
    if not bodies:
        yield "- Headers and bodies of requests: whoever made this archive may not see them."
    else:
        yield "- Headers and bodies of routine requests are kept for a sample only, and not for ever."
    yield "- What was destroyed when a driver was forgotten."


def index(case: Dispute, summaries: Sequence[Summary], number: int) -> File:
    """The overview as a page that needs nothing but a browser."""
    page = render_to_string(
        "review/evidence.html",
        {
            "case": case,
            "ours": steps.party_words(case.ours),
            "partner": steps.party_words(case.partner),
            "claimed": amount(case.claimed, case.currency),
            "rows": summaries,
            "number": number,
            "made_at": universal(timezone.now()),
        },
    )
    return File("index.html", page.encode())
