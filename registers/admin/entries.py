"""Listed codes: who holds which, since when we know, and everything that ever changed about one."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from exchange import cells
from parties.models import Party
from registers import selectors
from registers.admin.imports import words
from registers.choices import ENTRY_BADGES, ChangeKind, EntryStatus
from registers.models import RegisterChange, RegisterEntry
from staff import badges, fragments, theme
from staff.filters import ConditionFilter
from staff.links import page_url


class ListedFilter(ConditionFilter):
    title = "listed"
    parameter_name = "listed"
    conditions: ClassVar[Any] = {
        "yes": ("Listed now", Q(vanished_at=None)),
        "no": ("Not any more", Q(vanished_at__isnull=False)),
    }


@theme.register(RegisterEntry)
class RegisterEntryAdmin(theme.ReadOnlyAdmin[RegisterEntry]):
    """A list of codes, found by any ID that is built on one, and a page per code."""

    list_display = ["code", "holder", "role_column", "register_column", "standing", "seen"]
    list_display_links = None
    page_template = "registers/entry.html"
    list_select_related = ["register"]
    list_before_template = "registers/entry_list_before.html"
    sortable_by = ()
    search_fields = ["party_id"]
    search_help_text = "A code, any EVSE or contract ID, or a company: GB*ABC, NL*ABC*E123, Shell"
    list_filter = [
        ("register", theme.RelatedDropdownFilter),
        ("role", theme.ChoicesDropdownFilter),
        ("status", theme.ChoicesDropdownFilter),
        ListedFilter,
        ("is_foreign", theme.BooleanRadioFilter),
    ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[RegisterEntry], search_term: str
    ) -> tuple[QuerySet[RegisterEntry], bool]:
        if not search_term.strip():
            return queryset, False
        return selectors.matching(queryset, search_term), False

    @theme.display(description="Code")
    def code(self, entry: RegisterEntry) -> str:
        return fragments.link(page_url(entry), f"{entry.country_code}*{entry.party_id}")

    @theme.display(description="Holder")
    def holder(self, entry: RegisterEntry) -> str:
        other = entry.legal_name if entry.legal_name != entry.organisation else ""
        return cells.two_lines(entry.organisation or fragments.EMPTY, other)

    @theme.display(description="As")
    def role_column(self, entry: RegisterEntry) -> str:
        return str(entry.get_role_display())

    @theme.display(description="Register")
    def register_column(self, entry: RegisterEntry) -> str:
        return fragments.link(page_url(entry.register), entry.register)

    @theme.display(description="State")
    def standing(self, entry: RegisterEntry) -> str:
        return standing_badge(entry)

    @theme.display(description="First seen")
    def seen(self, entry: RegisterEntry) -> str:
        return fragments.moment(entry.first_seen)

    def page_title(self, entry: RegisterEntry) -> str:
        return f"{entry.country_code}*{entry.party_id}, {entry.get_role_display()}"

    def page_context(self, request: HttpRequest, entry: RegisterEntry) -> dict[str, Any]:
        """One code: its holder, its history, other listings of it, and the parties here that use it."""
        same = Q(country_code=entry.country_code, party_id=entry.party_id)
        others = RegisterEntry.objects.filter(same).exclude(pk=entry.pk).select_related("register")
        changes = RegisterChange.objects.filter(entry=entry).select_related("imported")
        return {
            "entry": entry,
            "standing": standing_badge(entry),
            "register_url": page_url(entry.register),
            "history": [
                {
                    "at": change.at,
                    "what": ChangeKind(change.kind).label,
                    "before": words(change.kind, change.before),
                    "after": words(change.kind, change.after),
                    "url": page_url(change.imported),
                }
                for change in changes[:200]
            ],
            "others": [
                {
                    "url": page_url(one),
                    "role": one.get_role_display(),
                    "register": one.register,
                    "holder": one.organisation,
                    "standing": standing_badge(one),
                }
                for one in others[:50]
            ],
            "parties": [
                {"url": page_url(party), "party": party, "name": party.name}
                for party in Party.objects.filter(same)
            ],
        }


def standing_badge(entry: RegisterEntry) -> str:
    """What a register says of a code now."""
    if not entry.is_listed:
        title = "The last list lacks it. That does not mean that the code was revoked."
        return badges.label_badge("Not listed any more", "warning", title=title)
    shown = badges.badge(entry.status, EntryStatus, ENTRY_BADGES)
    if entry.is_foreign:
        title = "The register is not that of this country."
        return shown + " " + badges.label_badge("Of another country", "default", title=title)
    return shown
