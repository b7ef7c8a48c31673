"""Disputes: a case with one partner about CDRs, from the claim to its end, with evidence."""
