"""Who may see a record: whoever the invoice goes to, and nobody else."""

from __future__ import annotations

from exchange import registry
from parties.visibility import Visibility

MODULE = "invoicereconciliation"
VISIBILITY = Visibility(
    module=MODULE,
    table="settlement_invoicerecord",
    key="o.record_key",
    present="(o.deleted_at IS NULL)",
    gone="It was withdrawn.",
    refused_in="ARRAY['2.1.1', '2.2.1']::varchar[]",
    concerns="(CASE WHEN o.owner_id = o.cpo_id THEN o.emsp_id ELSE o.cpo_id END)",
)
REFERENCE = registry.reference_sql("record_id")
