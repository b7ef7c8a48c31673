"""Which tariff an agreement gives a partner: on the agreement's page, and in a list of all of them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils import timezone

from exchange import agreement_sections
from exchange.agreement_sections import Section
from ocpi.ids import ci_key
from parties.models import Agreement, Party
from staff import badges, confirmed, filters, fragments, theme
from staff.confirmed import Confirmed
from staff.links import list_url, page_url
from staff.requests import user_of
from tariffs import services, words
from tariffs.models import AgreedTariff, Tariff
from tariffs.services.agreed import AgreedRefused, AgreedTerms, countries_of, cpo_of
from tariffs.workshop.fields import cell, moment_of_row

ADD, CHANGE = "tariffs.add_agreedtariff", "tariffs.change_agreedtariff"
SUGGESTED = 300
NOT_HERE = (
    "There is no tariff of this ID here. Check it, or say below that its owner has not sent it yet."
)


class AgreedForm(forms.Form):
    """A tariff of ``cpo``, and when and where it holds. :meth:`terms` is what a valid form says."""

    tariff_id = forms.CharField(
        label="Tariff ID", max_length=255, widget=cell(list="tariffs-of-cpo")
    )
    not_here_yet = forms.BooleanField(
        label="Its owner has not sent it yet",
        required=False,
        help_text="Then it counts as soon as it comes.",
    )
    valid_from = forms.DateTimeField(
        label="From",
        required=False,
        widget=cell(kind="datetime-local"),
        help_text="Charges that start from then on. Empty: since the agreement began.",
    )
    valid_until = forms.DateTimeField(
        label="Until",
        required=False,
        widget=cell(kind="datetime-local"),
        help_text="Charges that start before. Empty: until the agreement ends.",
    )
    countries = forms.CharField(
        label="Only in these countries",
        required=False,
        widget=cell(placeholder="DEU, NLD"),
        help_text="Where the location is; three letters each. Empty: everywhere.",
    )
    note = forms.CharField(label="Note", required=False, max_length=400, widget=cell())

    def __init__(self, *args: Any, cpo: Party, **kwargs: Any) -> None:
        self.cpo = cpo
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        text = given.get("tariff_id")
        if text and not given.get("not_here_yet"):
            # What is no ID at all, the service says.
            key = ci_key(text) if text.isascii() else text
            if not Tariff.objects.filter(owner=self.cpo, tariff_key=key, deleted_at=None).exists():
                self.add_error("tariff_id", NOT_HERE)
        return given

    def terms(self) -> AgreedTerms:
        given = self.cleaned_data
        return AgreedTerms(
            tariff_id=given["tariff_id"],
            valid_from=given["valid_from"],
            valid_until=given["valid_until"],
            countries=countries_of(re.findall(r"[^\s,;]+", given["countries"])),
            note=given["note"],
        )


def _remove(request: HttpRequest, agreed: AgreedTariff) -> str:
    goal = page_url(agreed.agreement)
    services.remove_agreed(agreed, actor=user_of(request))
    return goal


REMOVE = Confirmed(
    name="remove",
    label="Take out",
    permission=CHANGE,
    question="Take tariff {object} out of the agreement, as if it had never been in it?",
    explanation="Checks of charges of the past do not ask for it any more either. If it was agreed and is"
    " over now, say instead until when it held.",
    perform=_remove,
    done="The tariff is not part of the agreement any more.",
    dangerous=True,
    icon="delete",
)


class HoldsFilter(filters.ConditionFilter):
    title = "holds"
    parameter_name = "holds"
    conditions: ClassVar = {
        "now": ("Now", lambda: _not_over() & _begun()),
        "later": ("Later", lambda: _not_over() & Q(valid_from__gt=timezone.now())),
        "over": ("Not any more", lambda: ~_not_over()),
    }


def _begun() -> Q:
    return Q(valid_from=None) | Q(valid_from__lte=timezone.now())


def _not_over() -> Q:
    now = timezone.now()
    ended = Q(agreement__ended_at=None) | Q(agreement__ended_at__gt=now)
    return ended & (Q(valid_until=None) | Q(valid_until__gt=now))


@theme.register(AgreedTariff)
class AgreedTariffAdmin(theme.ModelAdmin[AgreedTariff]):
    """All agreed tariffs; each is added and changed from the page of its agreement."""

    list_display = ["tariff_column", "agreement_column", "where", "period", "state"]
    list_display_links = None
    list_select_related = ["agreement__ours", "agreement__theirs"]
    list_before_template = "tariffs/agreed_list_before.html"
    list_filter = [HoldsFilter]
    search_fields = ["tariff_key__startswith"]
    search_help_text = "The beginning of a tariff ID"
    sortable_by = ()
    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AgreedTariff], search_term: str
    ) -> tuple[QuerySet[AgreedTariff], bool]:
        return super().get_search_results(request, queryset, search_term.strip().upper())

    def get_urls(self) -> list[URLPattern]:
        return [*confirmed.urls(self, [REMOVE]), *super().get_urls()]

    @theme.display(description="Tariff")
    def tariff_column(self, agreed: AgreedTariff) -> str:
        return fragments.link(page_url(agreed), agreed.tariff_id)

    @theme.display(description="Agreement")
    def agreement_column(self, agreed: AgreedTariff) -> str:
        return fragments.link(page_url(agreed.agreement), agreed.agreement)

    @theme.display(description="Where")
    def where(self, agreed: AgreedTariff) -> str:
        return ", ".join(agreed.countries) or "Everywhere"

    @theme.display(description="Charges that start")
    def period(self, agreed: AgreedTariff) -> str:
        return period_words(agreed.valid_from, agreed.valid_until)

    @theme.display(description="State")
    def state(self, agreed: AgreedTariff) -> str:
        return state_badge(agreed)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Add a tariff to ``?agreement=``."""
        if not request.user.has_perm(ADD):
            raise PermissionDenied
        text = request.GET.get("agreement", "")
        rows = Agreement.objects.select_related("ours", "theirs").filter(ended_at=None)
        agreement = rows.filter(pk=text).first() if text.isascii() and text.isdigit() else None
        if agreement is None:
            messages.info(request, "Choose an agreement. On its page tariffs are added to it.")
            return HttpResponseRedirect(reverse("admin:parties_agreement_changelist"))
        return self._form_view(request, agreement, None)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Change when and where an agreed tariff holds."""
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied
        rows = AgreedTariff.objects.select_related("agreement__ours", "agreement__theirs")
        found = object_id.isascii() and object_id.isdigit()
        agreed = rows.filter(pk=object_id).first() if found else None
        if agreed is None:
            raise Http404
        return self._form_view(request, agreed.agreement, agreed)

    def _form_view(
        self, request: HttpRequest, agreement: Agreement, agreed: AgreedTariff | None
    ) -> HttpResponse:
        cpo = cpo_of(agreement)
        if cpo is None:
            messages.warning(request, "Exactly one side has to be a CPO: tariffs are a CPO's.")
            return HttpResponseRedirect(page_url(agreement))
        form = AgreedForm(request.POST or None, cpo=cpo, initial=_initial(agreed) if agreed else {})
        if request.method == "POST" and form.is_valid():
            try:
                services.save_agreed(agreement, form.terms(), agreed=agreed, actor=user_of(request))
            except AgreedRefused as refused:
                form.add_error(refused.field or None, str(refused))
            else:
                messages.success(request, "The agreement was saved.")
                return HttpResponseRedirect(page_url(agreement))
        shown = {
            "form": form,
            "agreement": agreement,
            "agreed": agreed,
            "cpo": cpo,
            "back": page_url(agreement),
            "tariffs": _suggested(cpo),
            "buttons": confirmed.buttons(self, [REMOVE], request, agreed) if agreed else [],
        }
        title = f"Agreed tariff {agreed}" if agreed else f"A tariff for {agreement}"
        return self.page(request, "tariffs/agreed_form.html", title, shown)


def _initial(agreed: AgreedTariff) -> dict[str, Any]:
    known = Tariff.objects.filter(
        owner__in=(agreed.agreement.ours_id, agreed.agreement.theirs_id),
        tariff_key=agreed.tariff_key,
        deleted_at=None,
    )
    return {
        "tariff_id": agreed.tariff_id,
        "not_here_yet": not known.exists(),
        "valid_from": moment_of_row(agreed.valid_from),
        "valid_until": moment_of_row(agreed.valid_until),
        "countries": ", ".join(agreed.countries),
        "note": agreed.note,
    }


def _suggested(cpo: Party) -> QuerySet[Tariff]:
    rows = Tariff.objects.filter(owner=cpo, deleted_at=None, vanished_at=None)
    return rows.order_by("-last_updated", "-id").only("tariff_id")[:SUGGESTED]


def period_words(begin: datetime | None, end: datetime | None) -> str:
    """From when until when, in the reader's time."""
    parts = [f"from {_local(begin)}"] if begin else []
    parts += [f"until {_local(end)}"] if end else []
    return " ".join(parts) or "at any time"


def _local(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def state_badge(agreed: AgreedTariff) -> str:
    """Whether it holds now."""
    now = timezone.now()
    ends = [at for at in (agreed.valid_until, agreed.agreement.ended_at) if at is not None]
    if any(at <= now for at in ends):
        return badges.label_badge("Over")
    if agreed.valid_from is not None and agreed.valid_from > now:
        return badges.label_badge("Later", "info")
    return badges.label_badge("Holds", "success")


def section(request: HttpRequest, agreement: Agreement) -> Section | None:
    """The panel of an agreement's page: which tariffs apply under it."""
    cpo = cpo_of(agreement)
    if cpo is None or not request.user.has_perm("tariffs.view_agreedtariff"):
        return None
    rows = list(agreement.agreed_tariffs.all())
    keys = [row.tariff_key for row in rows]
    known = {
        tariff.tariff_key: tariff
        for tariff in Tariff.objects.filter(owner=cpo, tariff_key__in=keys, deleted_at=None)
    }
    may_change = request.user.has_perm(CHANGE)
    shown = [
        {
            "row": row,
            "tariff": (found := known.get(row.tariff_key)),
            "tariff_url": page_url(found) if found else "",
            "price": words.price_line(found.document) if found else "",
            "period": period_words(row.valid_from, row.valid_until),
            "state": state_badge(row),
            "edit_url": page_url(row) if may_change else "",
        }
        for row in rows
    ]
    add = request.user.has_perm(ADD) and agreement.ended_at is None
    return Section(
        "tariffs/agreement_section.html",
        {
            "cpo": cpo,
            "rows": shown,
            "add_url": f"{reverse('admin:tariffs_agreedtariff_add')}?agreement={agreement.pk}"
            if add
            else "",
            "list_url": list_url(AgreedTariff),
        },
    )


agreement_sections.register(section)
