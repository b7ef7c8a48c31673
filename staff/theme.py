"""The one module that knows the theme, beside ``staff.rows``; every admin is built from the names in here.

    from staff import theme

    @theme.register(Delivery)
    class DeliveryAdmin(theme.ReadOnlyAdmin[Delivery]):
        list_display = ["reference", "state"]
        paginator = theme.UncountedPaginator
        list_filter = [("connection", theme.AutocompleteSelectFilter)]

        @theme.display(description="State", ordering="last_result")
        def state(self, delivery: Delivery) -> str:
            return badge(delivery.last_result, DeliveryResult, BADGES)

What goes with it: ``staff.badges`` (badge), ``staff.fragments`` (moment, ago, identifier, amount,
link, json_document), ``staff.confirmed`` (actions that ask first), ``staff.paging``,
``staff.export``; in templates the same by ``{% load staff %}``. Actions that change something are
always confirmed actions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString, mark_safe
from unfold.admin import ModelAdmin as ThemeModelAdmin
from unfold.admin import TabularInline as ThemeTabularInline
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    AutocompleteSelectMultipleFilter,
    BooleanRadioFilter,
    ChoicesCheckboxFilter,
    ChoicesDropdownFilter,
    DropdownFilter,
    FieldTextFilter,
    MultipleChoicesDropdownFilter,
    RadioFilter,
    RangeDateFilter,
    RangeDateTimeFilter,
    RangeNumericFilter,
    RelatedDropdownFilter,
    TextFilter,
)
from unfold.dataclasses import SearchResult
from unfold.decorators import action as theme_action
from unfold.decorators import display as theme_display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.sites import UnfoldAdminSite as AdminSite
from unfold.views import ChangeList as ThemeChangeList
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelect2MultipleWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from staff import rows
from staff.paging import KeysFirstPaginator, UncountedPaginator

__all__ = [
    "AdminPasswordChangeForm",
    "AdminSite",
    "AutocompleteSelectFilter",
    "AutocompleteSelectMultipleFilter",
    "BooleanRadioFilter",
    "CheckboxesWidget",
    "ChoicesCheckboxFilter",
    "ChoicesDropdownFilter",
    "DropdownFilter",
    "FieldTextFilter",
    "FileWidget",
    "KeysFirstPaginator",
    "ModelAdmin",
    "MultipleChoicesDropdownFilter",
    "RadioFilter",
    "RadioWidget",
    "RangeDateFilter",
    "RangeDateTimeFilter",
    "RangeNumericFilter",
    "ReadOnlyAdmin",
    "ReadOnlyInline",
    "RelatedDropdownFilter",
    "SearchMultipleWidget",
    "SearchResult",
    "SearchWidget",
    "SelectWidget",
    "SwitchWidget",
    "TabularInline",
    "TextFilter",
    "TextWidget",
    "TextareaWidget",
    "UncountedPaginator",
    "UserChangeForm",
    "UserCreationForm",
    "action",
    "display",
    "register",
]

CheckboxesWidget = UnfoldAdminCheckboxSelectMultipleWidget
FileWidget = UnfoldAdminFileFieldWidget
RadioWidget = UnfoldAdminRadioSelectWidget
SearchMultipleWidget = UnfoldAdminSelect2MultipleWidget
SearchWidget = UnfoldAdminSelect2Widget
SelectWidget = UnfoldAdminSelectWidget
SwitchWidget = UnfoldBooleanSwitchWidget
TextWidget = UnfoldAdminTextInputWidget
TextareaWidget = UnfoldAdminTextareaWidget

_Row = TypeVar("_Row", bound=Model)
_Parent = TypeVar("_Parent", bound=Model)
_Function = TypeVar("_Function", bound=Callable[..., Any])

if TYPE_CHECKING:

    class _ModelAdmin(admin.ModelAdmin[_Row]):
        """What the type checker sees: Django's admin with the theme's options."""

        compressed_fields: bool
        list_filter_submit: bool
        list_filter_sheet: bool
        list_fullwidth: bool
        list_before_template: str | None
        list_after_template: str | None
        change_form_before_template: str | None
        change_form_after_template: str | None
        change_form_outer_before_template: str | None
        change_form_outer_after_template: str | None
        list_sections: Sequence[Any]
        warn_unsaved_form: bool

    class _TabularInline(admin.TabularInline[_Row, _Parent]):
        tab: bool
        hide_title: bool
        per_page: int | None

else:

    class _Subscriptable:
        def __class_getitem__(cls, item: Any) -> Any:
            return cls

    class _ModelAdmin(_Subscriptable, ThemeModelAdmin):
        pass

    class _TabularInline(_Subscriptable, ThemeTabularInline):
        pass


class ChangeList(ThemeChangeList):
    """A list that does not claim a number of rows nobody counted."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if self.full_result_count is None and not (self.query or self.has_active_filters):
            self.full_result_count = self.result_count
        if isinstance(self.paginator, UncountedPaginator):
            self.result_count = self.full_result_count = len(self.result_list)
            self.can_show_all = False


class ModelAdmin(_ModelAdmin[_Row]):
    """Base of every admin here: filters applied by a button, no counting of whole tables."""

    list_filter_submit = True
    compressed_fields = True
    warn_unsaved_form = True
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 200
    page_template = ""
    """The template of an object's page, which shows ``page_context``; without one it is Django's form."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ChangeList

    @admin.display(description=mark_safe('<input type="checkbox" id="action-toggle">'))
    def action_checkbox(self, obj: _Row) -> SafeString:
        """The box that selects a row for an action."""
        return rows.select_box(obj)

    def found(self, request: HttpRequest, object_id: object) -> _Row:
        """The object a page is about. Refuses who may not look at it (403) and what is not there (404)."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_object(request, str(object_id))
        if row is None:
            raise Http404
        return row

    def page(
        self, request: HttpRequest, template: str, title: str, shown: Mapping[str, Any]
    ) -> TemplateResponse:
        """A page of this admin with ``shown`` for its template."""
        site = self.admin_site.each_context(request)
        return TemplateResponse(
            request, template, {**site, "title": title, "opts": self.opts, **shown}
        )

    def page_title(self, row: _Row) -> str:
        return str(row)

    def page_context(self, request: HttpRequest, row: _Row) -> dict[str, Any]:
        """What ``page_template`` shows of an object, beside the object itself as ``original``."""
        return {}

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page of an object: ``page_template`` where there is one."""
        if not self.page_template:
            return super().change_view(request, object_id, form_url, extra_context)
        row = self.found(request, object_id)
        shown = {"original": row, **self.page_context(request, row), **(extra_context or {})}
        return self.page(request, self.page_template, self.page_title(row), shown)


class ReadOnlyAdmin(ModelAdmin[_Row]):
    """For what only the portal itself writes: staff may look, and act through confirmed actions."""

    actions: Sequence[Any] | None = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: _Row | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: _Row | None = None) -> bool:
        return False


class TabularInline(_TabularInline[_Row, _Parent]):
    extra = 0


class ReadOnlyInline(TabularInline[_Row, _Parent]):
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def register(
    *models: type[Model],
) -> Callable[[type[admin.ModelAdmin[Any]]], type[admin.ModelAdmin[Any]]]:
    """``@theme.register(Model)``: Django's own, here so that admins need one import."""
    return admin.register(*models)


def display(
    *,
    description: str = "",
    ordering: Any = None,
    boolean: bool | None = None,
    empty_value: str | None = None,
    header: bool | None = None,
) -> Callable[[_Function], _Function]:
    """A column or a read-only field; ``header`` shows ``[first line, second line]``."""
    return theme_display(
        description=description or None,
        ordering=ordering,
        boolean=boolean,
        empty_value=empty_value,
        header=header,
    )


def action(*, description: str, permissions: Sequence[str]) -> Callable[[_Function], _Function]:
    """A bulk action of a list (``actions``); ``permissions`` are never left out."""
    decorate: Any = theme_action
    return decorate(description=description, permissions=list(permissions))  # type: ignore[no-any-return]
