"""Forms for locations and EVSEs of ours; each knows the document it stands for."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms

from locations.admin.typed_ids import check_evse_id
from locations.choices import Status
from locations.words import FORMATS, PLUGS, POWER_TYPES
from ocpi.countries import ALPHA_3
from parties.choices import Role
from parties.models import Party
from staff import theme

KEEP, ALWAYS, DAILY, UNSAID = "keep", "always", "daily", "unsaid"
OPENING = [(ALWAYS, "Always open"), (DAILY, "The same hours every day"), (UNSAID, "Not said")]
CAPABILITIES = [
    ("RFID_READER", "Charge cards (RFID)"),
    ("REMOTE_START_STOP_CAPABLE", "Start and stop from an app"),
    ("RESERVABLE", "Can be reserved"),
    ("UNLOCK_CAPABLE", "Cable can be unlocked remotely"),
    ("CONTACTLESS_CARD_SUPPORT", "Contactless bank cards"),
    ("CHARGING_PROFILE_CAPABLE", "Smart charging"),
]


def _text(
    label: str, length: int, *, required: bool = True, help_text: str = ""
) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=length,
        required=required,
        help_text=help_text,
        widget=theme.TextWidget,
    )


def _zones() -> list[tuple[str, str]]:
    return [(name, name) for name in sorted(zoneinfo.available_timezones()) if "/" in name]


def _time(label: str) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        required=False,
        widget=theme.TextWidget(attrs={"placeholder": "07:00"}),
        input_formats=["%H:%M"],
        error_messages={"invalid": "Write the time like 07:00."},
    )


class LocationForm(forms.Form):
    """A location of ours. :meth:`apply` lays what was entered over the document it began from."""

    name = _text("Name", 255, required=False, help_text="What drivers see.")
    address = _text("Street and number", 255)
    postal_code = _text("Postal code", 10, required=False)
    city = _text("City", 45)
    country = forms.ChoiceField(
        choices=sorted((code, code) for code in ALPHA_3.values()), widget=theme.SelectWidget
    )
    latitude = forms.DecimalField(
        min_value=-90,
        max_value=90,
        decimal_places=7,
        widget=theme.TextWidget(attrs={"placeholder": "52.370216", "data-latitude": ""}),
        help_text="Degrees, such as 52.370216. Or click on the map.",
    )
    longitude = forms.DecimalField(
        min_value=-180,
        max_value=180,
        decimal_places=7,
        widget=theme.TextWidget(attrs={"placeholder": "4.895168", "data-longitude": ""}),
        help_text="Degrees, such as 4.895168.",
    )
    time_zone = forms.ChoiceField(
        choices=_zones, widget=theme.SelectWidget, initial="Europe/Amsterdam"
    )
    opening = forms.ChoiceField(
        label="Opening times", choices=OPENING, widget=theme.SelectWidget, initial=ALWAYS
    )
    opens = _time("Opens at")
    closes = _time("Closes at")
    publish = forms.BooleanField(
        label="Published",
        required=False,
        initial=True,
        widget=theme.SwitchWidget,
        help_text="Partners get the location. Taking this away withdraws it from all of them.",
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, document: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> None:
        self.document = dict(document or {})
        kwargs.setdefault("initial", {}).update(_location_initial(self.document))
        super().__init__(*args, **kwargs)
        if self.initial.get("opening") == KEEP:
            field = self.fields["opening"]
            field.choices = [(KEEP, "As it is: differs by day"), *OPENING]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("opening") == DAILY:
            begin, end = values.get("opens"), values.get("closes")
            if begin is None:
                self.add_error("opens", "Say when it opens.")
            if end is None:
                self.add_error("closes", "Say when it closes.")
            if begin and end and end <= begin:
                self.add_error("closes", "It closes before it opens.")
        return values

    def apply(self) -> dict[str, Any]:
        """The whole document as it should be now."""
        values, document = self.cleaned_data, dict(self.document)
        for name in ("name", "address", "postal_code", "city", "country", "time_zone"):
            document[name] = values[name] or None
        document["publish"] = values["publish"]
        document["coordinates"] = {
            "latitude": _degrees(values["latitude"]),
            "longitude": _degrees(values["longitude"]),
        }
        match values["opening"]:
            case "always":
                document["opening_times"] = _kept_exceptions(document, {"twentyfourseven": True})
            case "daily":
                document["opening_times"] = _kept_exceptions(document, _daily(values))
            case "unsaid":
                document.pop("opening_times", None)
        return {name: value for name, value in document.items() if value is not None}


class NewLocationForm(LocationForm):
    owner = forms.ModelChoiceField(
        queryset=Party.objects.filter(is_ours=True, role=Role.CPO),
        widget=theme.SelectWidget,
        empty_label=None,
        help_text="Which of our parties operates it.",
    )
    location_id = _text(
        "Location ID", 36, help_text="Cannot be changed later. Letters, digits and - _ * are safe."
    )
    field_order = ["owner", "location_id"]

    def apply(self) -> dict[str, Any]:
        return {**super().apply(), "id": self.cleaned_data["location_id"]}


def _degrees(value: Any) -> str:
    """OCPI wants between five and seven decimals."""
    whole, _, decimals = f"{value:.7f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(5, '0')}"


def _daily(values: Mapping[str, Any]) -> dict[str, Any]:
    hours = {
        "period_begin": f"{values['opens']:%H:%M}",
        "period_end": f"{values['closes']:%H:%M}",
    }
    return {
        "twentyfourseven": False,
        "regular_hours": [{"weekday": day, **hours} for day in range(1, 8)],
    }


def _kept_exceptions(document: Mapping[str, Any], hours: dict[str, Any]) -> dict[str, Any]:
    before = document.get("opening_times") or {}
    kept = ("exceptional_openings", "exceptional_closings")
    return {**hours, **{name: before[name] for name in kept if before.get(name)}}


def _location_initial(document: Mapping[str, Any]) -> dict[str, Any]:
    if not document:
        return {}
    coordinates = document.get("coordinates") or {}
    names = ("name", "address", "postal_code", "city", "country", "time_zone", "publish")
    return {
        **{name: document.get(name) for name in names},
        "latitude": coordinates.get("latitude"),
        "longitude": coordinates.get("longitude"),
        **_opening_initial(document.get("opening_times")),
    }


def _opening_initial(times: Mapping[str, Any] | None) -> dict[str, Any]:
    if not times:
        return {"opening": UNSAID}
    if times.get("twentyfourseven"):
        return {"opening": ALWAYS}
    hours = times.get("regular_hours") or []
    periods = {(entry["period_begin"], entry["period_end"]) for entry in hours}
    if len(hours) == 7 and len(periods) == 1:
        begin, end = periods.pop()
        return {"opening": DAILY, "opens": begin, "closes": end}
    return {"opening": KEEP}


class EVSEForm(forms.Form):
    """An EVSE of ours, without its connectors."""

    uid = _text("UID", 36, help_text="Its name between systems. Cannot be changed later.")
    evse_id = _text(
        "EVSE ID", 48, required=False, help_text="What drivers and contracts use: NL*ABC*E123."
    )
    status = forms.ChoiceField(
        choices=[choice for choice in Status.choices if choice[0] != Status.REMOVED],
        widget=theme.SelectWidget,
        initial=Status.AVAILABLE,
    )
    physical_reference = _text(
        "Written on it", 16, required=False, help_text="The number that drivers read on site."
    )
    floor_level = _text("Floor", 4, required=False)
    capabilities = forms.MultipleChoiceField(
        choices=CAPABILITIES, required=False, widget=theme.CheckboxesWidget
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, document: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> None:
        self.document = dict(document or {})
        kwargs.setdefault("initial", {}).update(self.document)
        super().__init__(*args, **kwargs)
        if self.document:
            del self.fields["uid"], self.fields["status"]

    def clean_evse_id(self) -> str:
        """What is typed must be an EVSE ID; one that partners know already may stay as it is."""
        text = str(self.cleaned_data["evse_id"]).strip()
        if text and text != self.document.get("evse_id"):
            check_evse_id(text)
        return text

    def apply(self, connectors: list[dict[str, Any]]) -> dict[str, Any]:
        """The whole EVSE as it should be now."""
        values, document = self.cleaned_data, dict(self.document)
        for name in ("uid", "status", "evse_id", "physical_reference", "floor_level"):
            if name in values:
                document[name] = values[name] or None
        offered = {code for code, _ in CAPABILITIES}
        others = [code for code in document.get("capabilities") or () if code not in offered]
        document["capabilities"] = [*values["capabilities"], *others] or None
        document["connectors"] = connectors
        return {name: value for name, value in document.items() if value is not None}


class ConnectorForm(forms.Form):
    """A connector: plug, power, and what it is called."""

    id = _text("ID", 36)
    standard = forms.ChoiceField(
        label="Plug", choices=list(PLUGS.items()), widget=theme.SelectWidget
    )
    format = forms.ChoiceField(choices=list(FORMATS.items()), widget=theme.SelectWidget)
    power_type = forms.ChoiceField(
        label="Current", choices=list(POWER_TYPES.items()), widget=theme.SelectWidget
    )
    max_voltage = forms.IntegerField(
        label="Volts", min_value=1, max_value=2000, widget=theme.TextWidget
    )
    max_amperage = forms.IntegerField(
        label="Amperes", min_value=1, max_value=4000, widget=theme.TextWidget
    )
    max_electric_power = forms.DecimalField(
        label="kW", min_value=0, max_value=5000, required=False, widget=theme.TextWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        standard = (self.initial or {}).get("standard")
        if standard and standard not in PLUGS:
            field = self.fields["standard"]
            field.choices = [(standard, standard), *PLUGS.items()]  # type: ignore[attr-defined]

    def has_changed(self) -> bool:
        """Choices always hold something, so a further connector only counts once it is named or measured."""
        typed = ("id", "max_voltage", "max_amperage", "max_electric_power")
        if self.empty_permitted and not any(self.data.get(self.add_prefix(n)) for n in typed):
            return False
        return super().has_changed()

    def apply(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """The connector's document; what the form does not know stays, a change makes its time new."""
        values = self.cleaned_data
        names = ("id", "standard", "format", "power_type", "max_voltage", "max_amperage")
        document = {**before, **{name: values[name] for name in names}}
        document.pop("max_electric_power", None)
        if values["max_electric_power"]:
            document["max_electric_power"] = round(values["max_electric_power"] * 1000)
        if document != before:
            document.pop("last_updated", None)
        return document


if TYPE_CHECKING:
    _FormSet = forms.BaseFormSet[ConnectorForm]
else:
    _FormSet = forms.BaseFormSet


def connector_initial(document: Mapping[str, Any]) -> dict[str, Any]:
    watts = document.get("max_electric_power")
    kilowatts = f"{watts / 1000:g}" if isinstance(watts, int | float) and watts else None
    return {**document, "max_electric_power": kilowatts}


class BaseConnectorFormSet(_FormSet):
    """At least one connector, each id once."""

    def clean(self) -> None:
        if any(self.errors):
            return
        ids = [form.cleaned_data["id"].upper() for form in self.kept()]
        if not ids:
            raise forms.ValidationError("An EVSE needs at least one connector.")
        if len(set(ids)) < len(ids):
            raise forms.ValidationError("Two connectors have the same ID.")

    def kept(self) -> list[ConnectorForm]:
        """The forms that hold a connector and are not to be deleted."""
        return [
            form
            for form in self.forms
            if form.cleaned_data.get("id") and not form.cleaned_data.get("DELETE")
        ]


ConnectorFormSet = forms.formset_factory(
    ConnectorForm, formset=BaseConnectorFormSet, extra=1, can_delete=True, max_num=20
)
