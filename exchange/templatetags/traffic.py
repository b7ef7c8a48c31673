"""``{% load traffic %}``: what pages about traffic show in more than one place."""

from __future__ import annotations

from datetime import UTC, datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from exchange import cells
from staff import fragments

register = template.Library()
register.filter("arrow", cells.arrow)
register.filter("milliseconds", cells.milliseconds)
register.filter("to_the_second", cells.when)


@register.simple_tag
def localtimes(at: datetime | None) -> SafeString:
    """A time in the user's zone with UTC beside it."""
    if at is None:
        return fragments.moment(None)
    local, universal = timezone.localtime(at), at.astimezone(UTC)
    if local.utcoffset() == universal.utcoffset():
        return format_html('<span class="number">{} UTC</span>', f"{universal:%Y-%m-%d %H:%M:%S}")
    return format_html(
        '<span class="number">{}</span> <small class="number">{} UTC</small>',
        f"{local:%Y-%m-%d %H:%M:%S} {local.tzname()}",
        f"{universal:%H:%M:%S}",
    )
