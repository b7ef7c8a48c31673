"""Writing down how we sell what we buy."""

from __future__ import annotations

from django.db import transaction

from ocpi.countries import ALPHA_2
from ocpi.currencies import DECIMALS
from parties import events
from parties.choices import Role
from parties.models import Party
from tariffs import selling
from tariffs.models import SellingRule
from tariffs.services.periods import overlaps, span_words

AT_LEAST_PERCENT = -100


class SellingRefused(ValueError):
    """A rule that makes no sense; ``field`` is the one to change, empty for none in particular."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def save_rule(rule: SellingRule, *, actor: events.Actor = None) -> SellingRule:
    """Keep a new or changed rule, which counts for every charge that is looked at from now on.

    Raises :class:`SellingRefused`, also where another rule in use is for the same charges.
    """
    # Two that overlap cannot be saved at once.
    Party.objects.select_for_update(no_key=True).get(pk=rule.seller_id)
    check(rule)
    before = SellingRule.objects.filter(pk=rule.pk).first() if rule.pk else None
    was = f" Before: {in_words(before)}." if before else ""
    rule.save()
    events.record(
        "selling.changed" if before else "selling.added",
        f"{rule}: {in_words(rule)}.{was}",
        actor=actor,
        subject=subject(rule),
    )
    return rule


def subject(rule: SellingRule) -> str:
    """Under which name the events of a rule are found."""
    return f"selling:{rule.pk}"


def check(rule: SellingRule) -> None:
    """Raise :class:`SellingRefused` where a rule makes no sense."""
    if not rule.seller.is_ours or rule.seller.role != Role.EMSP:
        raise SellingRefused("Only an eMSP of ours sells charges.", "seller")
    if rule.partner is not None and rule.partner.role != Role.CPO:
        raise SellingRefused("Charges are bought from a CPO.", "partner")
    if rule.country and rule.country not in ALPHA_2:
        raise SellingRefused("Write a country as three letters, like NLD.", "country")
    if rule.currency not in DECIMALS:
        raise SellingRefused(f"{rule.currency!r} is no currency in use.", "currency")
    if rule.markup_percent < AT_LEAST_PERCENT:
        raise SellingRefused("A discount takes at most all of it: -100 %.", "markup_percent")
    if rule.floor is not None and rule.cap is not None and rule.floor > rule.cap:
        raise SellingRefused("It is less than what a charge costs at least.", "cap")
    if rule.valid_from and rule.valid_until and rule.valid_until <= rule.valid_from:
        raise SellingRefused("It ends before it begins.", "valid_until")
    if other := _other_for_the_same(rule):
        when = span_words(other.valid_from, other.valid_until) or "always"
        raise SellingRefused(
            f"Another rule in use is for the same charges: {other}, {when}. End that one first, or take it"
            " out of use."
        )


def _other_for_the_same(rule: SellingRule) -> SellingRule | None:
    if not rule.is_enabled:
        return None
    same = SellingRule.objects.select_related("seller", "partner").filter(
        seller=rule.seller,
        partner=rule.partner,
        country=rule.country,
        currency=rule.currency,
        is_enabled=True,
    )
    return next((other for other in same.exclude(pk=rule.pk) if overlaps(rule, other)), None)


def in_words(rule: SellingRule) -> str:
    """What it adds, when, and whether it is in use, for the log."""
    when = span_words(rule.valid_from, rule.valid_until)
    parts = [selling.in_words(rule.rule), when, "" if rule.is_enabled else "not in use"]
    return ", ".join(filter(None, parts))
