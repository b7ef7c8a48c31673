"""Data quality: what partners (and files) send differently than OCPI asks for, and how often."""

from __future__ import annotations

from exchange import cells
from exchange.admin import links
from exchange.models import WarningCount
from ocpi.lenient import CODES
from staff import fragments, theme

FILES = "Files and our own entries"


@theme.register(WarningCount)
class WarningCountAdmin(theme.ReadOnlyAdmin[WarningCount]):
    """One line per partner and kind of deviation."""

    list_display = ["partner", "deviation", "times", "example", "last_seen"]
    list_display_links = None
    list_select_related = ["connection"]
    list_before_template = "exchange/quality_before.html"
    ordering = ["-count"]
    sortable_by = ["times", "last_seen"]
    search_fields = ["code", "example_reference"]
    search_help_text = "Deviation or example"
    list_filter = [("connection", theme.AutocompleteSelectFilter)]

    @theme.display(description="Partner", ordering="connection__name")
    def partner(self, row: WarningCount) -> str:
        return links.partner(row.connection) if row.connection else FILES

    @theme.display(description="What differs")
    def deviation(self, row: WarningCount) -> str:
        return CODES.get(row.code, row.code.replace("_", " ").capitalize())

    @theme.display(description="Times", ordering="count")
    def times(self, row: WarningCount) -> str:
        return fragments.amount(row.count)

    @theme.display(description="Latest example")
    def example(self, row: WarningCount) -> str:
        return cells.two_lines(
            links.object_link(row.module, row.example_reference),
            f"{row.example_path}: {row.example_value}" if row.example_path else row.example_value,
        )

    @theme.display(description="Last seen", ordering="last_seen_at")
    def last_seen(self, row: WarningCount) -> str:
        return fragments.ago(row.last_seen_at)
