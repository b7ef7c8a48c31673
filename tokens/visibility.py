"""Who may see a Token: how the one predicate of ``parties.visibility`` asks about tokens."""

from __future__ import annotations

from parties.visibility import Visibility

VISIBILITY = Visibility(
    module="tokens",
    table="tokens_token",
    key="o.uid_key",
    present="o.vanished_at IS NULL",
    refused_in="o.refused_in",
    only_agreed=True,
)
