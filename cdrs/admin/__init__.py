"""Staff pages of CDRs: the list, the page of one, and those that contradict each other."""

from cdrs.admin.cdr import CDRAdmin
from cdrs.admin.conflict import CDRConflictAdmin

__all__ = ["CDRAdmin", "CDRConflictAdmin"]
