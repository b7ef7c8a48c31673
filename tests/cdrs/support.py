"""What tests of CDRs start from."""

from __future__ import annotations

from typing import Any

from cdrs import services
from cdrs.models import CDR
from exchange.registry import Received, Source
from ocpi import convert
from ocpi.convert import Beside
from parties.models import Party
from tests import builders
from tests.builders import Partner

SENDER = "sender/cdrs"
RECEIVER = "receiver/cdrs"
VERSIONS = ("2.1.1", "2.2.1", "2.3.0")
TAXED = {"before_taxes": 2.5, "taxes": [{"name": "VAT", "amount": 0.5}]}


def emsp(*, ours: bool = True) -> Party:
    """The eMSP of ``builders.cdr_token``."""
    return builders.party("DE*XYZ", "EMSP", ours=ours)


def cpo(*, ours: bool = False) -> Party:
    """The owner of ``builders.cdr``."""
    return builders.party("NL*ABC", "CPO", ours=ours)


def poster(version: str = "2.2.1", name: str = "") -> Partner:
    """A partner's CPO that posts CDRs to our eMSP."""
    emsp()
    return builders.partner(name or f"CPO {version}", speaks_for=(cpo(),), version=version)


def hold(*documents: dict[str, Any], version: str = "2.3.0") -> Received:
    """CDRs of ours, from a file; a partner's eMSP pays."""
    cpo(ours=True)
    emsp(ours=False)
    return services.receive(builders.raw(*documents), Source("test", version))


def said(document: dict[str, Any], version: str) -> dict[str, Any]:
    """A CDR of ``builders.cdr`` as a version writes it."""
    return convert.from_canonical(
        version, "cdr", document, beside=Beside(location=builders.location())
    ).document


def held(identifier: str = "C1") -> CDR:
    return CDR.objects.select_related("owner", "emsp").get(cdr_key=identifier.upper())
