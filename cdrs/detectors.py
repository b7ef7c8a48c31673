"""What of CDRs can be late."""

from __future__ import annotations

from datetime import timedelta

from cdrs.links import admin_url
from exchange import registry
from exchange.detectors import Detector

_REFERENCE = registry.reference_sql("cdr_id")
_PERMISSION = "cdrs.view_cdr"
# What is older has been looked at or never will be; the indexes by time find the rest.
_LATELY = "now() - interval '90 days'"

CDRS_WITHOUT_SESSION = Detector(
    name="cdrs_without_session",
    title="CDRs without their session",
    sentence="CDRs that name a session which never came, of CPOs that do tell us sessions.",
    advice="Fetch the partner's sessions; if there is none, ask what was charged there.",
    usual=timedelta(days=1),
    table="cdrs_cdr o",
    since="o.received_at",
    condition=f"o.session_key <> '' AND o.received_at > {_LATELY}"  # noqa: S608 - constants
    " AND NOT EXISTS (SELECT 1 FROM charging_session s WHERE s.owner_id = o.owner_id"
    " AND s.session_key = o.session_key)"
    " AND EXISTS (SELECT 1 FROM charging_session s WHERE s.owner_id = o.owner_id)",
    connection="o.received_from_id",
    reference=_REFERENCE,
    url=admin_url,
    permission=_PERMISSION,
)
CREDITS_WITHOUT_ORIGINAL = Detector(
    name="credits_without_original",
    title="Credits without their original",
    sentence="Credit CDRs that take back a CDR which is not here.",
    advice="Fetch the partner's CDRs, or ask which CDR is meant; nothing may be paid back before.",
    usual=timedelta(days=1),
    table="cdrs_cdr o",
    since="o.received_at",
    condition="o.credit AND NOT EXISTS (SELECT 1 FROM cdrs_cdr d WHERE d.owner_id = o.owner_id"
    " AND d.cdr_key = o.credit_reference_key)",
    connection="o.received_from_id",
    reference=_REFERENCE,
    url=admin_url,
    permission=_PERMISSION,
)
CONFLICTS = Detector(
    name="cdr_conflicts",
    title="CDRs that came again with other content",
    sentence="Another version of a CDR came after the first, which counts; nobody has settled it.",
    advice="Ask the partner which is right, then settle it on the page of the conflict.",
    usual=timedelta(0),
    table="cdrs_cdrconflict o JOIN cdrs_cdr d ON d.id = o.cdr_id"
    " JOIN parties_party p ON p.id = d.owner_id",
    since="o.received_at",
    condition="o.settled_at IS NULL",
    connection="o.received_from_id",
    reference="p.country_code || '*' || p.party_id || '/' || d.cdr_id",
    url=admin_url,
    permission="cdrs.view_cdrconflict",
)
ALL = (CDRS_WITHOUT_SESSION, CREDITS_WITHOUT_ORIGINAL, CONFLICTS)
