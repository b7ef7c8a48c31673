"""What needs attention because it is late, by kind, with each partner's limit."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.cache import cache
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from exchange import detectors
from exchange.detectors import COUNTED, Detector, Late, Tally
from exchange.models import DetectorLimit
from parties.models import Connection
from staff import fragments, theme
from staff.links import list_url, page_url_of

SHOWN = 100
CACHED_SECONDS = 60


class LimitForm(forms.ModelForm):  # type: ignore[type-arg]
    detector = forms.ChoiceField(
        label="What is late",
        choices=lambda: [
            (d.name, f"{d.title} (usually {_span(d)})") for d in detectors.detectors()
        ],
        widget=theme.SelectWidget,
    )


@theme.register(DetectorLimit)
class DetectorLimitAdmin(theme.ModelAdmin[DetectorLimit]):
    """The list is the page of what is late; its rows are the limits of partners."""

    form = LimitForm
    list_display = ["partner", "what", "limit"]
    list_display_links = ["partner"]
    list_select_related = ["connection"]
    list_before_template = "exchange/attention.html"
    autocomplete_fields = ["connection"]
    sortable_by = ()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        chosen = request.GET.get("detector__exact", "")
        partner = request.GET.get("connection__id__exact", "")
        connection_id = int(partner) if partner.isascii() and partner.isdigit() else None
        context = {"title": "Needs attention", **_shown(request, chosen, connection_id)}
        return super().changelist_view(request, {**context, **(extra_context or {})})  # type: ignore[return-value]

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        return lookup in ("detector__exact", "connection__id__exact") or super().lookup_allowed(
            lookup, value, request
        )

    @theme.display(description="Limits that differ from the usual: partner")
    def partner(self, row: DetectorLimit) -> str:
        return str(row.connection)

    @theme.display(description="What is late")
    def what(self, row: DetectorLimit) -> str:
        return next(
            (d.title for d in detectors.detectors() if d.name == row.detector), row.detector
        )

    @theme.display(description="Counts as late after")
    def limit(self, row: DetectorLimit) -> str:
        return f"{row.minutes} min"


def counted(request: HttpRequest) -> list[Tally]:
    """How many are late of each kind that this user may see; counted once a minute."""
    found: dict[str, int] | None = cache.get("detectors.tallies")
    if found is None:
        found = {tally.detector.name: tally.number for tally in detectors.tallies()}
        cache.set("detectors.tallies", found, CACHED_SECONDS)
    return [Tally(detector, found.get(detector.name, 0)) for detector in _allowed(request)]


def _allowed(request: HttpRequest) -> list[Detector]:
    return [d for d in detectors.detectors() if request.user.has_perm(d.permission)]


def _shown(request: HttpRequest, chosen: str, connection_id: int | None) -> dict[str, Any]:
    tallies = counted(request)
    current = next((t for t in tallies if t.detector.name == chosen), None)
    if current is None:
        current = next((t for t in tallies if t.number), tallies[0] if tallies else None)
    tabs = [
        {
            "label": tally.detector.title,
            "number": number_of(tally),
            "url": list_url(DetectorLimit, detector__exact=tally.detector.name),
            "active": current is not None and tally.detector is current.detector,
        }
        for tally in tallies
    ]
    if current is None:
        return {"tabs": tabs, "detector": None}
    rows = detectors.find(current.detector, connection_id=connection_id, limit=SHOWN)
    names = dict(Connection.objects.values_list("pk", "name"))
    return {
        "tabs": tabs,
        "detector": current.detector,
        "usual": _span(current.detector),
        "rows": [_row(current.detector, row, names) for row in rows],
        "more": current.number > len(rows),
        "shown": SHOWN,
        "partner": names.get(connection_id) if connection_id is not None else "",
        "limit_url": _limit_url(request, current.detector),
    }


def number_of(tally: Tally) -> str:
    """How many are late, in words where nobody counted on."""
    return f"{COUNTED}+" if tally.number > COUNTED else str(tally.number)


def _row(detector: Detector, row: Late, names: dict[int, str]) -> dict[str, Any]:
    url = detector.url(row.reference)
    partner = names.get(row.connection_id or 0, "")
    return {
        "object": fragments.link(url, row.reference) if url else format_html("{}", row.reference),
        "since": row.since,
        "limit": fragments.span(row.limit) if row.limit else fragments.EMPTY,
        "partner": fragments.link(page_url_of(Connection, row.connection_id), partner)
        if partner
        else "",
    }


def _limit_url(request: HttpRequest, detector: Detector) -> str:
    if not request.user.has_perm("exchange.add_detectorlimit"):
        return ""
    return f"{reverse('admin:exchange_detectorlimit_add')}?detector={detector.name}"


def _span(detector: Detector) -> str:
    """The usual limit; what has a deadline of its own is late at once."""
    return f"after {fragments.span(detector.usual)}" if detector.usual else "at once"
