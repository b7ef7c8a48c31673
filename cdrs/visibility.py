"""Who may see a CDR: how the one predicate of ``parties.visibility`` asks about CDRs."""

from __future__ import annotations

from parties.visibility import Visibility

VISIBILITY = Visibility(
    module="cdrs",
    table="cdrs_cdr",
    key="o.cdr_key",
    refused_in="o.refused_in",
    concerns="o.emsp_id",
)
