"""What of the review of CDRs can be late."""

from __future__ import annotations

from datetime import timedelta

from charging.sessions.links import admin_url
from exchange.detectors import Detector

MISSING_CDRS = Detector(
    name="sessions_without_cdr",
    title="Sessions without a CDR",
    sentence="Sessions that were completed, and whose CDR is past its CPO's deadline.",
    advice="Work on them under Missing CDRs: ask the partner, or close them with the reason.",
    usual=timedelta(0),
    table="review_missingcdr o JOIN charging_session s ON s.id = o.session_id"
    " JOIN parties_party p ON p.id = s.owner_id",
    since="o.expected_by",
    condition="o.closed_at IS NULL",
    connection="s.received_from_id",
    reference="p.country_code || '*' || p.party_id || '/' || s.session_id",
    url=admin_url,
    permission="review.view_missingcdr",
)
