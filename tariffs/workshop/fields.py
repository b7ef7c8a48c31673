"""Fields of the tariff editor: what people type, and what a document holds.

Each field comes with a function that writes a document's value the way its field reads it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.forms.widgets import Input
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ocpi import json
from ocpi.datetimes import format_datetime, parse_datetime
from ocpi.errors import MalformedJSON, OCPIError
from ocpi.numbers import exact_decimal, plain

_SPACES = re.compile(r"[\s\u00a0\u202f'\u2019]")
_NUMBER = re.compile(r"-?\d{1,18}(?:\.\d{1,18})?")
_AMBIGUOUS = re.compile(r"-?[1-9]\d*,\d{3}")
_AMOUNT = re.compile(r"(?P<number>-?[\d.,]+)\s*(?P<unit>[A-Za-z]*)")
_TIME = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?")

ENERGY_UNITS = {"kwh": Decimal(1000), "wh": Decimal(1)}
TIME_UNITS = {
    **dict.fromkeys(("min", "mins", "minute", "minutes", "m"), Decimal(60)),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), Decimal(1)),
    **dict.fromkeys(("h", "hour", "hours"), Decimal(3600)),
}


def number_of(text: str) -> Decimal:
    """A number as people write it: a comma may stand for the point. Raises ``ValidationError``."""
    text = _SPACES.sub("", text)
    if _AMBIGUOUS.fullmatch(text):
        raise ValidationError(
            f"{text} can be read in two ways: write {text.replace(',', '')} or"
            f" {text.replace(',', '.')}."
        )
    text = text.replace(",", ".") if text.count(",") == 1 and "." not in text else text
    if not _NUMBER.fullmatch(text):
        raise ValidationError("Write a number like 0.39, without unit.")
    return Decimal(text)


class QuickInput(Input):
    """An input that is written without a template: a tariff for every hour of the week has thousands of them."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        given = self.build_attrs(self.attrs, attrs)
        text = self.format_value(value)
        if text is not None:
            given["value"] = text
        return format_html('<input type="{}" name="{}"{}>', self.input_type, name, flatatt(given))


class HiddenInput(QuickInput):
    input_type = "hidden"


class NumberField(forms.CharField):
    """An exact number; ``None`` when empty. ``least`` is the smallest one that is allowed."""

    def __init__(self, *, least: Decimal | int | None = None, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "widget": cell("decimal"), **kwargs})
        self.least = least

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        number = number_of(text)
        if self.least is not None and number < self.least:
            raise ValidationError(f"It cannot be less than {self.least}.")
        return number


class AmountField(forms.CharField):
    """A whole number of small units, typed in a bigger one: Wh as kWh, seconds as minutes.

    The unit may be typed too: ``90 s``. ``None`` when empty.
    """

    def __init__(self, *, units: Mapping[str, Decimal], least: int = 0, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "widget": cell("decimal"), **kwargs})
        self.units, self.least = units, least
        self.usual = next(iter(units))
        self.small = next(unit for unit, size in units.items() if size == 1)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        found = _AMOUNT.fullmatch(text.strip())
        size = self.units.get(found["unit"].lower() or self.usual) if found else None
        if found is None or size is None:
            example = "1, or 500 Wh" if self.small == "wh" else "15, or 90 s"
            raise ValidationError(f"Write it like {example}.")
        amount = number_of(found["number"]) * size
        if amount != amount.to_integral_value():
            raise ValidationError(f"It has to be a whole number of {self._small_name}.")
        if amount < self.least:
            raise ValidationError(f"It has to be at least {self.least} {self._small_name}.")
        return int(amount)

    @property
    def _small_name(self) -> str:
        return "Wh" if self.small == "wh" else "seconds"


class TimeOfDayField(forms.CharField):
    """``HH:MM``, also typed as ``8`` or ``8:30``; the end of the day may be typed as ``24:00``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "widget": cell(placeholder="08:00"), **kwargs})

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        found = _TIME.fullmatch(text.strip())
        hour, minute = (int(found[1]), int(found[2] or 0)) if found else (99, 0)
        if (hour, minute) == (24, 0):
            hour = 0
        if hour > 23 or minute > 59:
            raise ValidationError("Write the time like 08:00.")
        return f"{hour:02}:{minute:02}"


class DayField(forms.DateField):
    """A day. As the last one it is kept as the day after it: OCPI's ends are exclusive."""

    def __init__(self, *, is_last: bool = False, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "widget": cell(kind="date"), **kwargs})
        self.is_last = is_last

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day is None:
            return None
        try:
            return (day + timedelta(days=1) if self.is_last else day).isoformat()
        except OverflowError:
            raise ValidationError("There is no such day.") from None


class MomentField(forms.DateTimeField):
    """A moment in the reader's time zone, kept as OCPI writes it.

    ``before`` is what a document said: where that is what the field shows, it stays as it was written.
    """

    before: Any = None

    def __init__(self, **kwargs: Any) -> None:
        widget = cell(kind="datetime-local", step="1")
        super().__init__(**{"required": False, "widget": widget, **kwargs})

    def clean(self, value: Any) -> Any:
        # In the hour that a clock repeats, the text alone would not say which moment it was.
        if self.before is not None and value == moment_text(self.before):
            return self.before
        at = super().clean(value)
        return None if at is None else format_datetime(at.astimezone(UTC))


class KeptField(forms.CharField):
    """The part of a document that a form began with, carried along so that nothing in it is lost."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=HiddenInput)

    def clean(self, value: Any) -> dict[str, Any]:
        try:
            kept = json.loads(str(value or "{}").encode())
        except (MalformedJSON, OCPIError):
            kept = None
        if not isinstance(kept, dict):
            raise ValidationError("The page was damaged on its way. Open it again.")
        return kept

    @staticmethod
    def text(part: Mapping[str, Any]) -> str:
        """A part of a document for this field."""
        return json.dumps(dict(part)).decode()


def kept_of(form: forms.BaseForm) -> Mapping[str, Any]:
    """What a form with the field ``kept`` began with, before anything is checked; empty where it is damaged."""
    try:
        return KeptField().clean(form["kept"].value())
    except ValidationError:
        return {}


def cell(mode: str = "", *, kind: str = "text", **attrs: str) -> QuickInput:
    """A plain input of the editor; ``mode`` names the keyboard that phones show."""
    shown = {"class": "cell", "type": kind, "autocomplete": "off", **attrs}
    return QuickInput({**shown, "inputmode": mode} if mode else shown)


def number_text(value: Any) -> str:
    """A document's number for a :class:`NumberField`."""
    return "" if value is None else plain(value)


def energy_text(watt_hours: Any) -> str:
    """Wh for an :class:`AmountField` of kWh."""
    return "" if watt_hours is None else plain(Decimal(watt_hours) / 1000)


def time_text(seconds: Any) -> str:
    """Seconds for an :class:`AmountField` of minutes; those that are no decimal number of minutes as they are."""
    if seconds is None:
        return ""
    return f"{seconds} s" if seconds % 3 else plain(Decimal(seconds) / 60)


def last_day_text(end_date: Any) -> str:
    """The last day before an exclusive end."""
    if end_date is None:
        return ""
    day = datetime.fromisoformat(str(end_date)).date()
    return (day - timedelta(days=1)).isoformat() if day.toordinal() > 1 else ""


def moment_text(moment: Any) -> str:
    """An OCPI DateTime in the reader's time zone, for a browser's field."""
    return "" if moment is None else moment_of_row(parse_datetime(str(moment)))


def moment_of_row(at: datetime | None) -> str:
    """A moment (aware) in the reader's time zone, for a browser's field; empty for none."""
    if at is None:
        return ""
    local = timezone.localtime(at).replace(tzinfo=None)
    return local.isoformat(timespec="seconds" if local.second else "minutes")


def unless_same(before: Any, after: Decimal | None) -> Any:
    """The number as it was written before, where it is the same."""
    if before is not None and after is not None and exact_decimal(before) == after:
        return before
    return after
