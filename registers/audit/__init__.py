"""Audits of the IDs that we and our partners publish."""
