"""What happened: read-only, for everyone."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from parties.models import Connection, Event
from staff import theme
from staff.fragments import EMPTY, json_document, link, moment
from staff.links import page_url


@theme.register(Event)
class EventAdmin(theme.ReadOnlyAdmin[Event]):
    list_display = ["time", "what", "partner", "subject", "actor"]
    list_display_links = ["time"]
    list_filter = [
        ("connection", theme.AutocompleteSelectFilter),
        ("name", theme.FieldTextFilter),
        ("actor", theme.FieldTextFilter),
        ("at", theme.RangeDateFilter),
    ]
    search_fields = ["=subject"]
    search_help_text = "The reference of an object, such as NL*ABC/LOC1"
    paginator = theme.UncountedPaginator
    fields = ("time", "what", "partner", "subject", "actor", "name", "more")
    readonly_fields = ("time", "what", "partner", "subject", "actor", "name", "more")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        return super().get_queryset(request).select_related("connection")

    @theme.display(description="Time")
    def time(self, event: Event) -> SafeString:
        return moment(event.at)

    @theme.display(description="What happened")
    def what(self, event: Event) -> str:
        return event.message

    @theme.display(description="Connection")
    def partner(self, event: Event) -> str:
        connection: Connection | None = event.connection
        return link(page_url(connection), connection.name) if connection else EMPTY

    @theme.display(description="Details")
    def more(self, event: Event) -> str:
        return json_document(event.detail) if event.detail else EMPTY
