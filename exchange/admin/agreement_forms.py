"""The form of an agreement: terms typed in, pasted, or uploaded as CSV."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable
from typing import Any

import orjson
from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from exchange import registry
from parties.choices import PrivateLocations, Sharing
from parties.models import Agreement, Party
from parties.services import agreements
from parties.services.agreements import Share, Terms, Token
from staff import theme

LARGEST_CSV_BYTES = 5_000_000
_SPLIT = re.compile(r"[\n;]+")
_KINDS = ("uid", "visual_number", "group_id")


def shared_modules() -> list[registry.Module]:
    """The modules of which an agreement can say how much is shared."""
    return registry.shown_modules()


class AgreementForm(forms.Form):
    """Everything two parties agree on. ``terms()`` and ``parties()`` are what a valid form says."""

    ours = forms.ModelChoiceField(
        queryset=Party.objects.ours(), label="Our party", widget=theme.SelectWidget
    )
    theirs = forms.ModelChoiceField(
        queryset=Party.objects.filter(is_ours=False),
        label="Their party",
        widget=theme.SelectWidget,
        help_text="Whichever connection speaks for it.",
    )
    private_locations = forms.ChoiceField(
        label="Which private locations they get",
        choices=PrivateLocations.choices,
        initial=PrivateLocations.NEVER,
        widget=theme.RadioWidget,
        help_text="Locations that are not published. A partner with OCPI 2.1.1 never gets any.",
    )
    tokens = forms.CharField(
        label="Their tokens",
        required=False,
        strip=True,
        widget=theme.TextareaWidget(attrs={"rows": 4, "placeholder": "uid, 0412AB, RFID"}),
        help_text="Only with “Those that are open to its tokens”. One per line, as in a CSV file:"
        " uid, value, type · visual_number, value, issuer · group_id, value.",
    )
    tokens_file = forms.FileField(
        label="Tokens from a CSV file",
        required=False,
        widget=theme.FileWidget(attrs={"accept": ".csv,.txt"}),
        help_text="The same three columns. They are added to those above.",
    )
    notes = forms.CharField(
        label="Notes",
        required=False,
        widget=theme.TextareaWidget(attrs={"rows": 3}),
        help_text="For colleagues: contract, contact, until when.",
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, agreement: Agreement | None = None, **kwargs: Any) -> None:
        kwargs["initial"] = {
            **(_initial(agreement) if agreement else {}),
            **kwargs.get("initial", {}),
        }
        super().__init__(*args, **kwargs)
        if agreement:
            for name in ("ours", "theirs"):
                self.fields[name].disabled = True
        for module in shared_modules():
            self._add_share(module)
        self.order_fields(
            ["ours", "theirs", *(name for name in self.fields if ":" in name), *self.fields]
        )

    def _add_share(self, module: registry.Module) -> None:
        label = module.label
        self.fields[f"{module.identifier}:sharing"] = forms.ChoiceField(
            label=f"{label}: how much they get",
            required=False,
            choices=_sharing_choices(module),
            initial=Sharing.PUBLIC,
            widget=theme.RadioWidget,
            help_text=f"Where our party is {' or '.join(sorted(module.sender_roles))}."
            if module.sender_roles
            else "",
        )
        if module.outbox is not None and module.outbox.visibility.country:
            self.fields[f"{module.identifier}:countries"] = forms.CharField(
                label=f"{label}: only in these countries",
                required=False,
                widget=theme.TextWidget(attrs={"placeholder": "DEU, NLD"}),
                help_text="Three capital letters each. Empty for all.",
            )
        self.fields[f"{module.identifier}:selection"] = forms.CharField(
            label=f"{label}: selection",
            required=False,
            widget=theme.TextareaWidget(attrs={"rows": 6}),
            help_text="The IDs, one per line, also as NL*ABC/LOC1. Used with “Only what is selected”"
            " and “All but what is selected”.",
        )
        self.fields[f"{module.identifier}:file"] = forms.FileField(
            label=f"{label}: selection from a CSV file",
            required=False,
            widget=theme.FileWidget(attrs={"accept": ".csv,.txt"}),
            help_text="IDs in the first column. They are added to those above.",
        )

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        for module in shared_modules():
            name = module.identifier
            ids = _lines(given.get(f"{name}:selection", ""))
            ids += self._uploaded(f"{name}:file")
            given[f"{name}:ids"] = ids = list(dict.fromkeys(ids))
            if given.get(f"{name}:sharing") == Sharing.SELECTED and not ids:
                self.add_error(
                    f"{name}:selection", "Nothing is selected. Choose “Nothing” instead?"
                )
            self._check_ids(name, ids)
        rows = [line.split(",") for line in _lines(given.get("tokens", ""))]
        uploaded = self._rows("tokens_file")
        # A file may begin with the names of its columns.
        rows += uploaded[1:] if uploaded and uploaded[0][0].strip().lower() == "kind" else uploaded
        given["all_tokens"] = self._tokens(rows)
        if not self.errors:
            try:
                agreements.check(given["ours"], given["theirs"], self.terms())
            except agreements.NotAgreed as error:
                raise ValidationError(str(error)) from None
        return given

    def _check_ids(self, name: str, ids: Iterable[str]) -> None:
        for text in ids:
            try:
                agreements.key_of(text)
            except ValueError as error:
                self.add_error(f"{name}:selection", f"{text[:60]!r}: {error}.")
                return

    def _tokens(self, rows: list[list[str]]) -> list[Token]:
        found: dict[str, Token] = {}
        for number, row in enumerate(rows, 1):
            kind, value, qualifier = [cell.strip() for cell in [*row, "", ""][:3]]
            if kind not in _KINDS:
                self.add_error(
                    "tokens",
                    f"Line {number}: {kind[:40]!r} is none of uid, visual_number, group_id.",
                )
                return []
            token = Token(kind, value, qualifier)
            found[token.key] = token
        return list(found.values())

    def _uploaded(self, name: str) -> list[str]:
        rows = [row[0].strip() for row in self._rows(name) if row and row[0].strip()]
        return rows[1:] if rows and rows[0].lower() in ("id", "location", "location_id") else rows

    def _rows(self, name: str) -> list[list[str]]:
        upload: UploadedFile[Any] | None = self.cleaned_data.get(name)
        if upload is None:
            return []
        if (upload.size or 0) > LARGEST_CSV_BYTES:
            self.add_error(name, "The file is larger than 5 MB.")
            return []
        try:
            text = upload.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            self.add_error(name, "The file is not text in UTF-8.")
            return []
        delimiter = ";" if text.partition("\n")[0].count(";") else ","
        return [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(row)]

    def terms(self) -> Terms:
        """What the form says."""
        given = self.cleaned_data
        shares = {
            module.identifier: Share(
                given[f"{module.identifier}:sharing"] or Sharing.PUBLIC,
                tuple(_countries(given.get(f"{module.identifier}:countries", ""))),
                tuple(given[f"{module.identifier}:ids"]),
            )
            for module in shared_modules()
        }
        return Terms(
            private_locations=given["private_locations"],
            notes=given["notes"].strip(),
            shares={
                name: share
                for name, share in shares.items()
                if share.selection or not share.is_usual
            },
            tokens=tuple(given["all_tokens"]),
        )

    def fingerprint(self) -> str:
        """Of what the form says: a preview is good for exactly that."""
        given = self.cleaned_data
        said = [given["ours"].pk, given["theirs"].pk, self.terms().to_json()]
        return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()

    def with_uploads(self) -> dict[str, Any]:
        """The values to show again: what was uploaded now stands in the text, as a browser keeps no files."""
        given = self.cleaned_data
        shown = {name: given.get(name) for name in self.fields if not name.endswith("file")}
        for module in shared_modules():
            shown[f"{module.identifier}:selection"] = "\n".join(given[f"{module.identifier}:ids"])
        shown["tokens"] = _token_lines(given["all_tokens"])
        shown["seen"] = self.fingerprint()
        return {name: getattr(value, "pk", value) for name, value in shown.items()}


def _sharing_choices(module: registry.Module) -> list[tuple[str, str]]:
    """Of what is never public, an agreement shares everything unless it says otherwise."""
    assert module.outbox is not None  # noqa: S101 - of `shared_modules`
    if not module.outbox.visibility.only_agreed:
        return list(Sharing.choices)
    return [(v, "All of them" if v == Sharing.PUBLIC else label) for v, label in Sharing.choices]


def _initial(agreement: Agreement) -> dict[str, Any]:
    terms = agreements.terms_of(agreement)
    initial: dict[str, Any] = {
        "ours": agreement.ours_id,
        "theirs": agreement.theirs_id,
        "private_locations": terms.private_locations,
        "notes": terms.notes,
        "tokens": _token_lines(terms.tokens),
    }
    for module, share in terms.shares.items():
        initial[f"{module}:sharing"] = share.sharing
        initial[f"{module}:countries"] = ", ".join(share.countries)
        initial[f"{module}:selection"] = "\n".join(share.selection)
    return initial


def _token_lines(tokens: Iterable[Token]) -> str:
    return "\n".join(
        ", ".join(part for part in (token.kind, token.value, token.qualifier) if part)
        for token in tokens
    )


def _lines(text: str) -> list[str]:
    return [line.strip().strip(",") for line in _SPLIT.split(text) if line.strip().strip(",")]


def _countries(text: str) -> list[str]:
    return [part for part in re.split(r"[\s,;]+", text.upper()) if part]
