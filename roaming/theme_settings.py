"""How the staff pages look; what their navigation holds is in `roaming.navigation`."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static

FORMAT_MODULE_PATH = ["staff.locale_formats"]
AXES_ENABLE_ADMIN = False  # A locked account is unlocked on its user's page.
AXES_LOCKOUT_TEMPLATE = "staff/locked_out.html"

# A petrol blue, 600 of it with 5:1 contrast to white.
_PRIMARY = {
    "50": "oklch(97.6% .012 220)",
    "100": "oklch(94.6% .028 220)",
    "200": "oklch(89.8% .052 220)",
    "300": "oklch(82.4% .084 220)",
    "400": "oklch(73% .108 221)",
    "500": "oklch(61.5% .107 223)",
    "600": "oklch(50.8% .096 226)",
    "700": "oklch(44.2% .082 228)",
    "800": "oklch(38.4% .068 229)",
    "900": "oklch(33.6% .055 230)",
    "950": "oklch(25% .042 232)",
}


def _staff(name: str) -> Any:
    def address(request: HttpRequest) -> str:
        return static(f"staff/{name}")

    return address


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Roaming portal",
    "SITE_HEADER": "Roaming portal",
    "SITE_SYMBOL": "hub",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "sizes": "any", "href": _staff("icon.svg")}
    ],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "6px",
    "COLORS": {"primary": _PRIMARY},
    "STYLES": [_staff("staff.css")],
    "SCRIPTS": [_staff("staff.js")],
    "LOGIN": {"image": _staff("login.svg")},
    "ENVIRONMENT": "roaming.navigation.environment_label",
    "GLOBAL_CALLBACK": "roaming.navigation.on_every_page",
    "DASHBOARD_CALLBACK": "roaming.dashboard.context",
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "navigation": "roaming.navigation.sidebar",
    },
    "COMMAND": {"search_models": False, "search_callback": "roaming.search.results"},
}
