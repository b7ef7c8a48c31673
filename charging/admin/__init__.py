"""Staff pages of what happens at charge points."""

from charging.sessions.admin import SessionAdmin

__all__ = ["SessionAdmin"]
