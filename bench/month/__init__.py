"""A month of charging, made up: CDRs of many partners with their sessions and tariffs, and years of it before.

A few thousand charges are written out in full and read as any CDR is; the rest are copies of them on other days,
with ids of their own. About one in fifty has something wrong with it.
"""

from bench.month.charges import MONTH
from bench.month.filling import fill
from bench.month.years import extend

__all__ = ["MONTH", "extend", "fill"]
