"""What every staff page shows around its content: the sidebar, the environment, warnings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse, reverse_lazy

from settlement.admin import dashboard as finance
from staff.links import list_url, may_view

from . import simulator_pages


@dataclass(frozen=True)
class Entry:
    """A link to the list of ``model`` (``app.Model``), there for those who may view it."""

    title: str
    icon: str
    model: str


SIDEBAR: list[tuple[str, list[Entry]]] = [
    (
        "Partners",
        [
            Entry("Connections", "hub", "parties.Connection"),
            Entry("Parties", "badge", "parties.Party"),
            Entry("Parties behind hubs", "device_hub", "hub.ClientInfo"),
            Entry("Agreements", "contract", "parties.Agreement"),
            Entry("Handshakes", "handshake", "credentials.Handshake"),
        ],
    ),
    (
        "Traffic",
        [
            Entry("Needs attention", "notification_important", "exchange.DetectorLimit"),
            Entry("Exchanges", "swap_horiz", "exchange.Exchange"),
            Entry("Deliveries", "outbox", "exchange.Delivery"),
            Entry("Comparisons", "difference", "exchange.Comparison"),
            Entry("Data from partners", "cloud_download", "exchange.PullState"),
            Entry("Data quality", "fact_check", "exchange.WarningCount"),
            Entry("Quarantine", "gpp_maybe", "exchange.Quarantined"),
        ],
    ),
    (
        "Charging network",
        [
            Entry("Locations", "location_on", "locations.Location"),
            Entry("EVSEs", "ev_station", "locations.EVSE"),
            Entry("Tariffs", "sell", "tariffs.Tariff"),
            Entry("Tariff drafts", "edit_note", "tariffs.TariffDraft"),
            Entry("Selling rules", "price_change", "tariffs.SellingRule"),
        ],
    ),
    (
        "Drivers",
        [
            Entry("Tokens", "credit_card", "tokens.Token"),
        ],
    ),
    (
        "Charging",
        [
            Entry("Sessions", "battery_charging_full", "charging.Session"),
            Entry("Authorizations", "contactless", "tokens.Authorization"),
            Entry("Commands", "send", "charging.Command"),
            Entry("CDRs", "receipt_long", "cdrs.CDR"),
        ],
    ),
    (
        "Registers",
        [
            Entry("Registers", "menu_book", "registers.Register"),
            Entry("Listed codes", "fingerprint", "registers.RegisterEntry"),
            Entry("Readings", "history_edu", "registers.RegisterImport"),
            Entry("Applications", "assignment", "registers.Application"),
            Entry("Issued codes", "verified", "registers.IssuedCode"),
            Entry("Organisations", "domain", "registers.Organisation"),
            Entry("IDs of our parties", "tag", "registers.IdPattern"),
            Entry("IDs given", "label", "registers.MintedId"),
            Entry("Audit of IDs", "rule", "registers.AuditRun"),
        ],
    ),
    (
        "Finance",
        [
            Entry("Review of CDRs", "fact_check", "review.CDRReview"),
            Entry("Missing CDRs", "running_with_errors", "review.MissingCDR"),
            Entry("Disputes", "balance", "review.Dispute"),
            Entry("Statements", "request_quote", "settlement.Statement"),
            Entry("Invoices", "inventory", "settlement.InvoiceRecord"),
            Entry("Decisions", "history_edu", "review.ReviewDecision"),
            Entry("Checks of CDRs", "rule", "review.CheckSetting"),
            Entry("Settlement terms", "gavel", "settlement.SettlementTerms"),
            Entry("Keys of meters", "key", "review.MeterKey"),
        ],
    ),
    (
        "Administration",
        [
            Entry("Jobs", "pending_actions", "exchange.Job"),
            Entry("Events", "history", "parties.Event"),
            Entry("Users", "person", "auth.User"),
            Entry("Groups", "group", "auth.Group"),
        ],
    ),
]


SIMULATED_PARTNER = {
    "title": "Simulated partner",
    "icon": "science",
    "link": reverse_lazy(simulator_pages.URL_NAME),
}


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The navigation with what this user may see; groups that are empty for them are left out."""
    dashboard = {"title": "Overview", "icon": "dashboard", "link": reverse("admin:index")}
    groups: list[dict[str, Any]] = [{"items": [dashboard]}]
    for title, entries in SIDEBAR:
        items = [_item(entry) for entry in entries if _visible(request, entry)]
        if title == "Finance" and finance.may_look(request):
            items.insert(0, finance.NAVIGATION)
        if items:
            groups.append({"title": title, "items": items})
    if simulator_pages.may_steer(request):
        groups.append({"title": "Demo", "items": [SIMULATED_PARTNER]})
    return groups


def _visible(request: HttpRequest, entry: Entry) -> bool:
    try:
        model = apps.get_model(entry.model)
    except LookupError:
        return False
    return may_view(request, model)


def _item(entry: Entry) -> dict[str, Any]:
    link = list_url(apps.get_model(entry.model))
    return {"title": entry.title, "icon": entry.icon, "link": link}


def environment_label(request: HttpRequest) -> list[str] | None:
    """What this instance is for, at the top of every page: so that nobody mistakes one for another."""
    if settings.DEMO:
        return ["Demo", "info"]
    if settings.BASE_URL.startswith("https://"):
        return None
    return ["Local", "warning"]


def on_every_page(request: HttpRequest) -> dict[str, Any]:
    return {
        "private_addresses_allowed": settings.ALLOW_PRIVATE_ADDRESSES,
        "simulated_fault": simulator_pages.banner(request),
    }
