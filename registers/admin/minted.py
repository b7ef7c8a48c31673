"""The IDs that our parties gave: their list, and those of a location on its page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from locations.documents import evse_search_key
from locations.models import Location
from ocpi.identifiers import ContractId
from parties.choices import Role
from registers.minting import assigning
from registers.minting.choices import MintedKind
from registers.minting.models import MintedId
from staff import fragments, theme
from staff.links import may_view, page_url

_SHOWN = 60


@theme.register(MintedId)
class MintedIdAdmin(theme.ReadOnlyAdmin[MintedId]):
    """A list; the page of one is that of what it was given to."""

    list_display = ["value_column", "kind_column", "party_column", "given", "when", "by"]
    list_display_links = None
    list_select_related = ["party"]
    list_before_template = "registers/minted_list_before.html"
    paginator = theme.UncountedPaginator
    sortable_by = ()
    search_fields = ["key"]
    search_help_text = "An ID in any spelling"
    list_filter = [
        ("party", theme.RelatedDropdownFilter),
        ("kind", theme.ChoicesDropdownFilter),
    ]

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        key = evse_search_key(search_term)
        contract = ContractId.find(search_term)
        keys = [key, contract.key] if contract else [key]
        return (queryset.filter(key__in=keys) if key else queryset), False

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """What it was given to."""
        target = _target(self.found(request, object_id))
        here = reverse("admin:registers_mintedid_changelist")
        return HttpResponseRedirect(target or here)

    @theme.display(description="ID")
    def value_column(self, minted: MintedId) -> str:
        return fragments.identifier(minted.value)

    @theme.display(description="Of")
    def kind_column(self, minted: MintedId) -> str:
        return str(minted.get_kind_display())

    @theme.display(description="Party")
    def party_column(self, minted: MintedId) -> str:
        return fragments.link(page_url(minted.party), minted.party)

    @theme.display(description="Given to")
    def given(self, minted: MintedId) -> str:
        url = page_url(minted) if _target_known(minted) else ""
        return fragments.link(url, minted.given_to) if url else minted.given_to

    @theme.display(description="When")
    def when(self, minted: MintedId) -> str:
        return fragments.moment(minted.at)


def _target_known(minted: MintedId) -> bool:
    return any((minted.evse_id, minted.token_id, minted.location_id))


def _target(minted: MintedId) -> str:
    target = minted.evse or minted.token or minted.location
    return page_url(target) if target else ""


def of_location(request: HttpRequest, location: Location) -> dict[str, Any] | None:
    """The pool and station IDs of a location of ours, and what has none yet."""
    owner = location.owner
    if not (owner.is_ours and owner.role == Role.CPO and may_view(request, MintedId)):
        return None
    kinds = (MintedKind.POOL, MintedKind.STATION)
    given = MintedId.objects.filter(location=location, kind__in=kinds).order_by("kind", "id")
    may_give = request.user.has_perm(assigning.PERMISSION)
    lines = [
        {
            "label": kind.label,
            "ids": [one for one in given if one.kind == kind],
            "url": assign_url(kind, location.pk) if may_give else "",
        }
        for kind in kinds
    ]
    bare = assigning.evses_without(owner).filter(location=location)[:_SHOWN]
    evses = [
        {"evse": one, "url": assign_url(MintedKind.EVSE, one.pk) if may_give else ""}
        for one in bare
    ]
    return {"lines": lines, "evses": evses}


def assign_url(kind: str, key: int) -> str:
    """The page that asks whether one thing gets an ID."""
    return reverse("admin:registers_idpattern_assign", args=[kind, key])
