"""What the staff pages of objects that parties own have in common, whatever the module."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.html import format_html

from parties.models import Party
from staff import badges, filters, theme
from staff.links import page_url

_Row = TypeVar("_Row", bound=Model)


class HostedFilter(filters.ConditionFilter):
    """Ours or partners'; of models with a column ``owner``."""

    title = "whose"
    parameter_name = "whose"
    conditions: ClassVar = {
        "ours": ("Ours", Q(owner__is_ours=True)),
        "theirs": ("Partners'", Q(owner__is_ours=False)),
    }


class OwnedAdmin(theme.ModelAdmin[_Row]):
    """A list that is searched by ``matching``, and objects that the log and deliveries can link to by name.

    The model has the columns ``owner`` and ``received_from``.
    """

    def matching(self, queryset: QuerySet[_Row], term: str) -> QuerySet[_Row]:
        """The objects that a text names: an id, a reference such as ``NL*ABC/LOC1``, …"""
        raise NotImplementedError

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[_Row], search_term: str
    ) -> tuple[QuerySet[_Row], bool]:
        term = search_term.strip()
        return (self.matching(queryset, term) if term else queryset), False

    def get_urls(self) -> list[URLPattern]:
        named = path(
            "named/<path:reference>/",
            self.admin_site.admin_view(self.named_view),
            name=f"{self.opts.app_label}_{self.opts.model_name}_named",
        )
        return [named, *super().get_urls()]

    def named_view(self, request: HttpRequest, reference: str) -> HttpResponse:
        """Where the exchange log and deliveries link to: ``NL*ABC/LOC1``."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.matching(self.model._default_manager.all(), reference).order_by("pk").first()
        if row is None:
            raise Http404
        return HttpResponseRedirect(page_url(row))

    def found(self, request: HttpRequest, object_id: object) -> _Row:
        """Whole, with its owner and the connection it came from: the list defers and joins otherwise."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        text = str(object_id)
        rows = self.model._default_manager.select_related("owner", "received_from")
        row = rows.filter(pk=text).first() if text.isascii() and text.isdigit() else None
        if row is None:
            raise Http404
        return row

    @theme.display(description="Owner")
    def owner_column(self, row: Any) -> str:
        return owner_words(row.owner)


def owner_words(owner: Party) -> str:
    """An owner's identity, with a badge where it is hosted here."""
    mark = badges.label_badge("Ours", "info") if owner.is_ours else ""
    return format_html('<span title="{}">{}</span> {}', owner.name or owner, owner.identity, mark)
