"""What of disputes can be late."""

from __future__ import annotations

from datetime import timedelta

from exchange.detectors import Detector
from review.models import Dispute
from staff.links import page_url_of


def _url(number: str) -> str | None:
    """The page of a case by its number: ``D-000042``."""
    digits = number.removeprefix("D-")
    return page_url_of(Dispute, int(digits)) if digits.isascii() and digits.isdigit() else None


OVERDUE = Detector(
    name="disputes_overdue",
    title="Disputes without an answer",
    sentence="Disputes that the partner was told of, and had to answer by now.",
    advice="Ask again, give them more time, or close the case.",
    usual=timedelta(0),
    table="review_dispute o",
    since="o.deadline",
    condition="o.state = 'open' AND o.deadline < now()",
    connection="(SELECT min(c.connection_id) FROM parties_connectionparty c"
    " WHERE c.party_id = o.partner_id AND c.approved)",
    reference="'D-' || lpad(o.id::text, greatest(6, length(o.id::text)), '0')",
    url=_url,
    permission="review.view_dispute",
)
