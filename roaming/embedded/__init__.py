"""PostgreSQL and the processes of one portal on one machine, without anything installed first."""

from .database import check_database, ensure_database
from .tools import DatabaseUnavailableError

__all__ = ["DatabaseUnavailableError", "check_database", "ensure_database"]
