"""Staff pages of what is charged."""

from charging.commands.admin import CommandAdmin

__all__ = ["CommandAdmin"]
