"""The section “Worth a look” of a CDR's page: what the checks found, in their words."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from cdrs.admin.sections import Document
from cdrs.models import CDR
from review.admin.settings import check_url
from review.checks.catalogue import BY_CODE, title_of
from review.choices import Severity
from review.models import CDRReview, CheckSetting
from staff.links import may_view
from staff.sections import Section


def context(request: HttpRequest, cdr: CDR, document: Document) -> dict[str, Any] | None:
    """Every finding with its check; ``None`` where nothing was found, or nothing was checked yet."""
    found = CDRReview.objects.filter(pk=cdr.pk).values_list("findings", flat=True).first()
    if not found:
        return None
    sees_checks = may_view(request, CheckSetting)
    return {
        "findings": [
            {
                "message": one["message"],
                "title": title_of(one["code"]),
                "holds": one["severity"] == Severity.HOLD,
                "more": one["detail"].get("all", [])[1:],
                "url": check_url(one["code"]) if sees_checks and one["code"] in BY_CODE else "",
            }
            for one in found
        ]
    }


SECTION = Section("review/findings.html", context, place=5)
