"""Reading a register that is run here: what is free, what is issued, what waits."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from ocpi.ids import PartyId
from registers.choices import CodeRole
from registers.models import (
    Application,
    CodeClaim,
    IssuedCode,
    Organisation,
    RegisterEntry,
    RegisterRules,
)
from registers.running import rules as pure
from registers.running.choices import HELD_STATES
from registers.selectors import parties_of


def run_here() -> QuerySet[RegisterRules]:
    """The registers that we run, by name."""
    return RegisterRules.objects.select_related("register").order_by("register__name")


def claimed_roles(rules: RegisterRules, roles: Collection[str]) -> list[str]:
    """The roles in which a code is kept from others when it is issued in ``roles``."""
    return [str(role) for role in CodeRole if rules.one_holder or role in roles]


@dataclass(frozen=True)
class Ground:
    """What of one country keeps a code from being issued in some roles. All of it is read once."""

    rules: RegisterRules
    country: str
    taken: frozenset[str]
    claimed: frozenset[str]
    listed: frozenset[str]
    lookalikes: frozenset[str]

    def refusal(self, code: str) -> str:
        """Why a code of three capital letters or digits cannot be had, in a sentence; empty when it can."""
        written = f"{self.country}*{code}"
        if code in self.rules.reserved_codes:
            return f"{written} is reserved, and nobody gets it."
        if code in self.taken:
            return f"{written} is taken."
        if self.rules.refuse_confusable and (like := pure.alike(code, self.claimed)):
            return f"{written} looks like {self.country}*{like[0]}, which is taken."
        if code in self.listed:
            return f"{written} is listed by another register."
        return ""

    def is_free(self, code: str) -> bool:
        if code in self.taken or code in self.listed or code in self.rules.reserved_codes:
            return False
        return not self.rules.refuse_confusable or pure.looks(code) not in self.lookalikes


def ground(rules: RegisterRules, country: str, roles: Collection[str]) -> Ground:
    """What is taken in a country, for an application in ``roles``."""
    now = timezone.now()
    held = CodeClaim.objects.filter(country_code=country).filter(
        Q(free_from=None) | Q(free_from__gt=now)
    )
    wanted = claimed_roles(rules, roles)
    claimed, taken = set(), set()
    for party_id, role in held.values_list("party_id", "role"):
        claimed.add(party_id)
        if role in wanted:
            taken.add(party_id)
    return Ground(
        rules,
        country,
        frozenset(taken),
        frozenset(claimed),
        frozenset(_listed(rules, country)) if rules.refuse_listed else frozenset(),
        frozenset(map(pure.looks, claimed)),
    )


def _listed(rules: RegisterRules, country: str) -> QuerySet[RegisterEntry, str]:
    entries = RegisterEntry.objects.filter(country_code=country, vanished_at=None, is_foreign=False)
    return entries.exclude(register=rules.register_id).values_list("party_id", flat=True)


def shown() -> QuerySet[IssuedCode]:
    """What the public register lists: codes that are held, and ended ones that were not issued again."""
    newer = IssuedCode.objects.filter(
        country_code=OuterRef("country_code"), party_id=OuterRef("party_id"), pk__gt=OuterRef("pk")
    )
    return (
        IssuedCode.objects.filter(register__rules__isnull=False)
        .filter(Q(state__in=HELD_STATES) | ~Exists(newer))
        .select_related("organisation", "register")
        .order_by("country_code", "party_id", "pk")
    )


def of_code(party: PartyId) -> QuerySet[IssuedCode]:
    """Every time a code was issued here, the last time first."""
    return (
        IssuedCode.objects.filter(
            register__rules__isnull=False,
            country_code=party.country_code,
            party_id=party.party_id,
        )
        .select_related("organisation", "register")
        .order_by("-pk")
    )


def matching(rows: QuerySet[IssuedCode], term: str) -> QuerySet[IssuedCode]:
    """Issued codes by any ID that is built on one, by three characters, or by a part of the holder's name."""
    named = Q()
    for party in parties_of(term):
        named |= Q(country_code=party.country_code, party_id=party.party_id)
    if named:
        return rows.filter(named)
    text = term.strip()
    by_name = Q(organisation__legal_name__icontains=text)
    by_name |= Q(organisation__trading_name__icontains=text)
    if len(text) == 3 and text.isalnum():
        by_name |= Q(party_id=text.upper())
    return rows.filter(by_name)


def to_renew(now: datetime) -> Q:
    """Codes whose holders were reminded that the term ends, or whose term is over."""
    held = Q(state__in=HELD_STATES, valid_until__isnull=False)
    return held & (Q(reminded_days__isnull=False) | Q(valid_until__lte=now))


def same_organisation(application: Application) -> QuerySet[Organisation]:
    """Organisations known here that the applicant may be: of the same registration number or name."""
    number = application.registration_number.strip()
    by_number = Q(country=application.country, registration_number__iexact=number)
    by_name = Q(legal_name__iexact=application.legal_name)
    return Organisation.objects.filter(by_number | by_name).order_by("pk")[:10]


def similar_names(application: Application) -> QuerySet[RegisterEntry]:
    """What other registers list under a name that begins with the first long word of the applicant's."""
    words = [word for word in application.known_as.split() if len(word) > 3]
    if not words:
        return RegisterEntry.objects.none()
    named = Q(organisation__icontains=words[0]) | Q(legal_name__icontains=words[0])
    entries = RegisterEntry.objects.filter(named, vanished_at=None).select_related("register")
    return entries.order_by(F("country_code").asc(), "party_id", "role")[:10]
