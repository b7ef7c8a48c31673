"""Checks of CDRs: a month of charging, by one worker and then by several."""

from __future__ import annotations

import argparse
import multiprocessing
import time

from bench import month

GOAL = 700


def run(options: argparse.Namespace) -> None:
    """Measure and print; the portal's database is prepared."""
    month.fill(options.cdrs)
    rates = [_drained(options.cdrs, workers) for workers in (1, options.workers)]
    print(f"checks: {rates[0]:.0f} CDRs/s by one worker (goal: at least {GOAL})")
    print(f"checks: {rates[1]:.0f} CDRs/s by {options.workers} workers side by side")
    _report()


def _drained(count: int, workers: int) -> float:
    """CDRs per second of all workers together."""
    from review.models import CDRReview

    CDRReview.objects.update(state="waiting", checked_at=None)
    start = time.perf_counter()
    if workers == 1:
        _worker()
    else:
        context = multiprocessing.get_context("spawn")
        processes = [context.Process(target=_worker) for _ in range(workers)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
    return count / (time.perf_counter() - start)


def _worker() -> None:
    import django

    django.setup()
    from review import checking

    checking.drain()


def _report() -> None:
    from django.db.models import Count

    from review.models import CDRReview

    states = CDRReview.objects.values_list("state").annotate(Count("pk"))
    print(f"checks: {dict(states.order_by('state'))}")
