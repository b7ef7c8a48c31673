"""Staff pages of tokens and authorizations."""

from tokens.admin.token import TokenAdmin
from tokens.authorization.admin import AuthorizationAdmin

__all__ = ["AuthorizationAdmin", "TokenAdmin"]
