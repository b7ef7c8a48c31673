"""How we sell theirs: the rules, in plain words and with an example worked out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from exchange.admin.owned import owner_words
from ocpi.currencies import money
from parties.models import Event
from staff import badges, filters, fragments, theme
from staff.links import list_url, page_url
from staff.requests import user_of
from tariffs import services
from tariffs.admin.agreed_section import period_words
from tariffs.admin.selling_form import (
    EXAMPLE_BOUGHT,
    EXAMPLE_ENERGY,
    SellingForm,
    initial_of,
)
from tariffs.models import SellingRule
from tariffs.selling import Rule, in_words, sell, signed
from tariffs.services.selling import SellingRefused, subject
from tariffs.workshop.fields import number_text

ADD, CHANGE = "tariffs.add_sellingrule", "tariffs.change_sellingrule"


class InUseFilter(filters.ConditionFilter):
    title = "in use"
    parameter_name = "use"
    conditions: ClassVar = {
        "yes": ("In use", Q(is_enabled=True)),
        "no": ("Not in use", Q(is_enabled=False)),
    }


@theme.register(SellingRule)
class SellingRuleAdmin(theme.ModelAdmin[SellingRule]):
    """What we add to charges that we buy, the most specific rule for each."""

    list_display = ["what", "from_whom", "where", "currency", "does", "period", "state"]
    list_display_links = None
    list_select_related = ["seller", "partner"]
    list_before_template = "tariffs/selling_list_before.html"
    list_filter = [InUseFilter]
    sortable_by = ()
    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @theme.display(description="Sold by")
    def what(self, rule: SellingRule) -> str:
        return fragments.link(page_url(rule), rule.seller.identity)

    @theme.display(description="Bought from")
    def from_whom(self, rule: SellingRule) -> str:
        return owner_words(rule.partner) if rule.partner else "Everyone else"

    @theme.display(description="Where")
    def where(self, rule: SellingRule) -> str:
        return rule.country or "Everywhere"

    @theme.display(description="What it does")
    def does(self, rule: SellingRule) -> str:
        return in_words(rule.rule)

    @theme.display(description="Charges that start")
    def period(self, rule: SellingRule) -> str:
        return period_words(rule.valid_from, rule.valid_until)

    @theme.display(description="In use")
    def state(self, rule: SellingRule) -> str:
        return (
            badges.label_badge("In use", "success")
            if rule.is_enabled
            else badges.label_badge("Not in use")
        )

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A new rule."""
        if not request.user.has_perm(ADD):
            raise PermissionDenied
        return self._form_view(request, SellingRule())

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A rule with its example; those who may, change it."""
        return self._form_view(request, self.found(request, object_id))

    def _form_view(self, request: HttpRequest, rule: SellingRule) -> HttpResponse:
        may_change = request.user.has_perm(CHANGE if rule.pk else ADD)
        if request.method == "POST" and not may_change:
            raise PermissionDenied
        form = SellingForm(request.POST or None, initial=initial_of(rule))
        shown = rule.rule if rule.pk else None
        bought, energy = EXAMPLE_BOUGHT, EXAMPLE_ENERGY
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            shown = (written := form.apply(rule)).rule
            bought = bought if given["bought"] is None else given["bought"]
            energy = energy if given["energy"] is None else given["energy"]
            if self._saved(request, form, written):
                messages.success(request, "The rule was saved.")
                return HttpResponseRedirect(page_url(written))
        return self.page(
            request,
            "tariffs/selling_form.html",
            str(rule) if rule.pk else "New selling rule",
            {
                "form": form,
                "rule": rule,
                "may_change": may_change,
                "example": example(shown, bought, energy) if shown else None,
                "back": list_url(SellingRule),
                "events": Event.objects.filter(subject=subject(rule))[:15] if rule.pk else [],
            },
        )

    def _saved(self, request: HttpRequest, form: SellingForm, rule: SellingRule) -> bool:
        if "save" not in request.POST:
            return False
        try:
            services.save_rule(rule, actor=user_of(request))
        except SellingRefused as refused:
            form.add_error(refused.field or None, str(refused))
            return False
        return True


def example(rule: Rule, bought: Decimal, energy: Decimal) -> dict[str, Any]:
    """What a charge is sold for, in a sentence and step by step."""
    currency = rule.currency
    sold = sell(bought, energy, rule)
    kilowatt_hours = number_text(energy)
    return {
        "sentence": f"A charge bought at {money(bought, currency)} with {kilowatt_hours} kWh is sold at"
        f" {money(sold.before_taxes, currency)}, before tax.",
        "rule": in_words(rule),
        "steps": [
            {
                "words": step.words,
                "added": signed(step.added, currency),
                "total": money(step.total, currency),
            }
            for step in sold.steps
        ],
    }
