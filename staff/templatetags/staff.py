"""``{% load staff %}``: the shared pieces of ``staff.fragments`` in templates."""

from __future__ import annotations

from typing import Any

from django import template

from staff import badges, fragments, links

register = template.Library()
register.filter("moment", fragments.moment)
register.filter("ago", fragments.ago)
register.filter("identifier", fragments.identifier)
register.filter("amount", fragments.amount)
register.simple_tag(fragments.json_document, name="json_document")
register.simple_tag(badges.label_badge, name="badge")
register.simple_tag(links.charge_url, name="charge_url")


@register.inclusion_tag("staff/timeline.html")
def timeline(
    events: Any, *, empty: str = "Nothing happened yet.", connections: bool = False
) -> dict[str, Any]:
    """Events, newest first: objects with ``at``, ``message`` and ``actor``.

    With ``connections`` each is preceded by the name of its ``connection``.
    """
    return {"events": events, "empty": empty, "connections": connections}
