"""The theme draws the rows of a list; two things about that are put right here.

It makes the heads of all columns again for every row, with the widget among them, which is a sixth of the time a
list takes. And the first column is labelled "Select record" on a narrow screen where it is none to select by.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import cache
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from unfold.admin import checkbox
from unfold.templatetags import unfold_list

_result_headers: Any = unfold_list.result_headers
_items_for_result = unfold_list.items_for_result
_HEADS = "_heads_of_columns"
_PLACE = "0-0-0"


def put_right() -> None:
    """Let the theme use what is here."""
    of_the_theme: Any = unfold_list
    of_the_theme.result_headers = _heads
    of_the_theme.items_for_result = _items


def select_box(row: Model) -> SafeString:
    """The box that selects a row; the theme's own would be a template for each."""
    return mark_safe(_box().replace(_PLACE, format_html("{}", row.pk)))  # noqa: S308 - both are escaped


@cache
def _box() -> str:
    return checkbox.render(ACTION_CHECKBOX_NAME, _PLACE)


def _heads(changelist: Any) -> list[dict[str, Any]]:
    """The heads of the columns, made once for a list."""
    heads: list[dict[str, Any]] | None = getattr(changelist, _HEADS, None)
    if heads is None:
        heads = list(_result_headers(changelist))
        setattr(changelist, _HEADS, heads)
    return heads


def _items(changelist: Any, row: Model, form: Any) -> Generator[SafeString, None, None]:
    """The cells of a row, the first of which says what it is."""
    items = _items_for_result(changelist, row, form)
    if changelist.list_display[0] == "action_checkbox":
        yield from items
        return
    first = next(items, None)
    if first is not None:
        wrong, right = (
            format_html(' data-label="{}"', words)
            for words in (gettext("Select record"), _heads(changelist)[0]["text"])
        )
        yield mark_safe(first.replace(wrong, right, 1))  # noqa: S308 - as the theme made it
    yield from items
