"""What can happen to CDRs; the only writers of their tables. A CDR itself is written once."""

from cdrs.services.announcing import MODULE
from cdrs.services.forgetting import FORGOTTEN, forget
from cdrs.services.posting import Posted, contradiction, field_of, post_cdr
from cdrs.services.receiving import CONFLICT, receive
from cdrs.services.settling import settle

__all__ = [
    "CONFLICT",
    "FORGOTTEN",
    "MODULE",
    "Posted",
    "contradiction",
    "field_of",
    "forget",
    "post_cdr",
    "receive",
    "settle",
]
