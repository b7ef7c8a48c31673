"""What the list of sessions can be narrowed by; the tabs above it are the first of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from charging.models import Session
from charging.sessions import watching
from staff import filters, theme
from staff.filters import Condition

LIVE, ALL = "live", "all"
COUNT_LIMIT = 1000
LOOKED_BACK = timedelta(days=90)
_NOT_NARROWING = frozenset({"p", "o", "state", "e"})


class StateFilter(theme.DropdownFilter):
    """The tabs above the list."""

    title = "state"
    parameter_name = "state"
    tabs: ClassVar[dict[str, tuple[str, Condition | None]]] = {
        LIVE: ("Live", lambda: watching.charging_now() | watching.waiting()),
        "charging": ("Charging now", watching.charging_now),
        "waiting": ("Waiting to begin", watching.waiting),
        "silent": ("Silent for too long", watching.silent),
        "done": ("Done", watching.done),
        ALL: ("All", None),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, label) for value, (label, _) in self.tabs.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        condition = condition_of(chosen(request))
        return queryset if condition is None else queryset.filter(condition)


def chosen(request: HttpRequest) -> str:
    """The tab that is shown: what goes on now, unless something else is asked for."""
    state = request.GET.get("state", "")
    if state in StateFilter.tabs:
        return state
    return ALL if set(request.GET) - _NOT_NARROWING else LIVE


def condition_of(state: str) -> Q | None:
    condition = StateFilter.tabs[state][1]
    return condition() if callable(condition) else condition


def tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """The tabs with their addresses, keeping the other filters; counted where that is cheap."""
    shown = chosen(request)
    entries = []
    for state, (label, _) in StateFilter.tabs.items():
        query = request.GET.copy()
        query.pop("p", None)
        query["state"] = state
        count = "" if state in ("done", ALL) else _counted(state)
        entries.append(
            {
                "label": label,
                "url": f"?{query.urlencode()}",
                "active": state == shown,
                "count": count,
            }
        )
    return entries


def _counted(state: str) -> str:
    condition = condition_of(state)
    rows = Session.objects.filter(condition if condition is not None else Q())
    number = len(rows.order_by().values_list("pk", flat=True)[: COUNT_LIMIT + 1])
    return f"{COUNT_LIMIT}+" if number > COUNT_LIMIT else str(number or "")


def _lately(condition: Q) -> Q:
    """Of the last 90 days: among all there ever were, rare ones would take long to find."""
    return condition & Q(started_at__gt=timezone.now() - LOOKED_BACK)


class WorthALookFilter(filters.ConditionFilter):
    title = "worth a look, of the last 90 days"
    parameter_name = "look"
    conditions: ClassVar = {
        "cost": ("The cost is not said", lambda: _lately(Q(total_cost=None))),
        "energy": ("Completed without energy", lambda: _lately(Q(kwh=0, status="COMPLETED"))),
        "invalid": ("Declared invalid", lambda: _lately(Q(status="INVALID"))),
        "unsayable": ("Some version cannot say it", lambda: _lately(Q(refused_in__len__gt=0))),
    }
