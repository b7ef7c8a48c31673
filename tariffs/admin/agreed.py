"""Which tariff an agreement gives a partner: on the agreement's page, and in a list of all of them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils import timezone

from parties.models import Agreement
from staff import confirmed, filters, fragments, theme
from staff.confirmed import Confirmed
from staff.links import page_url
from staff.requests import user_of
from tariffs import services
from tariffs.admin.agreed_form import AgreedForm, initial_of, suggested
from tariffs.admin.agreed_section import ADD, CHANGE, period_words, state_badge
from tariffs.models import AgreedTariff
from tariffs.services.agreed import AgreedRefused, cpo_of


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
        form = AgreedForm(
            request.POST or None, cpo=cpo, initial=initial_of(agreed) if agreed else {}
        )
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
            "tariffs": suggested(cpo),
            "buttons": confirmed.buttons(self, [REMOVE], request, agreed) if agreed else [],
        }
        title = f"Agreed tariff {agreed}" if agreed else f"A tariff for {agreement}"
        return self.page(request, "tariffs/agreed_form.html", title, shown)
