"""Types of OCPI 2.2.1, exactly as its tables say."""
