"""Minting: fifty workers give 10,000 IDs each for one party at once, a hundred in a transaction."""

from __future__ import annotations

import argparse
import threading
import time

WORKERS = 50
EACH = 10_000
AT_ONCE = 100
PATIENCE = 600
"""Seconds that a worker may wait for a connection."""


def run(options: argparse.Namespace) -> None:
    """Mint with threads that have their own connections; the seconds, and what is there twice or missing."""
    from django.db import connection as database
    from django.db.models import Count, Max, Min

    from ocpi.ids import PartyId
    from parties import services as parties
    from parties.models import Party
    from registers.minting import services
    from registers.minting.models import MintedId

    # Fifty at once share the connections of one process, and each waits for its turn at the counter.
    database.close_pool()  # type: ignore[attr-defined]
    database.settings_dict["OPTIONS"]["pool"]["timeout"] = PATIENCE
    party: Party = parties.ensure_party(PartyId("NL", "MNT"), "CPO", is_ours=True)
    MintedId.objects.filter(party=party).delete()
    row = services.pattern_of(party, "evse")
    services.set_pattern(row, "E{number:8}", actor="bench")
    first = row.next_number
    failures: list[str] = []

    def work(worker: int) -> None:
        try:
            for batch in range(0, EACH, AT_ONCE):
                names = [f"{worker}/{batch + at}" for at in range(AT_ONCE)]
                services.mint(party, "evse", [services.Recipient(name) for name in names])
        except Exception as error:
            failures.append(repr(error))
        finally:
            database.close()

    threads = [threading.Thread(target=work, args=[worker]) for worker in range(WORKERS)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - start
    rows = MintedId.objects.filter(party=party).order_by()
    total = rows.count()
    different = rows.aggregate(n=Count("number", distinct=True), k=Count("value", distinct=True))
    ends = rows.aggregate(least=Min("number"), most=Max("number"))
    gaps = ends["most"] - ends["least"] + 1 - different["n"]
    print(
        f"minting: {WORKERS} workers x {EACH} = {total} IDs in {seconds:.1f} s ({total / seconds:.0f} a second);"
        f" twice: {total - different['k']}, missing between {ends['least']} and {ends['most']}: {gaps},"
        f" failures: {len(failures)} {failures[:1]}"
    )
    assert total == WORKERS * EACH == different["n"] == different["k"]
    assert gaps == 0
    assert ends["least"] == first
