"""The keys of meters that staff know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest

from parties.models import Party
from review.models import MeterKey
from review.services import meters
from staff import fragments, theme
from staff.requests import user_of

SHOWN = 16


if TYPE_CHECKING:
    _Form = forms.ModelForm[MeterKey]
else:
    _Form = forms.ModelForm


class MeterKeyForm(_Form):
    """What is known of a key; it is read when the form is checked, so that nothing unreadable is kept."""

    class Meta:
        model = MeterKey
        fields = [
            *("owner", "meter", "evse_id", "public_key", "curve"),
            *("used_from", "used_until", "note"),
        ]
        help_texts = {
            "meter": "As the meter writes it into its values. The serial number goes before the EVSE.",
            "evse_id": "Where the meter has no serial number in its values, such as DE*ABC*E123.",
            "public_key": "In hex, base64 or PEM.",
            "curve": "For a bare point only, such as secp256r1; other keys name theirs.",
            "used_from": "Empty: from always. A replaced meter has a key of its own from then on.",
            "used_until": "Empty: it is in use.",
        }

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors:
            try:
                meters.check(given_of(given))
            except meters.CannotKeep as problem:
                raise forms.ValidationError(str(problem)) from None
        return given


def given_of(cleaned: dict[str, Any]) -> meters.Given:
    return meters.Given(**{name: cleaned[name] for name in meters.Given._fields})


@theme.register(MeterKey)
class MeterKeyAdmin(theme.ModelAdmin[MeterKey]):
    """A list by CPO, and a form."""

    form = MeterKeyForm
    list_display = ["what", "owner_column", "key", "used", "added"]
    list_display_links = ["what"]
    list_select_related = ["owner"]
    list_before_template = "review/meter_keys_before.html"
    list_filter = [("owner", theme.AutocompleteSelectFilter)]
    search_fields = ["meter_key"]
    search_help_text = "Serial number of the meter, or EVSE ID"
    autocomplete_fields = ["owner"]
    ordering = ["-id"]
    sortable_by = ()
    actions = None

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[MeterKey], search_term: str
    ) -> tuple[QuerySet[MeterKey], bool]:
        key = meters.look_up_key(search_term)
        if key:
            queryset = queryset.filter(meter_key=key) | queryset.filter(evse_key=key)
        return queryset, False

    @theme.display(description="Key of")
    def what(self, key: MeterKey) -> str:
        return str(key)

    @theme.display(description="CPO")
    def owner_column(self, key: MeterKey) -> str:
        return str(key.owner)

    @theme.display(description="Key")
    def key(self, key: MeterKey) -> str:
        return fragments.identifier(key.public_key, shown=f"{key.curve} …{key.public_key[-SHOWN:]}")

    @theme.display(description="In use")
    def used(self, key: MeterKey) -> str:
        if not key.used_from and not key.used_until:
            return "Always"
        first, last = (f"{at:%Y-%m-%d}" if at else "" for at in (key.used_from, key.used_until))
        return f"{first or 'always'} to {last or 'now'}"

    @theme.display(description="Added")
    def added(self, key: MeterKey) -> str:
        return f"{key.added_at:%Y-%m-%d} by {key.added_by}"

    def save_model(self, request: HttpRequest, obj: MeterKey, form: _Form, change: bool) -> None:
        """Through the service, which reads the key and leaves an event."""
        kept = meters.keep(
            given_of(form.cleaned_data),
            actor=user_of(request),
            key=MeterKey.objects.get(pk=obj.pk) if change else None,
        )
        obj.pk, obj.meter, obj.evse_id = kept.pk, kept.meter, kept.evse_id

    def delete_model(self, request: HttpRequest, obj: MeterKey) -> None:
        meters.discard(obj, actor=user_of(request))
        messages.info(request, "CDRs are verified without it from now on.")

    def has_delete_permission(self, request: HttpRequest, obj: MeterKey | None = None) -> bool:
        """Whoever may change a key may take it away."""
        return request.user.has_perm("review.change_meterkey")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What the page of a CDR hands over; only what the form asks for."""
        given = super().get_changeform_initial_data(request)
        owner = str(given.get("owner", ""))
        if owner and not (owner.isdigit() and Party.objects.filter(pk=owner).exists()):
            given.pop("owner")
        return given
