"""PostgreSQL and the processes of one portal on one machine, without anything installed first."""

from .database import DatabaseUnavailable, ensure_database

__all__ = ["DatabaseUnavailable", "ensure_database"]
