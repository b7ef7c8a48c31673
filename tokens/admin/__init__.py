"""Staff pages of tokens and authorizations."""

from tokens.authorization.admin import AuthorizationAdmin

__all__ = ["AuthorizationAdmin"]
