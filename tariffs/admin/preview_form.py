"""What staff ask when they ask what a charge costs."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django import forms
from django.http import QueryDict

from parties.models import Party
from staff import theme
from tariffs.admin.offers import sellers
from tariffs.workshop.uses import Use, current_at

MOST_KWH, MOST_KW = 2000, 1000
MOST_MINUTES = 7 * 24 * 60
DEFAULT_KW = Decimal(11)
_NUMBER: dict[str, str] = {"inputmode": "decimal"}


def _amount(label: str, most: int, help_text: str = "", **options: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=0,
        max_value=most,
        max_digits=9,
        decimal_places=4,
        widget=theme.TextWidget(attrs=_NUMBER),
        help_text=help_text,
        **options,
    )


class PreviewForm(forms.Form):
    """At which power, when and where, beside what, sold by whom; and a charge of one's own.

    Every field may be missing. Times are local to ``zone``, which is cleaned to a ``ZoneInfo``; ``defaults`` are
    what counts where nothing is asked: ``zone`` (an IANA name), ``day`` and maybe ``seller``.
    """

    kw = forms.DecimalField(
        label="Power (kW)",
        required=False,
        min_value=Decimal("0.5"),
        max_value=MOST_KW,
        max_digits=9,
        decimal_places=4,
        widget=theme.TextWidget(attrs=_NUMBER),
        help_text="What the car takes on average: 11 for AC, 50 for DC.",
    )
    day = forms.DateField(
        label="From",
        required=False,
        widget=theme.TextWidget(attrs={"type": "date"}),
        help_text="The first weekday and Saturday from this day on.",
    )
    zone = forms.CharField(
        label="Time zone of the place",
        required=False,
        max_length=64,
        widget=theme.TextWidget,
        help_text="Such as Europe/Amsterdam.",
    )
    add = forms.CharField(
        label="Beside another tariff",
        required=False,
        max_length=300,
        widget=theme.TextWidget(attrs={"placeholder": "NL*ABC/T1"}),
        help_text="Owner and ID, or the beginning of an ID.",
    )
    seller = forms.ModelChoiceField(
        label="Sold on by",
        required=False,
        queryset=Party.objects.none(),
        widget=theme.SelectWidget,
        empty_label="nobody",
        help_text="Our eMSP whose mark-up comes on top of what a partner charges.",
    )
    start = forms.CharField(
        label="Begins",
        required=False,
        max_length=30,
        widget=theme.TextWidget(attrs={"type": "datetime-local"}),
        help_text="When charging begins, in the time of the place.",
    )
    kwh = _amount("Energy (kWh)", MOST_KWH)
    minutes = _amount("Minutes charging", MOST_MINUTES, "Empty: as long as it takes at this power.")
    parked = _amount("Minutes parked after that", MOST_MINUTES)
    amps = _amount("Current (A)", 5000, "The sum over all phases; empty: what the power comes to.")
    reserved = _amount("Minutes reserved before", MOST_MINUTES)

    settings = ("kw", "day", "zone", "seller", "add")
    own = ("start", "kwh", "minutes", "parked", "amps", "reserved")

    def __init__(self, asked: QueryDict, *, defaults: dict[str, Any]) -> None:
        given = asked.copy()
        usual = {"kw": DEFAULT_KW, **defaults}
        for name, value in usual.items():
            if not given.get(name) and (name != "seller" or name not in given):
                given[name] = str(value)
        super().__init__(given)
        field: Any = self.fields["seller"]
        field.queryset = sellers()

    @property
    def settings_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.settings]

    @property
    def own_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.own]

    def clean_zone(self) -> ZoneInfo:
        try:
            return ZoneInfo(self.cleaned_data["zone"])
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise forms.ValidationError("There is no such time zone.") from None

    def clean_start(self) -> datetime | None:
        """Local and without a zone, which another field says."""
        text = self.cleaned_data["start"]
        if not text:
            return None
        try:
            return datetime.fromisoformat(text).replace(tzinfo=None)
        except ValueError:
            raise forms.ValidationError("A day and a time are needed.") from None

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("start") and not (given.get("kwh") or given.get("minutes")):
            self.add_error("kwh", "Say how much energy, or how long.")
        return given

    def use(self) -> Use | None:
        """The charge of one's own, if one is asked for; call it when the form is valid."""
        given = self.cleaned_data
        kwh, minutes, power = given["kwh"], given["minutes"], given["kw"]
        if not (kwh or minutes):
            return None
        if not minutes:
            minutes = (kwh / power * 60).quantize(Decimal("0.0001"), ROUND_HALF_UP)
        elif kwh is None:
            kwh = (power * minutes / 60).quantize(Decimal("0.001"), ROUND_HALF_UP)
        else:
            power = _average(kwh, minutes, power)
        return Use(
            kwh,
            _span(minutes),
            _span(given["parked"]),
            _span(given["reserved"]),
            power,
            given["amps"] or current_at(power),
        )

    def begins(self) -> datetime:
        """When the charge of one's own begins; without a time at ten on the chosen day."""
        given = self.cleaned_data
        naive = given["start"] or datetime.combine(given["day"], datetime.min.time()).replace(
            hour=10
        )
        return naive.replace(tzinfo=given["zone"])


def _average(kwh: Decimal, minutes: Decimal, said: Decimal) -> Decimal:
    """The average power in kW; ``said`` where that agrees with it."""
    average = (kwh * 60 / minutes).quantize(Decimal("0.001"), ROUND_HALF_UP)
    return said if abs(average - said) <= said / 100 else average


def _span(minutes: Decimal | None) -> timedelta:
    return timedelta(microseconds=int((minutes or 0) * 60_000_000))
