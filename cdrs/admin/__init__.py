"""Staff pages of CDRs."""
