"""The parties behind hubs, with what the hub says of each and since when."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from exchange import cells
from exchange.admin import links
from hub.models import ClientInfo
from ocpi.ids import PartyId
from parties.choices import BADGES, HubStatus
from parties.models import ConnectionParty
from staff import badges, fragments, theme
from staff.links import page_url


@theme.register(ClientInfo)
class ClientInfoAdmin(theme.ReadOnlyAdmin[ClientInfo]):
    """Who can be reached through which hub."""

    list_display = ["party_column", "hub_column", "status_column", "since", "speaks", "heard"]
    list_display_links = None
    page_template = "hub/client.html"
    list_select_related = ["party", "connection"]
    list_before_template = "hub/list_before.html"
    list_per_page = 100
    sortable_by = ["since", "heard"]
    search_fields = ["party__party_id", "party__name"]
    search_help_text = "Party or name, such as DE*XYZ"
    list_filter = [
        ("connection", theme.AutocompleteSelectFilter),
        ("status", theme.ChoicesDropdownFilter),
        ("party__role", theme.ChoicesDropdownFilter),
    ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ClientInfo], search_term: str
    ) -> tuple[QuerySet[ClientInfo], bool]:
        """Also a whole party, ``DE*XYZ``."""
        try:
            party = PartyId.parse(search_term.strip())
        except ValueError:
            return super().get_search_results(request, queryset, search_term)
        named = Q(party__country_code=party.country_code, party__party_id=party.party_id)
        return queryset.filter(named), False

    @theme.display(description="Party")
    def party_column(self, client: ClientInfo) -> str:
        return cells.two_lines(fragments.link(page_url(client), client.party), client.party.name)

    @theme.display(description="Hub")
    def hub_column(self, client: ClientInfo) -> str:
        return links.partner(client.connection)

    @theme.display(description="Status", ordering="status")
    def status_column(self, client: ClientInfo) -> str:
        return status_badge(client)

    @theme.display(description="Since", ordering="status_since")
    def since(self, client: ClientInfo) -> str:
        return fragments.moment(client.unlisted_at or client.status_since)

    @theme.display(description="Through the hub")
    def speaks(self, client: ClientInfo) -> str:
        return standing(client)[0]

    @theme.display(description="Last told", ordering="heard_at")
    def heard(self, client: ClientInfo) -> str:
        return fragments.ago(client.heard_at)

    def page_title(self, client: ClientInfo) -> str:
        return f"{client.party} behind {client.connection}"

    def page_context(self, request: HttpRequest, client: ClientInfo) -> dict[str, Any]:
        """One party behind a hub."""
        word, sentence = standing(client)
        return {
            "client": client,
            "status": status_badge(client),
            "hub": links.partner(client.connection),
            "party": fragments.link(page_url(client.party), client.party),
            "word": word,
            "sentence": sentence,
        }


def status_badge(client: ClientInfo) -> str:
    """What the hub says of it, or that it says nothing any more."""
    if client.unlisted_at is not None:
        return badges.label_badge(
            "Not listed any more", "danger", title="The hub's complete list does not name it."
        )
    return badges.badge(client.status, HubStatus, BADGES)


def standing(client: ClientInfo) -> tuple[str, str]:
    """Whether it is spoken with through this hub: a word, and what to do about it."""
    if client.party.is_ours:
        return "Ours", "It is one of our own parties; the hub tells everybody who is behind it."
    row = ConnectionParty.objects.filter(
        connection=client.connection_id, party=client.party_id
    ).first()
    if row is None:
        return "Not yet", "Once the hub says that it is connected, it can be spoken with."
    if row.waits:
        return (
            "Waits for approval",
            "It became connected after the hub's first list. Approve it on the page of the connection.",
        )
    if row.refused:
        return (
            "Refused",
            "Staff refused it. The page of the connection has a button to change that.",
        )
    if not row.is_reachable:
        away = "Nothing is sent to it, and nothing waits. Once it is connected again, it is told what it missed."
        return "Away", away
    return "Reached", "Requests to it go through the hub."
