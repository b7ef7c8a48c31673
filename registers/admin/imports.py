"""The readings of registers: what each changed, what was malformed, and what is held."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from registers import services
from registers.admin import uploading
from registers.choices import IMPORT_BADGES, ChangeKind, EntryStatus, ImportState
from registers.models import RegisterChange, RegisterImport
from staff import badges, confirmed, fragments, theme
from staff.links import page_url
from staff.requests import user_of

_SHOWN = 500


def _is_held(imported: Any) -> bool:
    return bool(imported.state == ImportState.HELD)


def _take_over(request: HttpRequest, imported: RegisterImport) -> None:
    services.take_over(imported, actor=user_of(request))


def _refuse(request: HttpRequest, imported: RegisterImport) -> None:
    services.refuse(imported, actor=user_of(request))


TAKE_OVER = confirmed.Confirmed(
    name="take-over",
    label="Take it over",
    permission=uploading.PERMISSION,
    question="Take over this list of {object}?",
    explanation=lambda imported: (
        f"{imported.vanished} codes that it lacks are marked as not listed any more. Their history stays."
    ),
    perform=_take_over,
    done="It was taken over.",
    dangerous=True,
    icon="done",
    allowed=_is_held,
    refusals=(services.NotHeld,),
)
REFUSE = confirmed.Confirmed(
    name="refuse",
    label="Leave it out",
    permission=uploading.PERMISSION,
    question="Leave out this list of {object}?",
    explanation="Everything stays as it was before it.",
    perform=_refuse,
    done="It was left out.",
    icon="block",
    allowed=_is_held,
    refusals=(services.NotHeld,),
)
ALL = [TAKE_OVER, REFUSE]


@theme.register(RegisterImport)
class RegisterImportAdmin(theme.ReadOnlyAdmin[RegisterImport]):
    """A list of readings and a page for each."""

    list_display = ["read", "register_column", "state_column", "summary", "source", "by"]
    list_display_links = None
    page_template = "registers/import.html"
    list_select_related = ["register"]
    paginator = theme.UncountedPaginator
    sortable_by = ()
    list_filter = [
        ("register", theme.RelatedDropdownFilter),
        ("state", theme.ChoicesDropdownFilter),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("content")

    def get_urls(self) -> Any:
        return [*confirmed.urls(self, ALL), *super().get_urls()]

    @theme.display(description="Read")
    def read(self, imported: RegisterImport) -> str:
        return fragments.link(page_url(imported), fragments.moment(imported.at))

    @theme.display(description="Register")
    def register_column(self, imported: RegisterImport) -> str:
        return fragments.link(page_url(imported.register), imported.register)

    @theme.display(description="State")
    def state_column(self, imported: RegisterImport) -> str:
        return badges.badge(imported.state, ImportState, IMPORT_BADGES, title=imported.message)

    @theme.display(description="What it said")
    def summary(self, imported: RegisterImport) -> str:
        return uploading.summary(imported)

    def page_title(self, imported: RegisterImport) -> str:
        return f"{imported.register}, read on {imported.at:%Y-%m-%d}"

    def page_context(self, request: HttpRequest, imported: RegisterImport) -> dict[str, Any]:
        """What one reading changed; of one that is held what it would."""
        changes = imported.changes.select_related("entry").order_by("kind", "id")[: _SHOWN + 1]
        rows = [_row(change) for change in changes[:_SHOWN]]
        return {
            "imported": imported,
            "state": badges.badge(imported.state, ImportState, IMPORT_BADGES),
            "summary": uploading.summary(imported),
            "buttons": confirmed.buttons(self, ALL, request, imported),
            "changes": rows,
            "more": len(changes) > _SHOWN,
            "faults": imported.faults.all()[:_SHOWN],
            "register_url": page_url(imported.register),
        }


def _row(change: RegisterChange) -> dict[str, Any]:
    return {
        "code": fragments.link(page_url(change.entry), change.entry),
        "what": ChangeKind(change.kind).label,
        "before": words(change.kind, change.before),
        "after": words(change.kind, change.after),
        "at": change.at,
    }


def words(kind: str, value: str) -> str:
    """What a change says for people."""
    if kind == ChangeKind.STATUS and value in EntryStatus.values:
        return str(EntryStatus(value).label)
    return value
