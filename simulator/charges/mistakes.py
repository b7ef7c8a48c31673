"""Mistakes in bills: CDRs that are valid OCPI and say something else than the charge was.

With a share of an eighth every eighth CDR has one, each kind in turn. A kind that would change nothing worth
noticing, such as a forgotten night price by day, gives way to the next.
"""

import math
import threading
from collections.abc import Callable
from enum import StrEnum

from ocpi.datetimes import parse_datetime
from simulator.charges import papers
from simulator.charges.pace import PaceSwitch
from simulator.charges.pricing import Bill, bill
from simulator.documents import Document

NOTICEABLE = 0.03
TAX_OF_OTHERS = 7.0
OTHER_CURRENCY = {"GBP": "EUR"}


class Mistake(StrEnum):
    """What is wrong with a CDR.

    `step-size` rounds the energy of every period up to a whole kWh, `night-price` forgets that energy is cheaper at
    night, `no-tax` leaves out the taxes, `wrong-tax` has another rate, `wh` says the total energy in Wh, `twice` is
    billed again under another id, `currency` is in another one, `times` ends before it starts.
    """

    STEP_SIZE = "step-size"
    WRONG_TAX = "wrong-tax"
    TWICE = "twice"
    WATT_HOURS = "wh"
    NIGHT_PRICE = "night-price"
    CURRENCY = "currency"
    NO_TAX = "no-tax"
    TIMES = "times"


class Mistakes:
    """Decides which CDRs have a mistake, and makes it: the same for the same seed and order."""

    def __init__(self, pace: PaceSwitch, seed: int) -> None:
        self._pace = pace
        self._lock = threading.Lock()
        self._due = 0
        self._turn = seed % len(Mistake)

    def spoilt(self, cdr: Document, place: papers.Place, *, is_right: bool) -> tuple[Document, ...]:
        """What is sent instead of this CDR: itself, itself with a mistake, or itself and a second one.

        One that has to be right counts as well: then the next has the mistake.
        """
        with self._lock:
            # Counted in thousandths, so that no share is lost by rounding.
            self._due += round(self._pace.now.wrong_bills * 1000)
            if self._due < 1000 or is_right:
                return (cdr,)
            kinds = tuple(Mistake)
            for ahead in range(len(kinds)):
                made = make(kinds[(self._turn + ahead) % len(kinds)], cdr, place)
                if made != (cdr,):
                    self._turn += ahead + 1
                    self._due -= 1000
                    return made
            # Of a charge that costs nothing nothing is billed wrong: the next one is.
            return (cdr,)


def make(mistake: Mistake, cdr: Document, place: papers.Place) -> tuple[Document, ...]:
    """The CDR with this mistake; just itself where that would hardly change anything, as where it is free."""
    if not cdr["total_energy"] or not cdr["total_cost"]["before_taxes"]:
        return (cdr,)
    return _MAKERS[mistake](cdr, place)


def _step_size(cdr: Document, place: papers.Place) -> tuple[Document, ...]:
    whole = papers.bill_of(cdr, place, lambda kwh: float(math.ceil(kwh)))
    return _billed(cdr, whole)


def _night_price(cdr: Document, place: papers.Place) -> tuple[Document, ...]:
    """By the prices of the tariff's first element all day."""
    if place.tariff is None:
        return (cdr,)
    first = {"price_components": place.tariff["elements"][0]["price_components"]}
    always = {**place.tariff, "elements": [first, *place.tariff["elements"]]}
    dearer = bill(always, papers.stretches_of(cdr), place.zone)
    return _billed(cdr, dearer) if dearer.total.net > cdr["total_cost"]["before_taxes"] else (cdr,)


def _billed(cdr: Document, costs: Bill) -> tuple[Document, ...]:
    if abs(costs.total.net - cdr["total_cost"]["before_taxes"]) < NOTICEABLE:
        return (cdr,)
    return ({**cdr, **papers.costs_of(costs)},)


def _no_tax(cdr: Document, place: papers.Place) -> tuple[Document, ...]:
    """Says that no tax is due, where its tariff says that there is."""
    return _taxed(cdr, 0.0)


def _wrong_tax(cdr: Document, place: papers.Place) -> tuple[Document, ...]:
    return _taxed(cdr, TAX_OF_OTHERS)


def _taxed(cdr: Document, rate: float) -> tuple[Document, ...]:
    def taxed(price: Document) -> Document:
        net = price["before_taxes"]
        tax = {"name": "VAT", "percentage": rate, "amount": round(net * rate / 100, 4)}
        return {"before_taxes": net, "taxes": [tax]}

    stated = sum(tax["amount"] for tax in cdr["total_cost"].get("taxes", ()))
    if abs(stated - cdr["total_cost"]["before_taxes"] * rate / 100) < NOTICEABLE:
        return (cdr,)
    return ({**cdr, **{name: taxed(cdr[name]) for name in papers.PRICES if name in cdr}},)


def _watt_hours(cdr: Document, place: papers.Place) -> tuple[Document, ...]:
    return ({**cdr, "total_energy": round(cdr["total_energy"] * 1000, 1)},)


def _twice(cdr: Document, place: papers.Place) -> tuple[Document, ...]:
    again = papers.a_millisecond_after(cdr["last_updated"])
    return cdr, {**cdr, "id": twin_id(cdr["id"]), "last_updated": again}


def twin_id(cdr_id: str) -> str:
    """The id under which a CDR is billed a second time."""
    return f"{cdr_id}-D"


def _currency(cdr: Document, place: papers.Place) -> tuple[Document, ...]:
    return ({**cdr, "currency": OTHER_CURRENCY.get(cdr["currency"], "GBP")},)


def _times(cdr: Document, place: papers.Place) -> tuple[Document, ...]:
    began, ended = cdr["start_date_time"], cdr["end_date_time"]
    if parse_datetime(began) >= parse_datetime(ended):
        return (cdr,)
    return ({**cdr, "start_date_time": ended, "end_date_time": began},)


_MAKERS: dict[Mistake, Callable[[Document, papers.Place], tuple[Document, ...]]] = {
    Mistake.STEP_SIZE: _step_size,
    Mistake.WRONG_TAX: _wrong_tax,
    Mistake.TWICE: _twice,
    Mistake.WATT_HOURS: _watt_hours,
    Mistake.NIGHT_PRICE: _night_price,
    Mistake.CURRENCY: _currency,
    Mistake.NO_TAX: _no_tax,
    Mistake.TIMES: _times,
}
