"""What tests of checks start from: a charge that is right, and what is here about it."""

from __future__ import annotations

from typing import Any

from cdrs import services as cdrs
from charging.sessions import services as sessions
from exchange.registry import Source
from locations import services as locations
from review import checking
from review.models import CDRReview
from tariffs import services as tariffs
from tests import builders
from tests.cdrs.support import cpo, emsp
from tokens import services as tokens

SOURCE = Source("test", "2.3.0")
CONTRACT = "DE-XYZ-C12345678-7"


def right(identifier: str = "C1", **fields: Any) -> dict[str, Any]:
    """A CDR in which everything is as it should be: 10 kWh for 0.25 EUR each, by the tariff it carries."""
    return builders.cdr(
        identifier,
        **{
            "tariffs": [builders.tariff()],
            "charging_periods": [builders.period(ENERGY=10.0, TIME=1.0, tariff_id="T1")],
            "total_energy_cost": {"before_taxes": 2.5},
            "cdr_token": builders.cdr_token(contract_id=CONTRACT),
            **fields,
        },
    )


def credit(of: str = "C1", identifier: str = "C1-C", **fields: Any) -> dict[str, Any]:
    """A Credit CDR that takes back all of it."""
    said = {"credit": True, "credit_reference_id": of, "total_cost": {"before_taxes": -2.5}}
    return right(identifier, **{**said, **fields})


def bought(*documents: dict[str, Any]) -> None:
    """CDRs of a partner's CPO, which our eMSP pays."""
    emsp()
    cpo()
    cdrs.receive(builders.raw(*documents), SOURCE)


def check(*documents: dict[str, Any]) -> CDRReview:
    """Take these CDRs in, one after the other, and check them; the review of the last one."""
    for document in documents:
        bought(document)
        checking.drain()
    return review(documents[-1]["id"])


def review(identifier: str = "C1") -> CDRReview:
    return CDRReview.objects.select_related("cdr").get(cdr__cdr_key=identifier.upper())


def found(row: CDRReview) -> set[str]:
    """The codes of what the checks said; that the CDRs of tests come late depends on today."""
    return {finding["code"] for finding in row.findings} - {"late"}


def said(row: CDRReview, code: str) -> str:
    """What a check said."""
    return next(str(one["message"]) for one in row.findings if one["code"] == code)


def session(**fields: Any) -> None:
    """The completed session of the usual charge, of the partner's CPO."""
    emsp()
    cpo()
    ended = {"status": "COMPLETED", "kwh": 10.0, "end_date_time": "2026-01-01T11:00:00Z"}
    sessions.receive(builders.raw(builders.session(**{**ended, **fields})), SOURCE)


def token(uid: str = "012345678", owner: str = "DE*XYZ", **fields: Any) -> None:
    said = {"contract_id": CONTRACT, **fields}
    tokens.receive(builders.raw(builders.token(uid, owner, **said)), SOURCE)


def location(**fields: Any) -> None:
    """The usual location, of the partner's CPO."""
    cpo()
    locations.receive(builders.raw(builders.location(**fields)), SOURCE)


def tariff(identifier: str = "T1", **fields: Any) -> None:
    """A tariff of the partner's CPO, which came a while ago."""
    cpo()
    tariffs.receive(builders.raw(builders.tariff(identifier, **fields)), SOURCE)
