"""What may go wrong with charges: every one of them is found at real partners."""

from enum import StrEnum


class ChargeFault(StrEnum):
    """Several may be on at once.

    As CPO: `cdr-twice` sends every CDR two times, `cdr-changed` the second time with another price;
    `silent` tells nothing of a session after its start until the fault is off; `old-patch` repeats
    the update before the last one after it. Results of commands and profiles: `late-result` after
    the time that the answer promised, `no-result`, `result-twice`, `early-result` before the answer,
    `failed-result`; `reject-commands` and `no-commands` refuse them at once. As eMSP:
    `slow-authorize` keeps a request waiting for half a minute, `block-cards` blocks every card.
    """

    CDR_TWICE = "cdr-twice"
    CDR_CHANGED = "cdr-changed"
    SILENT = "silent"
    OLD_PATCH = "old-patch"
    LATE_RESULT = "late-result"
    NO_RESULT = "no-result"
    RESULT_TWICE = "result-twice"
    EARLY_RESULT = "early-result"
    FAILED_RESULT = "failed-result"
    REJECT_COMMANDS = "reject-commands"
    NO_COMMANDS = "no-commands"
    SLOW_AUTHORIZE = "slow-authorize"
    BLOCK_CARDS = "block-cards"
