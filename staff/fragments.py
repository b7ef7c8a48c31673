"""Small pieces of HTML that every page shows alike; all of them escape what they are given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

EMPTY = "\u2013"
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def moment(at: datetime | None, *, empty: str = EMPTY) -> SafeString:
    """``2026-11-20 14:05`` in the user's zone; the tooltip has the seconds, the zone and UTC."""
    if not at:  # in templates also ""
        return format_html('<span class="nothing">{}</span>', empty)
    local = timezone.localtime(at)
    universal = at.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        universal.isoformat(),
        f"{local:%Y-%m-%d %H:%M:%S} {local.tzname()} · {universal:%Y-%m-%d %H:%M:%S} UTC",
        f"{local:%Y-%m-%d %H:%M}",
    )


def ago(at: datetime | None, *, empty: str = "never") -> SafeString:
    """``5 min ago`` (or ``in 5 min``), with the exact times in the tooltip."""
    if not at:  # in templates also ""
        return format_html('<span class="nothing">{}</span>', empty)
    passed = timezone.now() - at
    words = span(abs(passed))
    text = f"in {words}" if passed < timedelta(seconds=-1) else f"{words} ago"
    if abs(passed) < timedelta(seconds=5):
        text = "just now"
    local = timezone.localtime(at)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.astimezone(UTC).isoformat(),
        f"{local:%Y-%m-%d %H:%M:%S} {local.tzname()} · {at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC",
        text,
    )


def span(length: timedelta) -> str:
    """A length of time in its biggest unit: ``8 s``, ``5 min``, ``3 h``, ``12 days``."""
    seconds = int(length.total_seconds())
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    if seconds < 2 * _DAY:
        return f"{seconds // _HOUR} h"
    return f"{round(seconds / _DAY)} days"


def identifier(text: object, *, shown: str = "") -> SafeString:
    """An id in monospace with a copy button; ``shown`` when the page has no room for all of it."""
    if text in (None, ""):
        return format_html('<span class="nothing">{}</span>', EMPTY)
    return format_html(
        '<span class="identifier"><code title="{0}">{1}</code><button type="button" class="copy"'
        ' data-copy="{0}" aria-label="Copy {0}"></button></span>',
        text,
        shown or text,
    )


def link(url: str, text: object, *, title: str = "") -> SafeString:
    """A link in the accent colour."""
    return format_html('<a class="text-link" href="{}" title="{}">{}</a>', url, title, text)


def amount(number: int | float | None) -> SafeString:
    """A number with thousands separated, aligned right in a table."""
    if number is None:
        return format_html('<span class="nothing">{}</span>', EMPTY)
    return format_html('<span class="number">{}</span>', f"{number:,}".replace(",", "\u202f"))


def number(text: str) -> SafeString:
    """A finished number with its unit or currency, aligned right in a table."""
    return format_html('<span class="number">{}</span>', text or EMPTY)


def json_document(document: Any, *, limit: int = 400_000) -> SafeString:
    """A JSON document, indented and highlighted; ``bytes`` and ``str`` are parsed when they can be.

    What is no JSON is shown as it is; more than ``limit`` characters are cut, and it says so.
    """
    if isinstance(document, bytes | str):
        document = _parsed(document)
    if isinstance(document, str):
        return _preformatted(escape(document[:limit]), cut=len(document) > limit)
    pretty = orjson.dumps(document, option=orjson.OPT_INDENT_2, default=str).decode()
    if len(pretty) > limit:
        return _preformatted(escape(pretty[:limit]), cut=True)
    return _preformatted(_highlighted(document, ""), cut=False)


def _parsed(text: bytes | str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text.decode(errors="replace") if isinstance(text, bytes) else text


def _preformatted(inside: str, *, cut: bool) -> SafeString:
    note = "<p class='cut'>Only the beginning is shown.</p>" if cut else ""
    # Everything in it went through escape().
    return mark_safe(  # noqa: S308
        f'<div class="json"><button type="button" class="copy" data-copy-text'
        f' aria-label="Copy the document"></button><pre>{inside}</pre>{note}</div>'
    )


def _highlighted(value: Any, indent: str) -> str:
    inner = indent + "  "
    if isinstance(value, dict) and value:
        members = ",\n".join(
            f'{inner}<span class="jk">{_scalar(str(key))}</span>: {_highlighted(member, inner)}'
            for key, member in value.items()
        )
        return f"{{\n{members}\n{indent}}}"
    if isinstance(value, list) and value:
        items = ",\n".join(inner + _highlighted(item, inner) for item in value)
        return f"[\n{items}\n{indent}]"
    kind = "js" if isinstance(value, str) else "jn"
    return f'<span class="{kind}">{_scalar(value)}</span>'


def _scalar(value: Any) -> str:
    return str(escape(orjson.dumps(value, default=str).decode()))
