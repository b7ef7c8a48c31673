"""Sessions and CDRs of every version in the canonical shape, and what is told about them.

What a charge cost and whose it was is evidence: nothing is made up beyond what a document needs to be kept.
"""

from __future__ import annotations

from typing import Any

from ocpi.charging_classes import NOT_AVAILABLE
from ocpi.convert.charges_2_2_1 import COSTS, read_price
from ocpi.errors import Problem
from ocpi.lenient.assume import fill_in_last_updated
from ocpi.lenient.codes import CODES
from ocpi.lenient.known import VERSIONS_2_1, Known
from ocpi.lenient.repair import Repair
from ocpi.lenient.tariff_shapes import as_canonical as tariff_as_canonical

Document = dict[str, Any]
Warnings = list[Problem]

_ALIASES = {
    "last_update": "last_updated",
    "county_code": "country_code",
    "start_datetime": "start_date_time",
    "end_datetime": "end_date_time",
    "stop_date_time": "end_date_time",
}
_RIGHT_IN_2_1 = frozenset({"start_datetime", "end_datetime", "stop_date_time"})
_AT_AN_EVSE = ("ACTIVE", "PENDING")
_PLACE = ("id", "name", "address", "city", "postal_code", "country", "coordinates")


def session_as_canonical(document: Document, known: Known, warnings: Warnings) -> None:
    """Bring a Session into the shape of 2.3.0, in place; takes anything, raises nothing."""
    _spelling(document, known, warnings)
    if document.get("status") == "RESERVED":
        _warn(warnings, "choice_spelling", "status", "RESERVED")
        document["status"] = "RESERVATION"
    _money(document, known, warnings)
    _token(document, known, warnings)
    location = document.get("location")
    if isinstance(location, dict) and "location_id" not in document:
        evse, connector = _used(location, warnings)
        del document["location"]
        document["location_id"] = location.get("id")
        document["evse_uid"] = evse.get("uid", NOT_AVAILABLE)
        document["connector_id"] = connector.get("id", NOT_AVAILABLE)
    _periods(document, warnings)


def cdr_as_canonical(document: Document, known: Known, warnings: Warnings) -> None:
    """Bring a CDR into the shape of 2.3.0, in place; takes anything, raises nothing."""
    _spelling(document, known, warnings)
    _money(document, known, warnings)
    _token(document, known, warnings)
    location = document.get("location")
    if isinstance(location, dict) and "cdr_location" not in document:
        evse, connector = _used(location, warnings)
        del document["location"]
        place = {name: location[name] for name in _PLACE if location.get(name) not in (None, "")}
        document["cdr_location"] = {
            **place,
            "evse_uid": evse.get("uid") or NOT_AVAILABLE,
            "evse_id": evse.get("evse_id") or NOT_AVAILABLE,
            "connector_id": connector.get("id") or NOT_AVAILABLE,
            "connector_standard": connector.get("standard"),
            "connector_format": connector.get("format"),
            "connector_power_type": connector.get("power_type"),
        }
    _periods(document, warnings)
    tariffs = document.get("tariffs")
    for index, tariff in enumerate(tariffs if isinstance(tariffs, list) else ()):
        if isinstance(tariff, dict):
            told: Warnings = []
            tariff_as_canonical(tariff, known, told)
            warnings.extend(w._replace(path=f"tariffs.{index}.{w.path}") for w in told)
            for name in ("country_code", "party_id"):
                if tariff.get(name) is None and document.get(name) is not None:
                    tariff[name] = document[name]


def fill_in_session(repair: Repair) -> None:
    """Fill in the time of the last change."""
    fill_in_last_updated(repair)


def fill_in_cdr(repair: Repair) -> None:
    """Fill in the time of the last change, which of a CDR is when it ended."""
    if repair.document.get("last_updated") is None and repair.document.get("end_date_time"):
        ended = repair.document["end_date_time"]
        repair.document["last_updated"] = ended
        repair.warn("last_updated_assumed", ("last_updated",), None, ended)
    fill_in_last_updated(repair)


def check_session(document: Document, known: Known, warnings: Warnings) -> None:
    """Append warnings about a Session as a whole."""
    _check_times(document, warnings)
    _check_energy(document, document.get("kwh"), "kwh", warnings)
    is_nowhere = NOT_AVAILABLE in (document.get("evse_uid"), document.get("connector_id"))
    if is_nowhere and document.get("status") in _AT_AN_EVSE and known.version not in VERSIONS_2_1:
        _warn(warnings, "charge_at_none", "evse_uid", document.get("evse_uid"))


def check_cdr(document: Document, known: Known, warnings: Warnings) -> None:
    """Append warnings about a CDR as a whole."""
    _check_times(document, warnings)
    _check_energy(document, document.get("total_energy"), "total_energy", warnings)
    cost = document.get("total_cost") or {}
    energy = document.get("total_energy")
    if (
        isinstance(energy, int | float)
        and energy > 0
        and cost.get("before_taxes") == 0
        and not document.get("tariffs")
    ):
        _warn(warnings, "free_without_tariff", "total_cost", cost)


def _spelling(document: Document, known: Known, warnings: Warnings) -> None:
    for alias, name in _ALIASES.items():
        if alias in document and name not in document:
            if not (known.version in VERSIONS_2_1 and alias in _RIGHT_IN_2_1):
                _warn(warnings, "field_other_name", name, alias)
            document[name] = document.pop(alias)


def _money(document: Document, known: Known, warnings: Warnings) -> None:
    for name in COSTS:
        price = document.get(name)
        if isinstance(price, int | float) and not isinstance(price, bool):
            if known.version not in VERSIONS_2_1:
                _warn(warnings, "price_spelling", name, price)
            document[name] = {"before_taxes": price}
        elif isinstance(price, dict) and "excl_vat" in price:
            if known.version == "2.3.0":
                _warn(warnings, "price_spelling", name, dict(price))
            try:
                document[name] = read_price(price)
            except (ArithmeticError, TypeError, ValueError):
                document[name] = {"before_taxes": price["excl_vat"]}


def _token(document: Document, known: Known, warnings: Warnings) -> None:
    """The CdrToken: of 2.1.1 from its contract; one without an owner is our party's on this connection."""
    contract = document.get("auth_id")
    find = known.beside.token_of
    token = document.get("cdr_token")
    if token is None and isinstance(contract, str):
        found = find(contract) if find else None
        document.pop("auth_id")
        document["cdr_token"] = found or {
            "uid": contract,
            "type": "OTHER",
            "contract_id": contract,
        }
        return
    if not isinstance(token, dict) or find is None:
        return
    if token.get("country_code") is None or token.get("party_id") is None:
        found = find(str(token.get("contract_id") or token.get("uid") or ""))
        _warn(warnings, "token_owner_assumed", "cdr_token", dict(token))
        token["country_code"], token["party_id"] = found["country_code"], found["party_id"]


def _used(location: Document, warnings: Warnings) -> tuple[Document, Document]:
    """The EVSE and the connector of an embedded Location: the first of each (more are told)."""
    evse = _first(location.get("evses"), "location.evses", warnings)
    return evse, _first(evse.get("connectors"), "location.evses.0.connectors", warnings)


def _first(entries: Any, path: str, warnings: Warnings) -> Document:
    known = (
        [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    )
    if len(known) != 1:
        _warn(warnings, "charge_at_several" if known else "charge_at_none", path, entries)
    return known[0] if known else {}


def _periods(document: Document, warnings: Warnings) -> None:
    """FLAT is no dimension since 2.2, and counts nothing."""
    periods = document.get("charging_periods")
    for index, period in enumerate(periods if isinstance(periods, list) else ()):
        dimensions = period.get("dimensions") if isinstance(period, dict) else None
        if not isinstance(dimensions, list):
            continue
        kept = [d for d in dimensions if not (isinstance(d, dict) and d.get("type") == "FLAT")]
        if len(kept) != len(dimensions):
            _warn(warnings, "flat_dimension", f"charging_periods.{index}.dimensions", dimensions)
            period["dimensions"] = kept or [{"type": "TIME", "volume": 0}]


def _check_times(document: Document, warnings: Warnings) -> None:
    start, end = document.get("start_date_time"), document.get("end_date_time")
    if start and end and end < start:
        _warn(warnings, "end_before_start", "end_date_time", end)
    periods = document.get("charging_periods") or ()
    if start and periods and periods[0].get("start_date_time", start) < start:
        first = periods[0]["start_date_time"]
        _warn(warnings, "period_before_start", "charging_periods.0.start_date_time", first)


def _check_energy(document: Document, total: Any, name: str, warnings: Warnings) -> None:
    """Energy of the periods a thousand times that of the whole is Wh (OCPI's own example has it)."""
    if not isinstance(total, int | float) or total <= 0:
        return
    counted = sum(
        float(dimension.get("volume") or 0)
        for period in document.get("charging_periods") or ()
        for dimension in period.get("dimensions") or ()
        if dimension.get("type") == "ENERGY"
    )
    if counted > 0 and abs(counted / float(total) / 1000 - 1) < 0.02:
        _warn(warnings, "energy_in_wh", name, counted)


def _warn(warnings: Warnings, code: str, path: str, value: Any) -> None:
    warnings.append(Problem(code, path, CODES[code], value))
