"""Accounts of staff: users, their groups, and unlocking after too many wrong passwords."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from axes.models import AccessAttempt
from axes.utils import reset
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group, User
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils.safestring import SafeString

from parties import events
from staff import confirmed, theme
from staff.badges import label_badge
from staff.confirmed import Confirmed
from staff.fragments import EMPTY, ago
from staff.requests import user_of

from . import permissions

admin.site.unregister(User)
admin.site.unregister(Group)


WORDS = {
    "username": ("Login name", "Letters, digits and @ . + - _ only."),
    "is_active": ("May log in", "Turn this off rather than delete the account."),
    "groups": ("Groups", "What they may see and do; several add up."),
    "is_staff": ("Staff", "Only staff get past the login page."),
    "is_superuser": ("May do everything", "Whatever the groups say."),
}


def _unlock(request: HttpRequest, user: User) -> None:
    reset(username=user.username)
    events.record("user.unlocked", f"{user.username} may log in again.", actor=user_of(request))


UNLOCK = Confirmed(
    name="unlock",
    label="Unlock",
    icon="lock_open",
    permission="auth.change_user",
    question="Let {object} log in again?",
    explanation="Too many wrong passwords lock a name for 15 minutes; this ends it now.",
    perform=_unlock,
    done="{object} may log in again.",
    allowed=lambda user: AccessAttempt.objects.filter(username=user.username).exists(),
)


if TYPE_CHECKING:

    class _UserAdmin(UserAdmin[User], theme.ModelAdmin[User]):
        pass

else:

    class _UserAdmin(UserAdmin, theme.ModelAdmin):
        pass


@theme.register(User)
class StaffUserAdmin(_UserAdmin):
    """Only superusers make superusers, and only they may touch one."""

    form: Any = UserChangeForm
    add_form = theme.UserCreationForm
    change_password_form = theme.AdminPasswordChangeForm
    list_display = ["username", "full_name", "email", "in_groups", "access", "seen"]
    list_filter = [("is_active", theme.BooleanRadioFilter), ("groups", theme.RelatedDropdownFilter)]
    filter_horizontal = ()
    actions = None
    readonly_fields = ["last_login", "date_joined"]
    change_form_template = "staff/user.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        locked = AccessAttempt.objects.filter(
            username=OuterRef("username"), failures_since_start__gte=5
        )
        users: QuerySet[User] = super().get_queryset(request)
        return users.prefetch_related("groups").annotate(is_locked=Exists(locked))

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if obj is None:
            fields = ["username", "usable_password", "password1", "password2", "groups"]
            return [(None, {"fields": fields})]
        rights = ["is_active", "groups"]
        if user_of(request).is_superuser:
            rights += ["is_staff", "is_superuser"]
        return [
            ("Person", {"fields": ["username", "first_name", "last_name", "email"]}),
            ("Rights", {"fields": rights}),
            ("Dates", {"fields": ["last_login", "date_joined"]}),
        ]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Plain words instead of Django's."""
        if db_field.name == "groups":
            kwargs["widget"] = theme.CheckboxesWidget
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and db_field.name in WORDS:
            field.label, field.help_text = WORDS[db_field.name]
        return field

    def get_urls(self) -> list[URLPattern]:
        return [*confirmed.urls(self, [UNLOCK]), *super().get_urls()]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_delete_permission(request, obj) and _may_touch(request, obj)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        user = self.get_object(request, object_id)
        buttons = confirmed.buttons(self, [UNLOCK], request, user) if user else []
        may_change = user is not None and self.has_change_permission(request, user)
        context = {**(extra_context or {}), "buttons": buttons, "may_set_password": may_change}
        return super().change_view(request, object_id, form_url, context)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Who is made here is staff; every change is an event."""
        if not change:
            obj.is_staff = True
        super().save_model(request, obj, form, change)
        what = ", ".join(form.changed_data) if change else "new account"
        if what:
            events.record(
                "user.changed" if change else "user.added",
                f"{obj.username}: {what}.",
                actor=user_of(request),
                subject=f"user/{obj.username}",
            )

    @theme.display(description="Name")
    def full_name(self, user: User) -> str:
        return user.get_full_name() or EMPTY

    @theme.display(description="Groups")
    def in_groups(self, user: User) -> str:
        return ", ".join(group.name for group in user.groups.all()) or EMPTY

    @theme.display(description="Access")
    def access(self, user: User) -> SafeString:
        if not user.is_active:
            return label_badge("Off")
        if getattr(user, "is_locked", False):
            return label_badge("Locked", "danger", title="Too many wrong passwords")
        if user.is_superuser:
            return label_badge("Everything", "info")
        return label_badge("By group", "success") if user.is_staff else label_badge("None")

    @theme.display(description="Last login", ordering="last_login")
    def seen(self, user: User) -> SafeString:
        return ago(user.last_login)


def _may_touch(request: HttpRequest, user: User | None) -> bool:
    return user is None or not user.is_superuser or user_of(request).is_superuser


@theme.register(Group)
class StaffGroupAdmin(GroupAdmin, theme.ModelAdmin[Group]):
    """The portal's own groups are kept as `roaming.permissions` says; others are the staff's."""

    list_display = ["name", "members", "origin"]
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        return super().get_queryset(request).annotate(member_count=Count("user"))

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return super().has_change_permission(request, obj) and not _is_fixed(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not _is_fixed(obj)

    def formfield_for_manytomany(
        self, db_field: Any, request: HttpRequest | None = None, **kwargs: Any
    ) -> Any:
        """Nobody can give what they do not have."""
        field: Any = super().formfield_for_manytomany(db_field, request, **kwargs)
        user = user_of(request) if request else None
        if db_field.name == "permissions" and user and not user.is_superuser:
            field.queryset = field.queryset.filter(group__user=user).distinct()
        return field

    @theme.display(description="Members", ordering="member_count")
    def members(self, group: Group) -> int:
        return int(getattr(group, "member_count", 0))

    @theme.display(description="Kept by")
    def origin(self, group: Group) -> SafeString:
        if _is_fixed(group):
            return label_badge("The portal", "info", title="Set anew by every upgrade")
        return label_badge("You")


def _is_fixed(group: Group | None) -> bool:
    return group is not None and group.name in permissions.GROUPS
