"""What marks a CDR in lists and on its page."""

from __future__ import annotations

from typing import Any

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from staff import badges


def marks(cdr: Any, *, conflicts: bool) -> SafeString:
    """Badges for everything that is not an ordinary charge."""
    shown = []
    if conflicts:
        title = "It was sent again with other content. What came first counts."
        shown.append(badges.label_badge("Conflict", "danger", title=title))
    if cdr.credit:
        shown.append(badges.label_badge("Credit", "warning", title="It takes another CDR back."))
    if cdr.is_reservation:
        title = "A reservation that never became a charge."
        shown.append(badges.label_badge("Reservation", "info", title=title))
    if cdr.home_charging_compensation:
        title = "At the driver's home, who gets the energy paid back."
        shown.append(badges.label_badge("Home", "info", title=title))
    if cdr.emsp_id is None:
        title = "Nobody can tell whose driver it was."
        shown.append(badges.label_badge("No provider", "warning", title=title))
    if cdr.forgotten_at is not None:
        shown.append(badges.label_badge("Driver forgotten", "default"))
    return format_html_join(" ", "{}", ((one,) for one in shown))
