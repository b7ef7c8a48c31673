"""Comparing what a partner holds with what we sent it, and sending again what differs."""

from exchange.copies.one import CannotCompare, Outcome, compare_one
from exchange.copies.results import KEPT, differing, push_again, shown, summary
from exchange.copies.running import resume, run, start

__all__ = [
    "KEPT",
    "CannotCompare",
    "Outcome",
    "compare_one",
    "differing",
    "push_again",
    "resume",
    "run",
    "shown",
    "start",
    "summary",
]
