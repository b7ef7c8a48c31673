"""Types of OCPI 2.1.1."""
