"""What the pages of reviews say."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from ocpi.currencies import DECIMALS, money, rounded, smallest
from review import causes as explained
from review.checks import catalogue
from review.choices import Action, Direction, ReviewState
from review.models import CDRReview
from tariffs.pricing import RULE_SET_LABELS

MINUS = "\u2212"
_NARROW = "\u202f"


class Amount(NamedTuple):
    """An amount as lists show it, and exactly."""

    shown: str
    exact: str


def amount(number: Decimal | None, currency: str, *, signed: bool = False) -> Amount:
    """``EUR 1 234.50``: rounded to the decimals of the currency, but never to nothing; empty where there is none."""
    if number is None:
        return Amount("", "")
    places = DECIMALS.get(currency, 2)
    size = abs(number)
    shown = rounded(size, currency)
    digits = f"{shown:,.{places}f}" if shown or not size else f"{size.normalize():,f}"
    sign = MINUS if number < 0 else "+" if signed and number > 0 else ""
    said = f"{currency} {sign}{digits.replace(',', _NARROW)}".strip()
    return Amount(said, money(number, currency))


def is_rounding(review: CDRReview) -> bool:
    """Whether the stated price and ours differ by less than the smallest coin."""
    off = abs(review.difference or Decimal(0))
    return 0 < off < smallest(review.currency)


def difference(review: CDRReview) -> str:
    """What the difference between the stated price and ours means, in a few words."""
    if review.computed is None or review.difference is None:
        return "no price of ours"
    if not review.difference:
        return "as we make it"
    if is_rounding(review):
        return "rounding only"
    more = review.difference > 0
    if review.direction == Direction.PAYABLE:
        return "they ask too much" if more else "they ask too little"
    if review.direction == Direction.RECEIVABLE:
        return "we ask too much" if more else "we ask too little"
    return "stated too high" if more else "stated too low"


def lead(review: CDRReview) -> str:
    """The review in a sentence: who owes whom what, and what we make of it."""
    stated = amount(review.stated, review.currency).shown
    partner = str(review.partner.identity) if review.partner else "a party that nobody knows"
    if review.direction == Direction.PAYABLE:
        said = f"{partner} asks us {stated} before tax"
    elif review.direction == Direction.RECEIVABLE:
        said = f"We ask {partner} {stated} before tax"
    elif review.direction == Direction.INTERNAL:
        said = f"One of our parties asks another {stated} before tax"
    else:
        said = f"One partner asks another {stated} before tax"
    if review.computed is None or review.difference is None:
        return f"{said}; we cannot say what it should be"
    if not review.difference:
        return f"{said}, which is what we make it"
    if is_rounding(review):
        return f"{said}, which is what we make it but for rounding"
    ours = amount(review.computed, review.currency).shown
    apart = amount(abs(review.difference), review.currency).shown
    way = "less" if review.difference > 0 else "more"
    return f"{said}; we make it {ours}, {apart} {way}{_share(review)}"


def spoken(review: CDRReview) -> str:
    """What a screen reader says of a line of the desk beside its CDR."""
    said = [
        str(review.partner.identity) if review.partner else "nobody known",
        Direction(review.direction).label,
        f"{amount(review.at_stake, review.currency).shown} at stake",
        *(reason(code) for code in review.reasons),
    ]
    return ", ".join(said)


def _share(review: CDRReview) -> str:
    if not review.stated or review.difference is None:
        return ""
    share = abs(review.difference / review.stated) * 100
    return f" ({share:.1f} %)" if share < 1000 else ""


class Meaning(NamedTuple):
    """An action on the desk: its button, what it asks, what happens next, and reasons that are often given."""

    label: str
    icon: str
    question: str
    next: str
    reasons: tuple[str, ...]
    done: str
    key: str = ""
    is_dangerous: bool = False


MEANINGS: dict[Action, Meaning] = {
    Action.ACCEPT: Meaning(
        "Accept",
        "task_alt",
        "Accept {what} as stated?",
        "Accepted CDRs are settled as they are stated: they go into the statement of their month, with the price"
        " that stands in them, whatever we make it.",
        (
            "The partner's price is right",
            "The difference is too small to argue about",
            "Agreed with the partner",
            "Our tariff was out of date",
        ),
        "{what} accepted.",
        "a",
    ),
    Action.DISPUTE: Meaning(
        "Dispute",
        "gavel",
        "Dispute {what}?",
        "A dispute is opened, one per partner, direction and currency. Its CDRs stay out of statements until it is"
        " closed. Nothing is sent to the partner before you send it from the dispute's page.",
        (
            "The price does not follow from the tariff",
            "The charge was billed twice",
            "The charge is not one of our drivers'",
            "The metered energy cannot be right",
        ),
        "{what} disputed.",
        "d",
    ),
    Action.DROP: Meaning(
        "Drop",
        "block",
        "Drop {what}?",
        "Dropped CDRs are left out of every statement, so that nobody pays them; what is on a closed one already is"
        " corrected on an open one. Partners are told nothing. It can be taken back.",
        (
            "A test charge",
            "Billed twice; the other one counts",
            "Too small to be billed",
            "Credited by the partner",
        ),
        "{what} dropped.",
        "x",
        is_dangerous=True,
    ),
    Action.RETRY: Meaning(
        "Check again",
        "refresh",
        "Check {what} again?",
        "The checks run anew, with the tariffs, sessions and settings of now. What is fine then needs nobody; the"
        " rest comes back to this desk. An earlier decision is forgotten, but stays among the decisions.",
        (
            "A tariff came or was corrected",
            "A session or token came later",
            "The settings of a check changed",
        ),
        "{what} being checked again.",
        "r",
    ),
    Action.REOPEN: Meaning(
        "Take back",
        "undo",
        "Take back what was decided about {what}?",
        "They stand among those to review again, and leave the statement of their month; where that is closed,"
        " a correction comes onto an open one.",
        ("Decided by mistake", "New information from the partner"),
        "{what} to be reviewed again.",
        "u",
    ),
}
"""What staff can decide, in the order of the buttons."""

STATE_MEANINGS: dict[str, str] = {
    ReviewState.WAITING.value: "It has not been checked yet; that usually takes less than a minute.",
    ReviewState.CLEAN.value: "The checks found nothing that holds it up. It is settled as stated.",
    ReviewState.FLAGGED.value: "It stays out of statements until somebody decides.",
    ReviewState.ACCEPTED.value: "It is settled as stated.",
    ReviewState.DISPUTED.value: "It stays out of statements until the dispute is closed.",
    ReviewState.DROPPED.value: "It is left out of every statement.",
}


def cdrs(number: int) -> str:
    """``1 CDR``, ``1 200 CDRs``."""
    return "1 CDR" if number == 1 else f"{number:,} CDRs".replace(",", _NARROW)


def findings(review: CDRReview) -> list[dict[str, Any]]:
    """What the checks said of a review that holds it up, then what they only note."""
    return sorted(review.findings, key=lambda one: one.get("severity") != "hold")


def reasons() -> dict[str, str]:
    """The checks by code, each in a few words."""
    return {
        **{check.code: check.title for check in catalogue.ALL},
        catalogue.FAILED: catalogue.title_of(catalogue.FAILED),
    }


def causes() -> dict[str, str]:
    """Likely causes of a difference by code, each in a few words."""
    return {**explained.WORDS, **RULE_SET_LABELS}


def reason(code: str) -> str:
    """A check in a few words."""
    return catalogue.title_of(code)


def cause(code: str) -> str:
    """A likely cause in a few words; empty without one."""
    return explained.label(code) if code else ""
