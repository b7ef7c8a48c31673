"""PostgreSQL and the processes of one portal on one machine, without anything installed first."""

from .database import ensure_database
from .tools import DatabaseUnavailableError

__all__ = ["DatabaseUnavailableError", "ensure_database"]
