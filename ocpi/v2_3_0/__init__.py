"""Types of OCPI 2.3.0 edition 2: the canonical model between the layers."""
