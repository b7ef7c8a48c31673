"""Staff pages of authorizations: the list, the page of one, and "would this card charge here, now?"."""

from tokens.authorization.admin.authorization import AuthorizationAdmin

__all__ = ["AuthorizationAdmin"]
