"""Staff pages of sessions: the list, the page of one, and the driver's preferences."""

from charging.sessions.admin.session import SessionAdmin

__all__ = ["SessionAdmin"]
