"""IDs of our parties: what has none, how IDs are made, and giving them, one at a time or all."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from exchange.models import Job
from locations.models import EVSE, Location
from parties.models import Party
from registers.admin.minted import assign_url
from registers.minting import assigning, services
from registers.minting.choices import KINDS, MintedKind
from registers.minting.models import IdPattern, MintedId
from registers.minting.patterns import BadPattern, Called, Pattern
from staff import confirmed, theme
from staff.links import list_url, may_view, page_url
from staff.requests import user_of
from tokens.models import Token

_PREVIEWED = 5
_MODELS: dict[str, type[Model]] = {
    MintedKind.EVSE: EVSE,
    MintedKind.POOL: Location,
    MintedKind.STATION: Location,
    MintedKind.CONTRACT: Token,
}


def _explained(row: IdPattern) -> str:
    missing = assigning.without(row.party, row.kind)
    return (
        f"{missing.count():,} have none. The next would be {_next(row)}. What has an ID keeps it."
        " Partners are told as of any other edit."
    )


def _start(request: HttpRequest, row: IdPattern) -> str:
    job = assigning.start(row.party, row.kind, actor=user_of(request))
    return page_url(job) if may_view(request, Job) else ""


ASSIGN_ALL = confirmed.Confirmed(
    name="assign-all",
    label="Assign to all that have none",
    permission=assigning.PERMISSION,
    question="Give {object} to everything that has none?",
    explanation=_explained,
    perform=_start,
    done="It has begun; the job shows how far it is.",
    icon="done_all",
    allowed=lambda row: assigning.without(row.party, row.kind).exists(),
)


class PatternForm(forms.Form):
    """How IDs of one kind are made."""

    pattern = forms.CharField(
        label="Pattern",
        max_length=60,
        widget=theme.TextWidget(attrs={"autofocus": True}),
        help_text="Fixed letters and digits, {number:6} for a number of six digits, {location} for the location's"
        " ID, {uid} for the EVSE's UID. EVSEs begin with E, pools with P, stations with S, and have up to 31"
        " characters after it. A contract has 8 characters after its C.",
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind

    def clean_pattern(self) -> str:
        text: str = self.cleaned_data["pattern"]
        try:
            Pattern.parse(text, self.kind)
        except BadPattern as wrong:
            raise ValidationError(str(wrong)) from wrong
        return text


@theme.register(IdPattern)
class IdPatternAdmin(theme.ReadOnlyAdmin[IdPattern]):
    """One page for all of our parties."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path(
                "assign/<str:kind>/<int:key>/",
                wrap(self.assign_view),
                name="registers_idpattern_assign",
            ),
            path(
                "<int:object_id>/pattern/",
                wrap(self.pattern_view),
                name="registers_idpattern_pattern",
            ),
            *confirmed.urls(self, [ASSIGN_ALL]),
            *super().get_urls(),
        ]

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """All are on one page."""
        return HttpResponseRedirect(list_url(IdPattern))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        parties = Party.objects.ours().filter(role__in=list(KINDS))
        may_change = request.user.has_perm(assigning.PERMISSION)
        shown = {
            "parties": [
                {
                    "party": party,
                    "url": page_url(party),
                    "kinds": [self._line(request, party, kind) for kind in KINDS[party.role]],
                }
                for party in parties
            ],
            "may_change": may_change,
        }
        return self.page(request, "registers/minting.html", "IDs of our parties", shown)

    def _line(self, request: HttpRequest, party: Party, kind: MintedKind) -> dict[str, Any]:
        row = services.pattern_of(party, kind)
        missing = assigning.without(party, kind)
        number = missing.count()
        return {
            "label": kind.label,
            "missing": number,
            "none_here": not number and not assigning.has_any(party, kind),
            "missing_url": _missing_url(party, kind),
            "some": [
                {"name": assigning.recipient(kind, one).label, "url": assign_url(kind, one.pk)}
                for one in missing.select_related(*_OWNERS[kind])[:_PREVIEWED]
            ],
            "pattern": row.pattern,
            "next": _next(row),
            "given_url": list_url(MintedId, party__id__exact=party.pk, kind__exact=kind.value),
            "pattern_url": reverse("admin:registers_idpattern_pattern", args=[row.pk]),
            "buttons": confirmed.buttons(self, [ASSIGN_ALL], request, row),
        }

    def pattern_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """How IDs of one kind are made from now on."""
        row = self.found(request, object_id)
        if not request.user.has_perm(assigning.PERMISSION):
            raise PermissionDenied
        form = PatternForm(request.POST or None, kind=row.kind, initial={"pattern": row.pattern})
        if request.method == "POST" and form.is_valid():
            services.set_pattern(row, form.cleaned_data["pattern"], actor=user_of(request))
            row.refresh_from_db()
            messages.success(request, f"The next {row.get_kind_display()} ID is {_next(row)}.")
            return HttpResponseRedirect(list_url(IdPattern))
        shown = {
            "form": form,
            "submit_label": "Save",
            "introduction": f"The next is {_next(row)}. IDs that were given stay as they are.",
            "back": list_url(IdPattern),
        }
        return self.page(request, "staff/form.html", f"Pattern of the {row}", shown)

    def assign_view(self, request: HttpRequest, kind: str, key: int) -> HttpResponse:
        """Ask whether one thing gets an ID; give it on POST."""
        if not request.user.has_perm(assigning.PERMISSION):
            raise PermissionDenied
        if kind not in MintedKind.values:
            raise Http404
        rows: Any = _MODELS[kind]._default_manager.select_related(*_OWNERS[kind])
        thing = rows.filter(pk=key).first()
        if thing is None:
            raise Http404
        party = thing.location.owner if isinstance(thing, EVSE) else thing.owner
        try:
            if request.method == "POST":
                made = assigning.assign(party, kind, [key], actor=user_of(request))
                said = f"It has the ID {made[0]} now." if made else "It has an ID already."
                messages.success(request, said)
                return HttpResponseRedirect(page_url(thing))
            (value,) = services.preview(party, kind, [assigning.recipient(kind, thing)])
        except assigning.REFUSALS as refused:
            messages.error(request, str(refused))
            return HttpResponseRedirect(page_url(thing))
        shown = {
            "form": forms.Form(),
            "submit_label": "Give it this ID",
            "introduction": f"{assigning.recipient(kind, thing).label} gets {value}, or the next one that is free."
            " If it has an ID already, nothing is done. Partners are told as of any other edit.",
            "back": page_url(thing),
        }
        return self.page(request, "staff/form.html", f"Give a {MintedKind(kind).label} ID", shown)


_OWNERS: dict[str, tuple[str, ...]] = {
    MintedKind.EVSE: ("location__owner",),
    MintedKind.POOL: ("owner",),
    MintedKind.STATION: ("owner",),
    MintedKind.CONTRACT: ("owner",),
}


def _missing_url(party: Party, kind: MintedKind) -> str:
    """The list of exactly what has none; empty for places, whose list does not know IDs of pools and stations."""
    if kind == MintedKind.EVSE:
        return list_url(EVSE, location__owner__id__exact=party.pk, has_id="no")
    if kind == MintedKind.CONTRACT:
        return list_url(Token, owner__id__exact=party.pk, look="no_contract")
    return ""


def _next(row: IdPattern) -> str:
    """The IDs that the next things would get; with the names of places in a pattern, of the first without one."""
    first = list(
        assigning.without(row.party, row.kind).select_related(*_OWNERS[row.kind])[:_PREVIEWED]
    )
    things = [assigning.recipient(row.kind, one) for one in first]
    example = services.Recipient("", Called("LOC1", "1"))
    try:
        return ", ".join(services.preview(row.party, row.kind, things or [example]))
    except assigning.REFUSALS as refused:
        return f"none: {refused}"
