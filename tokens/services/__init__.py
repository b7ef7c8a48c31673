"""What can happen to tokens; the only writers of their table."""

from tokens.services.announcing import MODULE
from tokens.services.editing import NotOurs, block, save_token, unblock
from tokens.services.lines import take_lines
from tokens.services.pushes import merged_token, patch_token, put_token
from tokens.services.receiving import receive, retire

__all__ = [
    "MODULE",
    "NotOurs",
    "block",
    "merged_token",
    "patch_token",
    "put_token",
    "receive",
    "retire",
    "save_token",
    "take_lines",
    "unblock",
]
