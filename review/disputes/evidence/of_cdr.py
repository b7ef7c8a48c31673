"""The files about one CDR itself: what came, what it says, what we make of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import Any

from cdrs import checks, related, selectors, words
from cdrs.models import CDR, CDRConflict, CDROriginal
from ocpi.signed_values import energy
from review import signed
from review.disputes.evidence import pricing
from review.disputes.evidence.files import File, document_file, name_of, text_file, universal
from review.disputes.evidence.front import Summary
from review.models import Dispute, DisputedCDR
from tariffs import selectors as tariffs

CONFLICTS = 20


def folder_of(place: int, cdr: CDR) -> str:
    """``cdrs/001-CDR1``: numbered, as ids may differ in what no file name can hold."""
    return f"cdrs/{place:03d}-{name_of(cdr.cdr_id)}"


class CDRFiles:
    """The files of one CDR of a case. ``document`` is canonical."""

    def __init__(
        self, case: Dispute, row: DisputedCDR, document: Mapping[str, Any], folder: str
    ) -> None:
        self.case, self.row, self.document, self.folder = case, row, document, folder
        self.cdr = row.review.cdr
        self.found = related.related_to(self.cdr)
        self.zone = related.zone_of(document, self.found.location)
        self.signed = signed.look(self.cdr, document, self.zone or UTC)

    def files(self, *, originals: bool) -> Iterator[File]:
        """In the order in which they are read."""
        folder = self.folder
        if originals:
            yield from self._original()
        yield document_file(f"{folder}/cdr.json", self.document)
        yield text_file(f"{folder}/facts.txt", self._facts())
        yield text_file(f"{folder}/price.txt", pricing.lines(self.row.review, self.document))
        yield from self._tariffs()
        if self.signed is not None:
            yield document_file(f"{folder}/signed-values.json", self.document.get("signed_data"))
            yield text_file(f"{folder}/signed-values.txt", self._signed(self.signed))
        yield from self._conflicts(originals)
        if self.row.credit is not None:
            credit = selectors.document_of(self.row.credit.pk)
            yield document_file(f"{folder}/credit-cdr.json", credit)

    def summary(self) -> Summary:
        """What the first page says of it."""
        review = self.row.review
        return Summary(
            folder=self.folder,
            cdr_id=self.cdr.cdr_id,
            charged=words.local(self.cdr.start_date_time, self.zone),
            stated=words.amount(review.stated, review.currency),
            computed=words.amount(review.computed, review.currency),
            claimed=words.amount(self.row.claimed, review.currency),
            signature=self.signed.outcome.value if self.signed else "",
        )

    def _original(self) -> Iterator[File]:
        sealed = CDROriginal.objects.filter(cdr=self.cdr).first()
        raw = selectors.original_of(sealed) if sealed is not None else None
        if raw is not None:
            yield File(f"{self.folder}/original.json", raw)

    def _facts(self) -> Iterator[str]:
        cdr, place = self.cdr, self.document.get("cdr_location") or {}
        yield f"CDR {cdr.reference}"
        yield f"Start: {words.local(cdr.start_date_time, self.zone)}"
        yield f"End: {words.local(cdr.end_date_time, self.zone)}"
        yield f"Energy: {words.energy(cdr.energy)}"
        yield f"Time in all: {words.duration(cdr.duration)}"
        yield f"Stated before tax: {words.amount(cdr.total_cost, cdr.currency)}"
        if cdr.total_cost_after_tax is not None:
            yield f"Stated with tax: {words.amount(cdr.total_cost_after_tax, cdr.currency)}"
        where = (place.get(name) for name in ("name", "address", "postal_code", "city", "country"))
        yield f"Where: {', '.join(str(one) for one in where if one)}"
        yield f"EVSE: {place.get('evse_id') or place.get('evse_uid') or 'not said'}"
        yield f"Meter: {self.document.get('meter_id') or 'not said'}"
        yield f"Card: {cdr.token_uid}, contract {cdr.contract_id or 'not said'}"
        yield f"Session: {cdr.session_key or 'none named'}"
        yield f"Received: {universal(cdr.received_at)}"
        yield f"SHA-256 of the original: {bytes(cdr.original_sha256).hex()}"
        yield ""
        yield "What the checks found"
        said = [str(one.get("message", "")) for one in self.row.review.findings]
        said += checks.check(cdr, self.document)
        yield from (f"- {one}" for one in said if one)
        if not said:
            yield "- Nothing"

    def _tariffs(self) -> Iterator[File]:
        """Those in the CDR, and what we held of them when the charge began."""
        names: dict[str, None] = {}
        for tariff in self.document.get("tariffs") or ():
            if isinstance(tariff, Mapping) and tariff.get("id"):
                name = str(tariff["id"])
                names[name] = None
                yield document_file(f"{self.folder}/tariffs/{name_of(name)}-in-cdr.json", tariff)
        for period in self.document.get("charging_periods") or ():
            if isinstance(period, Mapping) and period.get("tariff_id"):
                names[str(period["tariff_id"])] = None
        for name in names:
            try:
                held = tariffs.tariff_at(self.cdr.owner, name, self.cdr.start_date_time)
            except ValueError:
                continue
            if held is not None:
                path = f"{self.folder}/tariffs/{name_of(name)}-as-held-at-start.json"
                yield document_file(path, held.document)

    def _signed(self, looked: signed.Looked) -> Iterator[str]:
        yield f"Signed meter values, written as {looked.signed.method or looked.signed.format.value}"
        yield f"Result: {looked.outcome.value}"
        for value, verdict in zip(looked.signed.values, looked.verdicts, strict=True):
            yield f"- {value.nature or 'Value'}: {verdict.outcome.value}. {verdict.words}"
        counted = energy(looked.signed)
        if counted is not None:
            yield f"Energy by the meter: {words.energy(counted.kwh)} (register {counted.register})"
        yield f"Energy by the CDR: {words.energy(self.cdr.energy)}"
        if looked.differences:
            yield "What differs from the CDR, or speaks against the values:"
            yield from (f"- {one}" for one in looked.differences)
        yield from looked.remarks

    def _conflicts(self, originals: bool) -> Iterator[File]:
        rows = CDRConflict.objects.filter(cdr=self.cdr).select_related("received_from")
        for place, row in enumerate(rows.order_by("pk")[:CONFLICTS], start=1):
            path = f"{self.folder}/other-versions/{place:02d}"
            facts = {
                "received_at": row.received_at,
                "received_from": row.received_from.name if row.received_from else "a file",
                "sha256": bytes(row.sha256).hex(),
                "times_seen": row.times_seen,
                "differences": row.differences,
                "settled_at": row.settled_at,
            }
            yield document_file(f"{path}-facts.json", facts)
            raw = selectors.original_of(row) if originals else None
            if raw is not None:
                yield File(f"{path}-original.json", raw)
