"""Forms as a browser without scripts sends them: what a page shows, and what somebody types over it."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

Fields = dict[str, list[str]]


class _Reader(HTMLParser):
    """The fields of the form that is posted, with the values they show."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Fields = {}
        self.inside = False
        self.select = self.area = ""
        self.first: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.inside = given.get("method") == "post" and "logout" not in (
                given.get("action") or ""
            )
        name = given.get("name") or ""
        if not self.inside:
            return
        if tag == "input" and name and "disabled" not in given:
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                self.add(name, given.get("value") or "")
        elif tag == "select":
            self.select, self.first = name, None
        elif tag == "option" and self.select:
            self.first = given.get("value") or "" if self.first is None else self.first
            if "selected" in given:
                self.add(self.select, given.get("value") or "")
        elif tag == "textarea":
            self.area = name
            self.add(name, "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "select":
            # Without a chosen option a browser takes the first one.
            self.found.setdefault(self.select, [self.first or ""])
            self.select = ""
        elif tag == "textarea":
            text = self.found[self.area][-1]
            self.found[self.area][-1] = text.removeprefix("\n")
            self.area = ""

    def handle_data(self, data: str) -> None:
        if self.area:
            self.found[self.area][-1] += data

    def add(self, name: str, value: str) -> None:
        self.found.setdefault(name, []).append(value)


def shown(html: str) -> Fields:
    """What the page would send as it is."""
    reader = _Reader()
    reader.feed(html)
    reader.found.pop("csrfmiddlewaretoken", None)
    reader.found.pop("", None)
    return reader.found


def typed(html: str, button: str, value: str = "1", **fields: Any) -> Fields:
    """What is sent when ``button`` is pressed after ``fields`` were filled in.

    A name such as ``element_0_energy_price`` stands for ``element-0-energy_price``.
    """
    sent = shown(html)
    for name, entered in fields.items():
        kind, _, rest = name.partition("_")
        number, _, field = rest.partition("_")
        real = f"{kind}-{number}-{field}" if number.isdigit() else name
        sent[real] = entered if isinstance(entered, list) else [str(entered)]
    return {**sent, button: [value]}
