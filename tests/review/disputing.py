"""What tests of disputes start from."""

from __future__ import annotations

from typing import Any

from review.choices import ReviewState
from review.disputes import services as disputes
from review.models import CDRReview, Dispute
from tests import builders
from tests.builders import Partner
from tests.cdrs.support import RECEIVER, poster


class Biller:
    """A partner's CPO that bills our eMSP, and sends credits."""

    def __init__(self) -> None:
        self.partner: Partner = poster("2.3.0", "Biller")

    def bill(self, *identifiers: str, **fields: Any) -> list[CDRReview]:
        """CDRs of 2.50 EUR each, checked and held up by 0.50."""
        for identifier in identifiers:
            self.send(builders.cdr(identifier, **fields))
        rows = CDRReview.objects.filter(cdr__cdr_id__in=identifiers)
        rows.update(state=ReviewState.FLAGGED, at_stake="0.5", computed=2, difference="0.5")
        return list(rows.select_related("cdr", "partner").order_by("pk"))

    def credit(self, of: str, **fields: Any) -> None:
        given: dict[str, Any] = {"total_cost": {"before_taxes": -2.5}, **fields}
        self.send(builders.cdr(f"{of}-C", credit=True, credit_reference_id=of, **given))

    def send(self, document: dict[str, Any]) -> None:
        answer = self.partner.call("POST", RECEIVER, document)
        assert answer.code == 1000, answer


def opened(reviews: list[CDRReview], **given: Any) -> Dispute:
    words: dict[str, Any] = {"title": "Night price", "claim": "The night price was not applied."}
    return disputes.open_dispute(
        [review.pk for review in reviews], **{**words, **given}, actor="fay"
    )


def told(reviews: list[CDRReview], **given: Any) -> Dispute:
    return disputes.tell(opened(reviews), actor="fay", **given)


def states() -> list[str]:
    """The states of all reviews of CDRs that are no credits, in their order."""
    rows = CDRReview.objects.filter(cdr__credit=False).order_by("pk")
    return list(rows.values_list("state", flat=True))
