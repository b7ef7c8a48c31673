"""The registers there are: who keeps each, what it lists, and when it was last read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse

from registers import services
from registers.admin import uploading
from registers.admin.code_actions import PERMISSION as TAKE_OVER
from registers.admin.rules import rules_url
from registers.choices import IMPORT_BADGES, CodeRole, ImportState
from registers.links import entries_url
from registers.models import Register, RegisterImport, RegisterRules
from staff import badges, confirmed, fragments, theme
from staff.links import page_url
from staff.requests import user_of

_SHOWN = 20


def _fetch(request: HttpRequest, register: Register) -> str:
    made = services.fetch(register, actor=user_of(request))
    uploading.say(request, made)
    return uploading.goal(register, made)


FETCH = confirmed.Confirmed(
    name="fetch",
    label="Read it now",
    permission=uploading.PERMISSION,
    question="Read the list of {object} now?",
    explanation="It is fetched from its address. What changed is written down with today's date; a list that lacks"
    " many codes that were there before is held until you look at it.",
    perform=_fetch,
    icon="cloud_download",
    allowed=lambda register: bool(register.url),
    refusals=(services.CannotFetch,),
)


@theme.register(Register)
class RegisterAdmin(theme.ModelAdmin[Register]):
    """A list of registers, a page for each, and a form for what staff decide about it."""

    list_display = ["name_column", "authority", "countries", "codes", "read", "standing"]
    list_display_links = None
    list_before_template = "registers/register_list_before.html"
    page_template = "registers/register.html"
    search_fields = ["name", "authority", "key"]
    list_filter = [("is_official", theme.BooleanRadioFilter)]
    sortable_by = ()
    prepopulated_fields = {"key": ("name",)}
    fieldsets = [
        (None, {"fields": ["name", "key", "authority", "is_official", "homepage", "reuse"]}),
        ("What it is for", {"fields": ["jurisdictions", "roles", "notes"]}),
        ("How it is read", {"fields": ["format", "url", "refresh_days", "removal_limit"]}),
    ]

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path(
                "<int:register_id>/upload/",
                wrap(self.upload_view),
                name="registers_register_upload",
            ),
            path(
                "<path:object_id>/settings/",
                wrap(self.settings_view),
                name="registers_register_settings",
            ),
            *confirmed.urls(self, [FETCH]),
            *super().get_urls(),
        ]

    def has_delete_permission(self, request: HttpRequest, obj: Register | None = None) -> bool:
        return False

    def get_prepopulated_fields(
        self, request: HttpRequest, obj: Register | None = None
    ) -> dict[str, Sequence[str]]:
        return {} if obj else {"key": ("name",)}

    def get_readonly_fields(self, request: HttpRequest, obj: Register | None = None) -> list[str]:
        return ["key"] if obj else []

    def get_queryset(self, request: HttpRequest) -> QuerySet[Register]:
        listed = Count("entries", filter=Q(entries__vanished_at=None))
        held = RegisterImport.objects.filter(state=ImportState.HELD).defer("content")
        waiting = Prefetch("imports", held, to_attr="waiting")
        return super().get_queryset(request).annotate(listed=listed).prefetch_related(waiting)

    def settings_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The form of what staff decide about a register."""
        return super(theme.ModelAdmin, self).change_view(request, object_id)

    def upload_view(self, request: HttpRequest, register_id: int) -> HttpResponse:
        register = self.found(request, register_id)
        shown = {
            **self.admin_site.each_context(request),
            "title": f"Upload the list of {register}",
            "opts": self.opts,
        }
        return uploading.view(request, register, shown)

    @theme.display(description="Register")
    def name_column(self, register: Register) -> str:
        return fragments.link(page_url(register), register.name)

    @theme.display(description="For")
    def countries(self, register: Register) -> str:
        return ", ".join(register.jurisdictions) or "many countries"

    @theme.display(description="Codes listed")
    def codes(self, register: Register) -> str:
        return fragments.amount(getattr(register, "listed", None))

    @theme.display(description="Last read")
    def read(self, register: Register) -> str:
        return fragments.ago(register.read_at)

    @theme.display(description="State")
    def standing(self, register: Register) -> str:
        for held in register.waiting:  # type: ignore[attr-defined]
            return badges.badge(held.state, ImportState, IMPORT_BADGES, title=held.message)
        return ""

    def page_context(self, request: HttpRequest, register: Register) -> dict[str, Any]:
        """One register: what it lists, and what the last readings changed."""
        entries = register.entries.all()
        listed = entries.filter(vanished_at=None)
        may_change = request.user.has_perm(uploading.PERMISSION)
        return {
            "register": register,
            "buttons": confirmed.buttons(self, [FETCH], request, register),
            "may_change": may_change,
            "rules": RegisterRules.objects.filter(register=register).first(),
            "rules_url": rules_url(register)
            if request.user.has_perm("registers.add_registerrules")
            else "",
            "take_over_url": reverse("admin:registers_takeover_prepare", args=[register.pk])
            if request.user.has_perm(TAKE_OVER)
            else "",
            "format": register.get_format_display(),
            "roles": ", ".join(str(CodeRole(role).label) for role in register.roles) or "Any",
            "by_role": [
                {
                    "label": role.label,
                    "number": listed.filter(role=role).count(),
                    "url": entries_url(register__id__exact=register.pk, role__exact=role.value),
                }
                for role in CodeRole
            ],
            "codes": listed.values("country_code", "party_id").distinct().count(),
            "both": _in_both_roles(register),
            "foreign": listed.filter(is_foreign=True).count(),
            "foreign_url": entries_url(register__id__exact=register.pk, is_foreign__exact=1),
            "gone": entries.filter(vanished_at__isnull=False).count(),
            "gone_url": entries_url(register__id__exact=register.pk, listed="no"),
            "all_url": entries_url(register__id__exact=register.pk),
            "held": register.imports.filter(state=ImportState.HELD).first(),
            "imports": [
                {
                    "url": page_url(one),
                    "at": one.at,
                    "state": badges.badge(one.state, ImportState, IMPORT_BADGES),
                    "summary": uploading.summary(one),
                    "by": one.by,
                    "source": one.source,
                }
                for one in RegisterImport.objects.filter(register=register).defer("content")[
                    :_SHOWN
                ]
            ],
        }


def _in_both_roles(register: Register) -> int:
    listed = register.entries.filter(vanished_at=None)
    codes = listed.values("country_code", "party_id").annotate(roles=Count("role"))
    return codes.filter(roles__gt=1).count()
