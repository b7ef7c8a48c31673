"""Quarantine: what could not be taken in, what is wrong with it, and what to do about it."""

from __future__ import annotations

from typing import Any

import orjson
from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import URLPattern, path, reverse

from exchange import cells
from exchange.admin import links, quarantine_bulk
from exchange.admin.filters import ObjectModuleFilter, ProblemFilter
from exchange.choices import BADGES, QuarantineState
from exchange.models import Quarantined
from exchange.places import Place
from exchange.quality import deviations, quarantine, retake
from ocpi.ids import PartyId
from staff import badges, confirmed, fragments, theme

PERMISSION = quarantine_bulk.PERMISSION


DROP = confirmed.Confirmed(
    name="drop",
    label="Drop",
    permission=PERMISSION,
    question="Drop {object}?",
    explanation="It will not be taken in. The original stays here, marked as dropped.",
    perform=lambda request, row: quarantine.drop(row, request.user),
    done="It was dropped.",
    dangerous=True,
    icon="delete",
    allowed=lambda row: row.state == QuarantineState.OPEN,
    refusals=(ValueError,),
)


class OriginalForm(forms.Form):
    """The object as text, to be corrected."""

    text = forms.CharField(
        label="The object",
        strip=False,
        max_length=2_000_000,
        widget=forms.Textarea(attrs={"class": "editor", "spellcheck": "false", "rows": 26}),
    )
    owner = forms.CharField(
        label="Owner",
        required=False,
        widget=theme.TextWidget(attrs={"placeholder": "NL*ABC"}),
        help_text="Only if the object names none, or a wrong one: whose it is.",
    )

    def clean_owner(self) -> PartyId | None:
        text = self.cleaned_data["owner"].strip()
        if not text:
            return None
        try:
            return PartyId.parse(text)
        except ValueError:
            raise forms.ValidationError("Write country and party like NL*ABC.") from None


@theme.register(Quarantined)
class QuarantinedAdmin(theme.ReadOnlyAdmin[Quarantined]):
    """A list of what waits for a decision, and a page to take it in or drop it."""

    list_display = ["object_column", "trouble", "origin", "state_column", "times", "last_seen"]
    list_display_links = None
    page_template = "exchange/quarantined.html"
    list_select_related = ["connection"]
    list_before_template = "exchange/quarantine_before.html"
    paginator = theme.UncountedPaginator
    sortable_by = ()
    search_fields = ["object_reference", "source"]
    search_help_text = "Object or source"
    list_filter = [
        ("state", theme.ChoicesDropdownFilter),
        ("connection", theme.AutocompleteSelectFilter),
        ObjectModuleFilter,
        ProblemFilter,
    ]

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("try-again/", wrap(self.try_again_view), name="exchange_quarantined_try_again"),
            path(
                "<int:row_id>/take-in/",
                wrap(self.take_in_view),
                name="exchange_quarantined_take_in",
            ),
            path("<int:row_id>/check/", wrap(self.check_view), name="exchange_quarantined_check"),
            *confirmed.urls(self, [DROP]),
            *super().get_urls(),
        ]

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """The pages of a job and of data quality link to what is here."""
        linked = {"job__id__exact", "connection__isnull"}
        return lookup in linked or super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, with the way to try all again for those who may."""
        url = reverse("admin:exchange_quarantined_try_again")
        query = request.META.get("QUERY_STRING", "")
        shown = {
            "try_again_url": f"{url}?{query}" if request.user.has_perm(PERMISSION) else "",
            **(extra_context or {}),
        }
        return super().changelist_view(request, shown)

    def try_again_view(self, request: HttpRequest) -> HttpResponse:
        return quarantine_bulk.view(self, request)

    @theme.display(description="Object")
    def object_column(self, row: Quarantined) -> str:
        url = reverse("admin:exchange_quarantined_change", args=[row.pk])
        return fragments.link(url, row)

    @theme.display(description="What is wrong")
    def trouble(self, row: Quarantined) -> str:
        first = row.problems[0] if row.problems else {}
        what = first.get("message") or deviations.sentence(first.get("code", ""))
        more = f"and {len(row.problems) - 1} more" if len(row.problems) > 1 else ""
        return cells.two_lines(f"{first.get('path', '')}: {what}".lstrip(": "), more)

    @theme.display(description="From")
    def origin(self, row: Quarantined) -> str:
        return links.partner(row.connection) if row.connection else row.source

    @theme.display(description="State")
    def state_column(self, row: Quarantined) -> str:
        return badges.badge(row.state, QuarantineState, BADGES)

    @theme.display(description="Seen")
    def times(self, row: Quarantined) -> str:
        return "once" if row.times_seen == 1 else f"{row.times_seen} times"

    @theme.display(description="Last seen")
    def last_seen(self, row: Quarantined) -> str:
        return fragments.ago(row.last_seen_at)

    def page_context(self, request: HttpRequest, row: Quarantined) -> dict[str, Any]:
        """One object: the problems, the original, and the text to correct."""
        return self._shown(request, row, OriginalForm(initial={"text": _text(row)}))

    def take_in_view(self, request: HttpRequest, row_id: int) -> HttpResponse:
        """Try to take the corrected text in; on failure the same page with the problems of the new text."""
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        row = self.found(request, row_id)
        home = reverse("admin:exchange_quarantined_change", args=[row.pk])
        if request.method != "POST":
            return HttpResponseRedirect(home)
        form = OriginalForm(request.POST)
        if form.is_valid():
            values = form.cleaned_data
            try:
                retake.take_in(row, values["text"].encode(), request.user, owner=values["owner"])
            except retake.StillRejected as refused:
                for problem in refused.problems:
                    form.add_error("text", f"{problem['path']}: {problem['message']}".lstrip(": "))
            except ValueError as problem:
                form.add_error("text", str(problem))
            else:
                messages.success(request, "It was taken in.")
                return HttpResponseRedirect(home)
        return self.page(request, self.page_template, str(row), self._shown(request, row, form))

    def check_view(self, request: HttpRequest, row_id: int) -> JsonResponse:
        """What would be wrong with the text as it stands (POST); nothing is written."""
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        row = self.found(request, row_id)
        form = OriginalForm(request.POST)
        if not form.is_valid():
            return JsonResponse({"problems": [_of_form(form)]})
        text, owner = form.cleaned_data["text"].encode(), form.cleaned_data["owner"]
        return JsonResponse({"problems": retake.check(row, text, owner)})

    def _shown(self, request: HttpRequest, row: Quarantined, form: forms.Form) -> dict[str, Any]:
        is_open = row.state == QuarantineState.OPEN
        place = Place.read(row.place)
        return {
            "row": row,
            "state": badges.badge(row.state, QuarantineState, BADGES),
            "module": links.module_label(row.module),
            "place": place,
            "place_object": links.object_link(row.module, place.reference) if place else "",
            "origin": links.partner(row.connection) if row.connection else row.source,
            "original": row,
            "raw": quarantine.original(row),
            "form": form,
            "may_take_in": is_open and request.user.has_perm(PERMISSION),
            "buttons": confirmed.buttons(self, [DROP], request, row),
        }


def _of_form(form: forms.Form) -> dict[str, str]:
    messages_of = [message for found in form.errors.values() for message in found]
    return {"code": "form", "path": "", "message": " ".join(map(str, messages_of)), "value": ""}


def _text(row: Quarantined) -> str:
    """The original, indented where it is JSON."""
    raw = quarantine.original(row)
    try:
        return orjson.dumps(orjson.loads(raw), option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        return raw.decode(errors="replace")
