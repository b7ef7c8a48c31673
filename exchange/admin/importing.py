"""Importing a file: a form, then the job that does it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from exchange import imports, registry
from exchange.models import Job
from ocpi.identifiers import NotAnId, read_party_id
from ocpi.ids import PartyId
from parties.models import ConnectionParty, Party
from staff import theme
from staff.links import list_url, may_view, page_url
from staff.requests import user_of

# A browser sends a file in one piece; what is larger is for the command, which reads it where it lies.
LARGEST_BYTES = 1_000_000_000
NAMED, OTHER = "", "other"


USUAL_MODULE = "locations"


def modules_for(request: HttpRequest) -> list[registry.Module]:
    """The modules whose objects this user may import, in the order of their names."""
    found = [
        module
        for module in registry.modules()
        if module.inbox and module.from_files and request.user.has_perm(module.import_permission)
    ]
    return sorted(found, key=lambda module: module.label)


def _choices_of_owner() -> list[tuple[str, str]]:
    names: dict[str, str] = {}
    for party in Party.objects.ours().order_by("country_code", "party_id", "id"):
        names[str(party.identity)] = names.get(str(party.identity)) or party.name
    return [
        (NAMED, "Whoever each object names; these parties become hosted here"),
        *((identity, f"{identity} {name}".strip()) for identity, name in names.items()),
        (OTHER, "Another party, which becomes hosted here:"),
    ]


def _usual(modules: list[registry.Module]) -> str:
    """What files mostly hold, where nothing was chosen."""
    identifiers = [module.identifier for module in modules]
    return USUAL_MODULE if USUAL_MODULE in identifiers else identifiers[0]


class ImportForm(forms.Form):
    """A file, and what has to be known to read it."""

    module = forms.ChoiceField(label="What", widget=theme.SelectWidget)
    file = forms.FileField(
        label="File",
        allow_empty_file=True,
        widget=theme.FileWidget(attrs={"accept": ".json,.csv,.gz"}),
        help_text="JSON, plain or compressed (.json, .json.gz): a list of objects, an OCPI answer with"
        " “data”, or one object. Of tokens also a table (.csv): its first line names the columns.",
    )
    whose = forms.ChoiceField(
        label="Whose they are",
        required=False,
        choices=_choices_of_owner,
        widget=theme.SelectWidget,
        help_text="A party chosen here owns every object, whatever the file says.",
    )
    party = forms.CharField(
        label="Other party",
        required=False,
        max_length=20,
        widget=theme.TextWidget(attrs={"placeholder": "NL*ABC"}),
        help_text="Only with “Another party” above: country code and party ID.",
    )
    version = forms.ChoiceField(
        label="OCPI version of the file",
        choices=[(version, version) for version in imports.VERSIONS],
        initial="2.2.1",
        widget=theme.SelectWidget,
    )

    def __init__(self, modules: list[registry.Module], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_table = False
        field: Any = self.fields["module"]
        field.choices = [(module.identifier, module.label) for module in modules]

    def clean_file(self) -> UploadedFile[Any]:
        upload: UploadedFile[Any] = self.cleaned_data["file"]
        if (upload.size or 0) > LARGEST_BYTES:
            raise ValidationError(
                f"The file is larger than {LARGEST_BYTES // 1_000_000} MB. Compress it (gzip), or"
                " import it on the portal's machine with the command import_ocpi."
            )
        try:
            module = self.cleaned_data.get("module", "")
            self.is_table = imports.check_beginning(upload, module)  # type: ignore[arg-type]
        except ValueError as error:
            raise ValidationError(
                f"{upload.name} cannot be imported: {str(error).rstrip('.')}."
            ) from None
        return upload

    def clean(self) -> dict[str, Any]:
        """``owner`` is the party that owns every object, or ``None``."""
        given = self.cleaned_data
        whose, text = given.get("whose", NAMED), given.get("party", "").strip()
        given["owner"] = None
        if text and whose != OTHER:
            self.add_error("party", "Choose “Another party” above, or leave this empty.")
        elif whose == OTHER:
            self._name_other(text)
        elif whose:
            given["owner"] = PartyId.parse(whose)
        elif self.is_table:
            self.add_error("whose", "A table does not say whose it is: choose the party.")
        return given

    def _name_other(self, text: str) -> None:
        try:
            owner = read_party_id(text)
        except NotAnId as wrong:
            self.add_error("party", f"Write country code and party ID like NL*ABC. {wrong}")
            return
        spoken = ConnectionParty.objects.filter(
            party__country_code=owner.country_code,
            party__party_id=owner.party_id,
            party__is_ours=False,
        ).first()
        if spoken is not None:
            self.add_error(
                "party",
                f"{owner} is a party of {spoken.connection}, which sends its objects itself. A file"
                " would make it ours.",
            )
        self.cleaned_data["owner"] = owner


def view(request: HttpRequest) -> HttpResponse:
    """The form, and on POST the job, which is watched on its own page."""
    modules = modules_for(request)
    if not modules:
        raise PermissionDenied
    if request.method != "POST":
        chosen = request.GET.get("module") or _usual(modules)
        form = ImportForm(modules, initial={"module": chosen})
    else:
        form = ImportForm(modules, request.POST, request.FILES)
        if form.is_valid():
            job = _start(request, form)
            if job is not None:
                return HttpResponseRedirect(_watched_at(request, job))
    return TemplateResponse(request, "staff/form.html", _page(request, form))


def _start(request: HttpRequest, form: ImportForm) -> Job | None:
    given = form.cleaned_data
    try:
        return imports.start_import(
            given["module"],
            given["file"],
            version=given["version"],
            owner=given["owner"],
            actor=user_of(request),
        )
    except OSError as error:
        form.add_error("file", f"The portal could not keep the file ({error.strerror}).")
        return None


def _watched_at(request: HttpRequest, job: Job) -> str:
    return page_url(job) if may_view(request, Job) else reverse("admin:index")


def _page(request: HttpRequest, form: ImportForm) -> dict[str, Any]:
    return {
        **admin.site.each_context(request),
        "title": "Import a file",
        "opts": Job._meta,
        "form": form,
        "submit_label": "Import",
        "introduction": "What the file says becomes ours, and partners are told about everything that is"
        " new or changed. The same file again changes nothing, and what it does not list stays.",
        "back": list_url(Job) if may_view(request, Job) else reverse("admin:index"),
    }
