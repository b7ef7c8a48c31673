"""Tokens, many at once: from a pull or a file (see ``exchange.receiving``)."""

from __future__ import annotations

from collections.abc import Sequence

from exchange import receiving
from exchange.registry import Received, Source
from parties.choices import Role
from tokens import store
from tokens.documents import take_apart
from tokens.services.announcing import MODULE

_TOKENS = receiving.Stored(MODULE, "token", Role.EMSP, take_apart, store.write, store.retire)


def receive(items: Sequence[bytes], source: Source) -> Received:
    """Take in raw Tokens from a pull or a file; see :func:`exchange.receiving.receive`."""
    return receiving.receive(_TOKENS, items, source)


def retire(ids: Sequence[int], source: Source) -> int:
    """Tokens that their owner's complete list no longer names are not valid any more; returns how many.

    They are kept, and partners are told of ours that they are not valid (K-005).
    """
    return receiving.retire(_TOKENS, ids, source)
