"""A month of charging, made up: CDRs of many partners with their sessions and tariffs, and years of it before.

A few thousand charges are written out in full and read as any CDR is; the rest are copies of them on other days,
with ids of their own. About one in fifty has something wrong with it.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from ocpi import json
from ocpi.datetimes import format_datetime

MONTH = date(2026, 9, 1)
DAYS = 30
PARTNERS = 40
TEMPLATES = 2_000
WRONG = 50
"""One in so many has something wrong with it."""
_DAY = datetime(2026, 9, 1, tzinfo=UTC)
_PLACEHOLDER = "2026-09-01T"


class Template(NamedTuple):
    """A charge on the first of the month: the partner (by number), its parts, and what is wrong with it."""

    partner: int
    parts: Any
    wrong: str


def parties() -> tuple[Any, Any, list[Any]]:
    """Our CPO, our eMSP, and the partners: even numbers are CPOs, odd ones eMSPs."""
    from ocpi.ids import PartyId
    from parties import services

    cpo = services.ensure_party(PartyId("NL", "OWN"), "CPO", is_ours=True)
    emsp = services.ensure_party(PartyId("NL", "OWN"), "EMSP", is_ours=True)
    partners = [
        services.ensure_party(
            PartyId("DE", f"P{number:02}"),
            "EMSP" if number % 2 else "CPO",
            name=f"Partner {number}",
        )
        for number in range(PARTNERS)
    ]
    return cpo, emsp, partners


def tariff(owner: Any, number: int) -> dict[str, Any]:
    """One of five kinds of tariff: by energy, with a start fee, by time of day, with parking, with limits."""
    price = round(0.25 + 0.01 * (number % 40), 2)
    elements: list[list[dict[str, Any]]] = [
        [_component("ENERGY", price)],
        [_component("ENERGY", price), _component("FLAT", 0.5)],
        [_component("ENERGY", price + 0.1)],
        [_component("ENERGY", price), _component("PARKING_TIME", 3, 300)],
        [_component("ENERGY", price), _component("TIME", 1, 60)],
    ]
    kind = number % len(elements)
    listed: list[dict[str, Any]] = [{"price_components": elements[kind]}]
    if kind == 2:
        night = {"start_time": "20:00", "end_time": "07:00"}
        listed.insert(0, {"price_components": [_component("ENERGY", price)], "restrictions": night})
    limits = {"min_price": {"before_taxes": 0.5}, "max_price": {"before_taxes": 60}}
    return {
        **owner.identity._asdict(),
        "id": f"T{number}",
        "currency": "EUR",
        "elements": listed,
        "tax_included": "NO",
        **(limits if kind == 4 else {}),
        "last_updated": "2026-01-01T00:00:00Z",
    }


def _component(kind: str, price: float, step: int = 1) -> dict[str, Any]:
    return {"type": kind, "price": round(price, 4), "vat": 21, "step_size": step}


def templates(count: int = TEMPLATES) -> list[Template]:
    """Charges of five periods each, priced by the tariff they name."""
    from cdrs.documents import take_apart

    chance = random.Random(7)
    cpo, emsp, partners = parties()
    made = []
    for number in range(count):
        partner = number % PARTNERS
        owner, payer = (cpo, partners[partner]) if partner % 2 else (partners[partner], emsp)
        wrong = chance.choice(_WRONGS) if number % WRONG == 0 else ""
        document = _charge(owner, payer, tariff(owner, number % 25), number, chance)
        _spoil(document, wrong)
        made.append(Template(partner, take_apart(document), wrong))
    return made


_WRONGS = ("price", "tax", "currency", "energy", "session", "times")


def _charge(
    owner: Any, payer: Any, priced_by: dict[str, Any], number: int, chance: random.Random
) -> dict[str, Any]:
    start = _DAY + timedelta(minutes=chance.randrange(6 * 60, 17 * 60))
    lengths = [chance.randrange(5, 50) for _ in range(5)]
    periods, at, energy, hours, parked = [], start, Decimal(0), Decimal(0), Decimal(0)
    for place, length in enumerate(lengths):
        hour = (Decimal(length) / 60).quantize(Decimal("0.0001"))
        if place == len(lengths) - 1:
            dimensions = [{"type": "PARKING_TIME", "volume": hour}]
            parked += hour
        else:
            volume = (hour * chance.randrange(40, 110) / 10).quantize(Decimal("0.001"))
            dimensions = [{"type": "ENERGY", "volume": volume}, {"type": "TIME", "volume": hour}]
            energy += volume
        periods.append(
            {
                "start_date_time": format_datetime(at),
                "dimensions": dimensions,
                "tariff_id": priced_by["id"],
            }
        )
        hours += hour
        at += timedelta(minutes=length)
    document: dict[str, Any] = {
        **owner.identity._asdict(),
        "id": f"C{number}",
        "start_date_time": format_datetime(start),
        "end_date_time": format_datetime(at),
        "session_id": f"S{number}",
        "cdr_token": {
            **payer.identity._asdict(),
            "uid": f"{number:014}",
            "type": "RFID",
            "contract_id": f"{payer.country_code}-{payer.party_id}-C{number:08}",
        },
        "auth_method": "WHITELIST",
        "cdr_location": {
            "id": f"LOC{number % 500}",
            "name": f"Place {number % 500}",
            "address": "Stationsplein 1",
            "city": "Utrecht",
            "country": "NLD",
            "coordinates": {"latitude": "52.089444", "longitude": "5.110278"},
            "evse_uid": f"E{number}",
            "evse_id": f"{owner.country_code}*{owner.party_id}*E{number}",
            "connector_id": "1",
            "connector_standard": "IEC_62196_T2",
            "connector_format": "SOCKET",
            "connector_power_type": "AC_3_PHASE",
        },
        "currency": "EUR",
        "tariffs": [priced_by],
        "charging_periods": periods,
        "total_energy": energy,
        "total_time": hours,
        "total_parking_time": parked,
        "last_updated": format_datetime(at + timedelta(minutes=5)),
    }
    return document | _costs(document, priced_by)


def _costs(document: dict[str, Any], priced_by: dict[str, Any]) -> dict[str, Any]:
    """What the charge costs, as an honest CPO writes it: to four decimals."""
    from tariffs import pricing

    charge = pricing.charge_of_cdr(document, time_zone="Europe/Amsterdam")
    total = pricing.price(charge, pricing.compile_tariff(priced_by)).total_cost
    assert total.before_taxes is not None
    taxes = sum((tax.amount for tax in total.taxes), Decimal(0))
    return {
        "total_cost": {
            "before_taxes": _rounded(total.before_taxes),
            "taxes": [{"name": "VAT", "percentage": 21, "amount": _rounded(taxes)}],
        }
    }


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.0001"))


def _spoil(document: dict[str, Any], wrong: str) -> None:
    cost = document["total_cost"]
    if wrong == "price":
        cost["before_taxes"] = _rounded(cost["before_taxes"] * Decimal("1.15"))
    elif wrong == "tax":
        cost["taxes"][0]["amount"] = _rounded(cost["before_taxes"] * Decimal("0.1"))
    elif wrong == "currency":
        document["currency"] = "CHF"
    elif wrong == "energy":
        document["total_energy"] *= 1000
    elif wrong == "session":
        document["session_id"] = "NONE" + document["session_id"]
    elif wrong == "times":
        document["end_date_time"] = document["start_date_time"]


def fill(count: int) -> None:
    """``count`` CDRs in the month, each with its session; reviews that wait for the checks."""
    from django.db import connection as database

    from cdrs.models import CDR
    from review import services

    start = time.perf_counter()
    made = templates(min(TEMPLATES, count))
    _hold_tariffs()
    with unindexed("cdrs_cdr", "charging_session"):
        _copy_cdrs(made, count)
        _copy_sessions()
    with database.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    with unindexed("review_cdrreview"):
        last: int | None = 0
        while last is not None:
            last = services.expect_all(after=last, most=100_000)
    with database.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE review_cdrreview")
        cursor.execute("CHECKPOINT")
    seconds = time.perf_counter() - start
    print(f"month: {CDR.objects.count():,} CDRs of {PARTNERS} partners in {seconds:.0f} s")


def _hold_tariffs() -> None:
    """The tariffs that charges name, as their owners told them."""
    from exchange.registry import Source
    from tariffs import services

    cpo, _, partners = parties()
    for owner in (cpo, *partners[::2]):
        source = Source(label="bench", version="2.3.0", owner=owner.identity)
        services.receive([json.dumps(tariff(owner, number)) for number in range(25)], source)


_COLUMNS = (
    "owner_id, emsp_id, address, cdr_id, cdr_key, start_date_time, end_date_time, currency, total_cost,"
    " total_cost_after_tax, energy, duration, parking_time, session_key, authorization_key,"
    " token_uid, token_key, contract_id, contract_key, location_key, evse_key, credit,"
    " credit_reference_key, is_reservation, home_charging_compensation, invoice_reference_id,"
    " document, last_updated, original_sha256, content_sha256, differs_in, refused_in, version,"
    " received_at"
)


def _copy_cdrs(made: Sequence[Template], count: int) -> None:
    from exchange import bulk

    # Nothing may be asked of the database while the rows are copied.
    bulk.copy_rows("cdrs_cdr", _COLUMNS, _rows(made, count, parties()))


def _rows(
    made: Sequence[Template], count: int, known: tuple[Any, Any, list[Any]]
) -> Iterator[tuple[Any, ...]]:
    cpo, emsp, partners = known
    for number in range(count):
        template = made[number % len(made)]
        round_ = number // len(made)
        parts, day = template.parts, timedelta(days=round_ % DAYS)
        partner = partners[template.partner]
        owner, payer = (cpo, partner) if template.partner % 2 else (partner, emsp)
        mark = f"-{round_}"
        cdr_id, session = parts.cdr_id + mark, parts.session_key + mark
        at = (_DAY + day).strftime("%Y-%m-%dT")
        document = (
            parts.document.replace(_PLACEHOLDER, at)
            .replace(f'"id":"{parts.cdr_id}"', f'"id":"{cdr_id}"', 1)
            .replace(f'"session_id":"{parts.session_key}"', f'"session_id":"{session}"', 1)
        )
        digest = number.to_bytes(32, "big")
        yield (
            owner.pk,
            payer.pk,
            uuid.UUID(int=number),
            cdr_id,
            cdr_id,
            parts.start_date_time + day,
            parts.end_date_time + day,
            parts.currency,
            parts.total_cost,
            parts.total_cost_after_tax,
            parts.energy,
            parts.duration,
            parts.parking_time,
            session,
            "",
            parts.token_uid,
            parts.token_key,
            parts.contract_id,
            parts.contract_key,
            parts.location_key,
            # Each charge point is in use once a day at most.
            f"{parts.evse_key}R{round_ // DAYS}",
            False,
            "",
            False,
            False,
            "",
            document,
            parts.last_updated + day,
            digest,
            digest,
            list(parts.differs_in),
            list(parts.refused_in),
            1,
            parts.end_date_time + day + timedelta(minutes=10 + number % 600),
        )


def _copy_sessions() -> None:
    """The sessions of the CDRs, but of those that name one nobody knows."""
    from django.db import connection as database

    with database.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO charging_session (
                owner_id, session_id, session_key, emsp_id, status, started_at, ended_at, kwh,
                currency, total_cost, token_uid, token_key, contract_id, auth_method,
                authorization_reference, authorization_key, location_id, location_key, evse_uid,
                evse_key, connector_id, periods, document, last_updated, differs_in, refused_in,
                version)
            SELECT owner_id, session_key, session_key, emsp_id, 'COMPLETED', start_date_time,
                end_date_time, energy, currency, total_cost, token_uid, token_key, contract_id,
                'WHITELIST', '', '', location_key, location_key, evse_key, evse_key, '1', 5, '{}',
                last_updated, '{}', '{}', 1
            FROM cdrs_cdr WHERE session_key NOT LIKE 'NONE%' ORDER BY id
            """
        )


def extend(months: int) -> None:
    """The same month again ``months`` times before it, settled and without documents: only to be many rows."""
    from django.db import connection as database

    start = time.perf_counter()
    with unindexed("cdrs_cdr", "review_cdrreview"), database.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM cdrs_cdr")
        (most,) = cursor.fetchone()
        for number in range(1, months + 1):
            back = f"interval '{30 * number} days'"
            cursor.execute(_copy_sql("cdrs_cdr", _changed_cdr(number, back), most))
            cursor.execute(
                "INSERT INTO review_cdrreview SELECT "
                + _columns_changed(
                    "review_cdrreview",
                    {
                        "cdr_id": f"cdr_id + {most * number}",
                        "ended_at": f"ended_at - {back}",
                        "received_at": f"received_at - {back}",
                    },
                )
                + f" FROM review_cdrreview WHERE cdr_id <= {most} ORDER BY cdr_id"
            )
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('cdrs_cdr', 'id'), (SELECT max(id) FROM cdrs_cdr))"
        )
    with database.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE cdrs_cdr")
        cursor.execute("VACUUM ANALYZE review_cdrreview")
        cursor.execute("CHECKPOINT")
        cursor.execute("SELECT count(*) FROM review_cdrreview")
        (rows,) = cursor.fetchone()
    print(f"years before: {rows:,} CDRs and reviews in all, {time.perf_counter() - start:.0f} s")


def _changed_cdr(number: int, back: str) -> dict[str, str]:
    return {
        "address": "gen_random_uuid()",
        "cdr_id": f"cdr_id || '-M{number}'",
        "cdr_key": f"cdr_key || '-M{number}'",
        "session_key": f"session_key || '-M{number}'",
        "start_date_time": f"start_date_time - {back}",
        "end_date_time": f"end_date_time - {back}",
        "last_updated": f"last_updated - {back}",
        "received_at": f"received_at - {back}",
        "document": "'{}'",
        "id": f"id + {{most}} * {number}",
    }


def _copy_sql(table: str, changed: dict[str, str], most: int) -> str:
    changed = {name: value.replace("{most}", str(most)) for name, value in changed.items()}
    return (
        f"INSERT INTO {table} SELECT {_columns_changed(table, changed)}"
        f" FROM {table} WHERE id <= {most} ORDER BY id"
    )


def _columns_changed(table: str, changed: dict[str, str]) -> str:
    from django.db import connection as database

    with database.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
            " ORDER BY ordinal_position",
            [table],
        )
        return ", ".join(changed.get(name, name) for (name,) in cursor.fetchall())


@contextmanager
def unindexed(*tables: str) -> Iterator[None]:
    """Tables without the indexes that no constraint needs, which are made again at the end."""
    from django.db import connection as database

    with database.cursor() as cursor:
        cursor.execute(
            "SELECT i.indexname, i.indexdef FROM pg_indexes i"
            " WHERE i.tablename = ANY(%s) AND NOT EXISTS ("
            "  SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexname::regclass)",
            [list(tables)],
        )
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
    yield
    with database.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '1GB'")
        for _, definition in indexes:
            cursor.execute(definition)
        cursor.execute("RESET maintenance_work_mem")
