"""The editor of a tariff: its forms together, from a document and back to one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from django import forms
from django.http import QueryDict
from django.utils import timezone

from ocpi.datetimes import format_datetime
from ocpi.errors import InvalidParameters, Problem
from ocpi.versioned import CANONICAL, validate_document
from parties.models import Party
from tariffs.workshop.element import ElementForm, one_price_each
from tariffs.workshop.head import HeadForm, NewHeadForm, TextForm, check_languages
from tariffs.workshop.rearranging import ELEMENT, TEXT, count, is_quiet, rearranged

Document = Mapping[str, Any]

_ORDER = (
    *("country_code", "party_id", "id", "currency", "type", "tariff_alt_text", "tariff_alt_url"),
    *("min_price", "max_price", "preauthorize_amount", "elements", "tax_included"),
    *("start_date_time", "end_date_time"),
)
"""Of the fields in a document, as OCPI lists them; what it does not know comes after them."""


class Mistake(NamedTuple):
    """What is wrong, where, and the id of the field on the page (empty: no single one)."""

    where: str
    what: str
    field_id: str


class Editor:
    """The forms of one tariff: ``head``, ``elements`` in the order in which they count, and ``texts``.

    ``quiet`` says that nothing was to be saved yet, so that the page shows no mistakes.
    """

    def __init__(
        self, head: HeadForm, elements: list[ElementForm], texts: list[TextForm], *, quiet: bool
    ) -> None:
        self.head, self.elements, self.texts, self.quiet = head, elements, texts, quiet

    @classmethod
    def of(cls, document: Document, *, is_new: bool, **initial: Any) -> Editor:
        """The editor of a canonical document; ``initial`` is what its head shows beside the document."""
        head = NewHeadForm if is_new else HeadForm
        elements = one_price_each(document.get("elements") or ()) or [{}]
        texts = document.get("tariff_alt_text") or [{}]
        return cls(
            head(document=document, initial=initial),
            [ElementForm(element=one, prefix=f"{ELEMENT}-{n}") for n, one in enumerate(elements)],
            [TextForm(text=one, prefix=f"{TEXT}-{n}") for n, one in enumerate(texts)],
            quiet=True,
        )

    @classmethod
    def sent(cls, data: QueryDict, *, is_new: bool) -> Editor:
        """The editor as somebody sent it, after what the buttons of its lines ask for."""
        given = rearranged(data)
        head = NewHeadForm if is_new else HeadForm
        return cls(
            head(given),
            [ElementForm(given, prefix=f"{ELEMENT}-{n}") for n in range(count(given, ELEMENT))],
            [TextForm(given, prefix=f"{TEXT}-{n}") for n in range(count(given, TEXT))],
            quiet=is_quiet(data),
        )

    def is_valid(self) -> bool:
        """Whether every form can be read; what the whole comes to, :meth:`document` checks."""
        valid = [form.is_valid() for form in self._forms()]
        if all(valid):
            check_languages(self.texts)
            self._check_taxes()
            if not self.elements:
                self.head.add_error(None, "It has no line with prices. Add one.")
        return all(form.is_valid() for form in self._forms())

    def _check_taxes(self) -> None:
        if self.head.cleaned_data["tax_included"] != "N/A":
            return
        for element in self.elements:
            for name in [name for name in element.fields if name.endswith("_vat")]:
                if element.cleaned_data.get(name):
                    element.add_error(name, "No tax applies to this tariff, so leave it empty.")

    def document(self, owner: Party, tariff_id: str) -> dict[str, Any] | None:
        """The whole document without ``last_updated``, of a valid editor; ``None`` where OCPI refuses it.

        What it refuses is then among the mistakes.
        """
        written = self._written(owner, tariff_id)
        now = format_datetime(timezone.now())
        try:
            checked = validate_document(CANONICAL, "tariff", {**written, "last_updated": now})
        except InvalidParameters as refused:
            self._add_problems(refused.problems or [Problem("invalid", "", refused.message)])
            return None
        del checked["last_updated"]
        return checked

    def _written(self, owner: Party, tariff_id: str) -> dict[str, Any]:
        texts = [text for form in self.texts if (text := form.apply()) is not None]
        written = {
            **self.head.apply(),
            **owner.identity._asdict(),
            "id": tariff_id,
            "elements": [element.apply() for element in self.elements],
        }
        written.pop("tariff_alt_text", None)
        if texts:
            written["tariff_alt_text"] = texts
        ordered = {name: written[name] for name in _ORDER if name in written}
        return {**ordered, **{name: written[name] for name in written if name not in ordered}}

    @property
    def mistakes(self) -> list[Mistake]:
        """Everything that is wrong, in the order of the page."""
        found = list(_mistakes(self.head, ""))
        for number, element in enumerate(self.elements, 1):
            found += _mistakes(element, f"Line {number}")
        for number, text in enumerate(self.texts, 1):
            found += _mistakes(text, f"Text {number}")
        return found

    def _forms(self) -> Iterator[forms.Form]:
        yield self.head
        yield from self.elements
        yield from self.texts

    def _add_problems(self, problems: Iterable[Problem]) -> None:
        # A form with a mistake cannot be applied any more, so that all places are found first.
        placed = [(problem, *self._place(problem.path)) for problem in problems]
        for problem, form, name in placed:
            if name in form.fields:
                form.add_error(name, f"{problem.message}.")
            else:
                where = f"{problem.path}: " if problem.path else ""
                form.add_error(None, f"{where}{problem.message}.")

    def _place(self, path: str) -> tuple[forms.Form, str]:
        """The form and the field that a path of the document is about, as near as can be said."""
        parts = path.split(".")
        if parts[0] == "elements" and len(parts) > 2 and parts[1].isdigit():
            element = self.elements[int(parts[1])]
            if parts[2] != "price_components" or len(parts) < 5:
                return element, parts[-1]
            written = element.apply()["price_components"][int(parts[3])]["type"].lower()
            return element, f"{written}_{parts[4].removesuffix('_size')}"
        if parts[0] == "tariff_alt_text" and len(parts) > 1 and parts[1].isdigit():
            filled = [form for form in self.texts if form.apply() is not None]
            return filled[int(parts[1])], parts[-1]
        return self.head, {"id": "tariff_id"}.get(path, "_".join(parts))


def _mistakes(form: forms.Form, place: str) -> Iterator[Mistake]:
    for name, errors in form.errors.items():
        field = form[name] if name in form.fields else None
        where = ", ".join(filter(None, (place, str(field.label) if field else "")))
        for error in errors:
            yield Mistake(where, str(error), field.id_for_label if field else "")
