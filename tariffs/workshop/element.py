"""One element of a tariff as a card: four kinds of price, and when they hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django import forms
from django.forms.boundfield import BoundField

from ocpi.tariff_words import conditions
from tariffs.workshop import restrictions
from tariffs.workshop.fields import (
    ENERGY_UNITS,
    TIME_UNITS,
    AmountField,
    KeptField,
    NumberField,
    energy_text,
    kept_of,
    number_text,
    time_text,
    unless_same,
)

Element = Mapping[str, Any]

DIMENSIONS = {
    "ENERGY": ("Energy", "per kWh"),
    "TIME": ("Charging time", "per hour"),
    "PARKING_TIME": ("Parking, connected but not charging", "per hour"),
    "FLAT": ("Flat fee", "per charge"),
}
"""What is charged for, what staff call it, and what its price is per."""

EXACT = 1
"""The step of what is billed exactly, as OCPI advises: per Wh, per second."""


class PriceFields(NamedTuple):
    """The fields of one kind of price; ``step`` is ``None`` for a flat fee."""

    label: str
    unit: str
    step_unit: str
    price: BoundField
    vat: BoundField
    step: BoundField | None


class ElementForm(forms.Form):
    """The prices of an element and its restrictions; :meth:`apply` lays them over the element it began with."""

    kept = KeptField()

    def __init__(self, *args: Any, element: Element | None = None, **kwargs: Any) -> None:
        initial = _initial(element) if element is not None else {}
        super().__init__(*args, **{**kwargs, "initial": initial})
        for dimension, (label, _) in DIMENSIONS.items():
            self._add_price(dimension, label)
        self.fields.update(restrictions.fields(kept_of(self).get("restrictions") or {}))

    def _add_price(self, dimension: str, label: str) -> None:
        name = dimension.lower()
        self.fields[f"{name}_price"] = NumberField(label=f"{label}: price")
        self.fields[f"{name}_vat"] = NumberField(label=f"{label}: VAT in percent", least=0)
        if dimension != "FLAT":
            units = ENERGY_UNITS if dimension == "ENERGY" else TIME_UNITS
            self.fields[f"{name}_step"] = AmountField(
                label=f"{label}: billed per", units=units, least=1
            )

    @property
    def prices(self) -> Iterator[PriceFields]:
        for dimension, (label, unit) in DIMENSIONS.items():
            name = dimension.lower()
            yield PriceFields(
                label,
                unit,
                "kWh" if dimension == "ENERGY" else "min",
                self[f"{name}_price"],
                self[f"{name}_vat"],
                self[f"{name}_step"] if dimension != "FLAT" else None,
            )

    @property
    def days(self) -> list[tuple[str, str, bool]]:
        """The days of the week: value, label, and whether it is chosen."""
        chosen = self["day_of_week"].value() or ()
        return [(day, label, day in chosen) for day, label in restrictions.DAY_LABELS]

    @property
    def limits(self) -> list[tuple[str, BoundField, BoundField]]:
        """The pairs of a minimum and a maximum, with what they are about."""
        return [(label, self[least], self[most]) for label, least, most in restrictions.PAIRS]

    @property
    def summary(self) -> str:
        """The conditions in words: ``always`` where there are none, nothing while they cannot be read."""
        if self.is_bound and not self.is_valid():
            return ""
        element = self.apply() if self.is_bound else kept_of(self)
        return ", ".join(conditions(element.get("restrictions"))) or "always"

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        restrictions.check(self, given)
        priced = False
        for dimension in DIMENSIONS:
            name = dimension.lower()
            priced = priced or bool(self.data.get(self.add_prefix(f"{name}_price"), "").strip())
            if f"{name}_price" in self.errors or given.get(f"{name}_price") is not None:
                continue
            if given.get(f"{name}_vat") is not None or given.get(f"{name}_step") is not None:
                self.add_error(f"{name}_price", "Say the price as well, or empty the rest.")
        if not priced:
            self.add_error(None, "It has no price. Fill in one, or remove the line.")
        return given

    def apply(self) -> dict[str, Any]:
        """The element as it should be now; what the form does not know stays."""
        given = self.cleaned_data
        element = dict(given["kept"])
        element["price_components"] = self._components(element.get("price_components") or ())
        restricted = restrictions.apply(given, element.pop("restrictions", None) or {})
        return {**element, "restrictions": restricted} if restricted else element

    def _components(self, before: Any) -> list[dict[str, Any]]:
        """In the order they had; further ones come after them."""
        known = {component.get("type"): component for component in before}
        order = [name for name in known if name in DIMENSIONS]
        order += [name for name in DIMENSIONS if name not in known]
        components = (self._component(name, known.get(name) or {}) for name in order)
        return [component for component in components if component is not None]

    def _component(self, dimension: str, before: Element) -> dict[str, Any] | None:
        given, name = self.cleaned_data, dimension.lower()
        price, vat = given[f"{name}_price"], given[f"{name}_vat"]
        if price is None:
            return None
        step = given.get(f"{name}_step") or EXACT
        component = {
            **before,
            "type": dimension,
            "price": unless_same(before.get("price"), price),
            "vat": unless_same(before.get("vat"), vat),
            "step_size": before.get("step_size", EXACT) if dimension == "FLAT" else step,
        }
        return {key: value for key, value in component.items() if value is not None}


def one_price_each(elements: Any) -> list[dict[str, Any]]:
    """Elements in which nothing is priced twice, as the form shows them.

    What an element prices a second time goes to an element of its own behind it, with the same restrictions:
    the first that fits still counts.
    """
    found: list[dict[str, Any]] = []
    for element in elements:
        rest = list(element.get("price_components") or ())
        while rest:
            first = {component["type"]: component for component in reversed(rest)}
            chosen = [component for component in rest if first[component["type"]] is component]
            found.append({**element, "price_components": chosen})
            rest = [component for component in rest if first[component["type"]] is not component]
    return found


def _initial(element: Element) -> dict[str, Any]:
    shown: dict[str, Any] = {"kept": KeptField.text(element)}
    for component in element.get("price_components") or ():
        name = str(component.get("type")).lower()
        shown[f"{name}_price"] = number_text(component.get("price"))
        shown[f"{name}_vat"] = number_text(component.get("vat"))
        step = component.get("step_size")
        if step != EXACT:
            shown[f"{name}_step"] = energy_text(step) if name == "energy" else time_text(step)
    return {**shown, **restrictions.initial(element.get("restrictions") or {})}
