"""Staff pages of what is charged."""

from charging.commands.admin import CommandAdmin
from charging.sessions.admin import SessionAdmin

__all__ = ["CommandAdmin", "SessionAdmin"]
