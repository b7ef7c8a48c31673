"""What can happen to invoices; the only writers of their tables."""

from settlement.reconciliation.services.deciding import (
    accept,
    dispute,
    enter_amounts,
    match_again,
    reopen,
)
from settlement.reconciliation.services.files import Totals, upload
from settlement.reconciliation.services.issuing import (
    NotPossible,
    is_ours_to_issue,
    issue,
    issue_statement,
    resend,
    revise,
    withdraw,
)
from settlement.reconciliation.services.receiving import delete_record, post_record, put_record
from settlement.reconciliation.services.taking import receive, retire
from settlement.reconciliation.visibility import MODULE

__all__ = [
    "MODULE",
    "NotPossible",
    "Totals",
    "accept",
    "delete_record",
    "dispute",
    "enter_amounts",
    "is_ours_to_issue",
    "issue",
    "issue_statement",
    "match_again",
    "post_record",
    "put_record",
    "receive",
    "reopen",
    "resend",
    "retire",
    "revise",
    "upload",
    "withdraw",
]
