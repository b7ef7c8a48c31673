"""What moves: the module registry, the base of every OCPI view, exchange log, quarantine, deliveries, pull."""
