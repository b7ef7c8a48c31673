"""Staff pages of commands: the list, the life of one, and sending one."""

from charging.commands.admin.command import CommandAdmin

__all__ = ["CommandAdmin"]
