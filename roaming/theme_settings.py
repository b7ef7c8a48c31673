"""How the staff pages look and what their navigation holds."""

from typing import Any

FORMAT_MODULE_PATH = ["staff.locale_formats"]

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Roaming portal",
    "SITE_HEADER": "Roaming portal",
    "SITE_URL": None,
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
}
