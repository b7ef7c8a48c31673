"""What tests of invoices start from: NL*ABC charges cars of drivers of DE*XYZ, and one of both is hosted here."""

from __future__ import annotations

from typing import Any

from cdrs import services as cdrs
from cdrs.models import CDR
from exchange.registry import Source
from ocpi.ids import PartyId
from parties.models import Party
from review.choices import ReviewState
from review.models import CDRReview
from settlement.reconciliation.models import InvoiceRecord
from tests import builders
from tests.builders import EARLIER, Partner

SENDER = "sender/invoicereconciliation"
RECEIVER = "receiver/invoicereconciliation"
CPO, EMSP = "NL*ABC", "DE*XYZ"
RECORD = "R1"
Document = dict[str, Any]


def cpo(*, ours: bool = False) -> Party:
    return builders.party(CPO, "CPO", ours=ours)


def emsp(*, ours: bool = False) -> Party:
    return builders.party(EMSP, "EMSP", ours=ours)


def record(*listed: str, owner: str = CPO, **fields: Any) -> Document:
    """A record of an invoice of January; ``owner`` is who wrote it."""
    return {
        **PartyId.parse(owner)._asdict(),
        "id": RECORD,
        "invoice_id": "INV-2026-01",
        "cdrs": list(listed or ("C1",)),
        "last_updated": EARLIER,
        **fields,
    }


def billing_cpo(name: str = "CPO", **options: Any) -> Partner:
    """A partner's CPO that bills our eMSP directly."""
    emsp(ours=True)
    return builders.partner(name, speaks_for=(cpo(),), version="2.3.0", **options)


def billing_emsp(name: str = "eMSP", **options: Any) -> Partner:
    """A partner's eMSP that bills our CPO in reverse."""
    cpo(ours=True)
    return builders.partner(name, speaks_for=(emsp(),), version="2.3.0", **options)


def held(*identifiers: str, state: str = ReviewState.CLEAN, **fields: Any) -> list[CDR]:
    """CDRs between the two that are here, as far as they are checked already."""
    # A file would make a CPO that nobody knows one of ours.
    cpo(), emsp()
    documents = [builders.cdr(identifier, **fields) for identifier in identifiers]
    cdrs.receive(builders.raw(*documents), Source("test", "2.3.0"))
    keys = [identifier.upper() for identifier in identifiers]
    CDRReview.objects.filter(cdr__cdr_key__in=keys).update(state=state)
    return list(CDR.objects.filter(cdr_key__in=keys).order_by("pk"))


def here(identifier: str = RECORD) -> InvoiceRecord:
    return InvoiceRecord.objects.select_related("owner", "cpo", "emsp").get(
        record_key=identifier.upper()
    )


def findings(found: InvoiceRecord) -> dict[str, str]:
    """What was found about each CDR, by the ID that is listed."""
    return dict(found.lines.order_by("position").values_list("listed_id", "finding"))
