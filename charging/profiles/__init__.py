"""Charging profiles: limits for a session that is under way (OCPI 2.3.0, mod_charging_profiles)."""
