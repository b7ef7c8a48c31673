"""Charging preferences: what a driver wants of a session that goes on (OCPI 2.2.1, mod_sessions)."""
