"""Commands: what is asked of charge points, and what came of it later (OCPI 2.3.0, mod_commands)."""
