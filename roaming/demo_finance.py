"""What finance finds in the demo: agreed prices, a selling rule, a draft, and last month to be closed.

It is filled in after the portal is ready, so that nobody waits for it.
"""

from __future__ import annotations

from decimal import Decimal

import orjson
from django.db import OperationalError, transaction
from django.utils import timezone

from cdrs import services as cdrs
from charging.sessions import services as sessions
from exchange.registry import Source
from ocpi.ids import ci_key
from ocpi.numbers import exact_decimal
from parties import events
from parties.choices import Role
from parties.models import Agreement, Connection, Event, Party
from review import checking
from review.choices import ReviewState
from review.disputes import services as disputes
from review.models import CDRReview
from tariffs import selectors as stored_tariffs
from tariffs import services as tariffs
from tariffs.models import SellingRule, Tariff

from . import demo, demo_charges, demo_history, demo_locations, demo_tariffs

READY = "demo.finance"
MARKUP_PERCENT, FEE = Decimal(8), Decimal("0.35")
DEARER = Decimal("0.02")
PRICE_LISTS = ("DAY-NIGHT", "CHEAP", "IDLE-FEE", "START-FEE", "FREE", "FAST", "FAST-NEXT")
"""What the simulated partner's connectors cost, each in both of its currencies."""
CURRENCIES: dict[str, tuple[str, ...]] = {"EUR": (), "GBP": ("GBR",)}
"""The countries where a currency's price lists are agreed on; none means all."""


ATTEMPTS = 5


def prepare() -> None:
    """Make it ready, once, in a portal that is a demo with its charges; may be called again and again.

    Raises OperationalError where the database gives way to others again and again.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _prepare()
            break
        except OperationalError:
            # The partner registers and its first lists come in meanwhile: of two that block each other one gives way.
            if attempt == ATTEMPTS:
                raise


@transaction.atomic
def _prepare() -> None:
    # Whoever registers holds these first as well.
    connections = [found.pk for found in (demo.partner(), demo_charges.back_office()) if found]
    list(Connection.objects.select_for_update().filter(pk__in=connections).order_by("pk"))
    ready = Event.objects.filter(subject=demo.SUBJECT)
    if not ready.filter(name=demo_charges.READY).exists() or ready.filter(name=READY).exists():
        return
    _agree_on_prices()
    _sell()
    _draft()
    taken = _take_in_last_month()
    # What came is checked here and now: the dispute is about what the checks found.
    checking.drain()
    _dispute()
    events.record(
        READY,
        f"{taken} CDRs of last month, agreed tariffs, a selling rule and a draft are ready.",
        actor=demo.ACTOR,
        subject=demo.SUBJECT,
    )


def _agree_on_prices() -> None:
    """What the partner bills by today is agreed, so that anything else is noticed."""
    agreement = Agreement.objects.filter(
        theirs__country_code=demo_charges.PARTNER.country_code,
        theirs__party_id=demo_charges.PARTNER.party_id,
        theirs__role=Role.CPO,
        ended_at=None,
    ).first()
    if agreement is None or agreement.agreed_tariffs.exists():
        return
    for currency, countries in CURRENCIES.items():
        for name in PRICE_LISTS:
            terms = tariffs.AgreedTerms(
                f"{name}-{currency}", countries=countries, note="One of its usual price lists."
            )
            tariffs.save_agreed(agreement, terms, actor=demo.ACTOR)


def _sell() -> None:
    seller = _ours(Role.EMSP)
    if seller is None or SellingRule.objects.filter(seller=seller).exists():
        return
    rule = SellingRule(
        seller=seller,
        currency="EUR",
        markup_percent=MARKUP_PERCENT,
        fee=FEE,
        note="For all of our drivers, wherever they charge.",
    )
    tariffs.save_rule(rule, actor=demo.ACTOR)


def _draft() -> None:
    """A higher price that somebody has begun to write and not published."""
    owner = _ours(Role.CPO)
    held = Tariff.objects.filter(owner=owner, tariff_key=ci_key(demo_tariffs.ENERGY)).first()
    if owner is None or held is None or held.drafts.exists():
        return
    document = stored_tariffs.document_of(held.pk)
    for element in document["elements"]:
        for component in element["price_components"]:
            component["price"] = exact_decimal(component["price"]) + DEARER
    note = "Two cents more from next quarter on; not published yet."
    tariffs.start_draft(owner, document, replaces=held, note=note, actor=demo.ACTOR)


def _take_in_last_month() -> int:
    """The partner's as if they were fetched from it, ours as from a file; returns how many CDRs there are."""
    now, ours, theirs = timezone.now(), demo_locations.PARTY, demo_charges.PARTNER
    connection = demo.partner()
    histories = [
        (
            demo_history.of_ours(theirs, demo_charges.PARTNER_NAME, now),
            Source(label="Demo", version="2.3.0", owner=ours),
        )
    ]
    if connection is not None:
        source = Source(
            label="Demo", version="2.3.0", connection=connection, owners=frozenset({theirs})
        )
        made = demo_history.of_partner(theirs, demo_charges.PARTNER_NAME, now)
        histories.append((made, source))
    for history, source in histories:
        sessions.receive([orjson.dumps(one) for one in history.sessions], source)
        cdrs.receive([orjson.dumps(one) for one in history.cdrs], source)
    return sum(len(history.cdrs) for history, _ in histories)


def _dispute() -> None:
    """A case about bills that were rounded up, of which the partner was told."""
    month = demo_history.last_month(timezone.now())
    names = [
        f"CDR-{demo_history.session_id('SIM', month, number)}" for number in demo_history.DISPUTED
    ]
    rows = CDRReview.objects.filter(cdr__cdr_id__in=names, state=ReviewState.FLAGGED)
    if keys := list(rows.values_list("pk", flat=True)):
        dispute = disputes.open_dispute(
            keys,
            title="Energy rounded up to whole kWh",
            claim="Your tariff bills energy to the watt hour, these charges were rounded up in every period.",
            actor=demo.ACTOR,
        )
        disputes.tell(dispute, contact="roaming@simulated-charging.example", actor=demo.ACTOR)


def _ours(role: Role) -> Party | None:
    return Party.objects.ours().identified(demo_locations.PARTY).filter(role=role).first()
