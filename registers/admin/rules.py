"""The form of the rules by which a register is run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from registers.models import Register, RegisterRules
from registers.running import services
from staff import fragments, theme
from staff.links import page_url
from staff.requests import user_of

if TYPE_CHECKING:
    _Form = forms.ModelForm[RegisterRules]
else:
    _Form = forms.ModelForm


class RulesForm(_Form):
    """The rules; a register can be run once it says of which countries it issues codes."""

    class Meta:
        model = RegisterRules
        fields = "__all__"
        widgets = {
            "reserved_codes": theme.TextWidget,
            "reminder_days": theme.TextWidget,
            "contact": theme.TextareaWidget(attrs={"rows": 3}),
        }

    def clean_register(self) -> Register:
        register: Register = self.cleaned_data["register"]
        if not register.jurisdictions:
            raise forms.ValidationError(
                "Its settings name no country. Say there first of which countries it issues codes."
            )
        return register

    def clean_reserved_codes(self) -> list[str]:
        return sorted(set(self.cleaned_data["reserved_codes"]))


@theme.register(RegisterRules)
class RegisterRulesAdmin(theme.ModelAdmin[RegisterRules]):
    """The registers that are run here, and the form of each one's rules."""

    form = RulesForm
    list_display = ["name_column", "is_open", "four_eyes", "term_months"]
    list_display_links = None
    list_select_related = ["register"]
    sortable_by = ()
    actions = None
    fieldsets = [
        (None, {"fields": ["register", "is_open", "contact"]}),
        (
            "Which codes",
            {"fields": ["one_holder", "refuse_confusable", "refuse_listed", "reserved_codes"]},
        ),
        ("Who decides", {"fields": ["four_eyes"]}),
        ("How long", {"fields": ["term_months", "reminder_days", "grace_days", "rest_months"]}),
        ("Fees", {"fields": ["fee_application", "fee_year", "fee_currency"]}),
    ]

    @theme.display(description="Register")
    def name_column(self, rules: RegisterRules) -> str:
        return fragments.link(page_url(rules), rules.register)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Rules stay with their register."""
        return ("register",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        """Through the service, which leaves an event."""
        if isinstance(obj, RegisterRules):
            services.set_rules(obj, actor=user_of(request))

    def response_add(
        self, request: HttpRequest, obj: RegisterRules, post_url_continue: str | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(page_url(obj.register))

    def response_change(self, request: HttpRequest, obj: RegisterRules) -> HttpResponse:
        return HttpResponseRedirect(page_url(obj.register))


def rules_url(register: Register) -> str:
    """The form of a register's rules, with which it begins to be run."""
    rules = RegisterRules.objects.filter(register=register).first()
    if rules is not None:
        return page_url(rules)
    address = reverse("admin:registers_registerrules_add")
    return f"{address}?{urlencode({'register': register.pk})}"
