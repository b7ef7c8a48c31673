"""Looking at the CDRs of a batch: everything they need is loaded, each is priced, and its checks run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ocpi.lenient.sites import zone_of_document
from review import causes, pricing
from review.checking import charge, others, tariffs
from review.checking.outcome import Outcome, failure
from review.checking.rows import Row
from review.checks import CDRFacts, Context, Finding, KnownKey
from review.checks.settings import PRICE, Strictness
from review.choices import Direction
from review.pricing import Offered
from review.signed import Charge, known_keys
from tariffs import selling
from tariffs.selectors import SellingRules, load_selling_rules


@dataclass(frozen=True, slots=True)
class Plan:
    """Which checks a partner's CDRs go through, and by which reading of OCPI they are priced.

    Both by the partner's primary key. Without ``prices`` nothing is priced: none of the checks asks for it.
    """

    checks: Callable[[int | None], Sequence[Strictness]]
    rule_set: Callable[[int | None], str]
    prices: bool = True


@dataclass(slots=True)
class _Batch:
    """What a batch needs, loaded for all of it."""

    around: charge.Around
    others: others.Others
    placed: Mapping[int, tariffs.Placed]
    offers: Mapping[int, Offered]
    selling: SellingRules
    former: tariffs.FormerVersions
    keys: Mapping[int, KnownKey]


def examine(rows: Sequence[Row], plan: Plan) -> list[Outcome]:
    """What the checks find on these CDRs, in their order; nothing is written.

    A CDR that cannot be looked at gets a finding that says so. What the database refuses is raised.
    """
    documents: dict[int, Mapping[str, Any]] = {}
    failed: dict[int, Outcome] = {}
    for row in rows:
        try:
            documents[row.facts.id] = row.document()
        except ValueError as problem:
            failed[row.facts.id] = failure(row.facts, problem)
    batch = _loaded([row.facts for row in rows if row.facts.id in documents], documents, plan)
    return [failed.get(row.facts.id) or _examined(row.facts, batch, plan) for row in rows]


def _loaded(
    cdrs: Sequence[CDRFacts], documents: Mapping[int, Mapping[str, Any]], plan: Plan
) -> _Batch:
    around = charge.around(cdrs)
    placed = {cdr.id: _placed(cdr, documents[cdr.id], around) for cdr in cdrs}
    sellers = {cdr.emsp_id for cdr in cdrs if cdr.direction == Direction.PAYABLE and cdr.emsp_id}
    return _Batch(
        around,
        others.others(cdrs),
        placed,
        tariffs.offers(list(placed.values())) if plan.prices else {},
        load_selling_rules(sellers) if sellers and plan.prices else SellingRules({}),
        tariffs.FormerVersions(),
        _keys(cdrs, documents),
    )


def _keys(
    cdrs: Sequence[CDRFacts], documents: Mapping[int, Mapping[str, Any]]
) -> dict[int, KnownKey]:
    """The keys known of the meters that signed values of these CDRs."""
    with_values = {
        cdr.id: Charge(cdr.owner_id, cdr.start, documents[cdr.id])
        for cdr in cdrs
        if "signed_data" in documents[cdr.id]
    }
    found = known_keys(with_values)
    return {key: KnownKey(row.public_key, row.curve) for key, row in found.items()}


def _placed(cdr: CDRFacts, document: Mapping[str, Any], around: charge.Around) -> tariffs.Placed:
    """With the time zone and country of the location here, else what the CDR says of its place."""
    found = around.places.get((cdr.owner_id, cdr.location_key, cdr.evse_key))
    said = document.get("cdr_location")
    place = said if isinstance(said, dict) else {}
    country = str(place.get("country") or "")
    zone = found.time_zone if found else ""
    return tariffs.Placed(
        cdr.id,
        cdr.owner_id,
        cdr.emsp_id,
        cdr.start,
        document,
        zone or zone_of_document(country or None, place),
        (found.country if found else "") or country,
        charge.connector_of(found, str(place.get("connector_id"))) if found else None,
    )


def _examined(cdr: CDRFacts, batch: _Batch, plan: Plan) -> Outcome:
    """One bad CDR must not keep the others from being checked."""
    try:
        context = _context(cdr, batch, plan)
        outcome = Outcome(cdr, [], context.pricing, _sold(cdr, batch))
        for check, _, severity, values in plan.checks(cdr.partner_id):
            finding = check.run(context, values, severity)
            if finding is not None:
                outcome.findings.append(
                    _explained(finding, context, values["amount"], batch.former)
                    if check.code == PRICE
                    else finding
                )
        outcome.fits()
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as problem:
        return failure(cdr, problem)
    return outcome


def _context(cdr: CDRFacts, batch: _Batch, plan: Plan) -> Context:
    around, other, placed = batch.around, batch.others, batch.placed[cdr.id]
    offered = batch.offers.get(cdr.id)
    return Context(
        cdr=cdr,
        document=placed.document,
        time_zone=placed.time_zone,
        country=placed.country,
        session=around.sessions.get((cdr.owner_id, cdr.session_key)),
        tells_sessions=cdr.owner_id in around.telling_sessions,
        token=around.token_of(cdr),
        foreign_token=around.foreign_token_of(cdr),
        tells_tokens=cdr.emsp_id in around.telling_tokens,
        connector=placed.connector,
        same_session=other.same_session.get(cdr.id, ()),
        same_token=other.same_token.get(cdr.id, ()),
        same_evse=other.same_evse.get(cdr.id, ()),
        original=other.originals.get(cdr.id),
        credits=other.credits.get(cdr.id, ()),
        agreed=offered.agreed if offered else (),
        conflicts=other.conflicts.get(cdr.id, 0),
        adjusted=other.adjusted.get(cdr.id),
        known_key=batch.keys.get(cdr.id),
        pricing=pricing.price_cdr(
            placed.document,
            offered,
            time_zone=placed.time_zone,
            rule_set=plan.rule_set(cdr.partner_id),
        )
        if offered
        else pricing.NOT_PRICED,
    )


def _sold(cdr: CDRFacts, batch: _Batch) -> Decimal | None:
    """What our own customer pays before tax for a charge that we buy; ``None`` where no rule says it."""
    if cdr.direction != Direction.PAYABLE or cdr.emsp_id is None:
        return None
    country = batch.placed[cdr.id].country
    rule = batch.selling.rule_for(cdr.emsp_id, cdr.owner_id, country, cdr.start, cdr.currency)
    if rule is None:
        return None
    return selling.sell(cdr.total_cost, cdr.energy, rule.rule).before_taxes


def _explained(
    finding: Finding, context: Context, tolerance: Decimal, former: tariffs.FormerVersions
) -> Finding:
    """A difference that nothing explains yet may be an old version of the tariff; few CDRs come here."""
    if finding.cause:
        return finding
    for used in context.pricing.tariffs:
        versions = former.before(context.cdr, used.key)
        if causes.former(context, versions, context.cdr.total_cost, tolerance):
            said = f"{finding.message} {causes.sentence('FORMER_TARIFF')}"
            return finding._replace(cause="FORMER_TARIFF", message=said)
    return finding
