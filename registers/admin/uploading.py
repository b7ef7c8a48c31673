"""The page on which staff upload a register's list."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from registers import services
from registers.choices import ImportState
from registers.models import Register, RegisterImport
from staff import theme
from staff.links import list_url, page_url
from staff.requests import user_of

PERMISSION = "registers.change_register"
_MOST_BYTES = 20_000_000


def check_size(uploaded: UploadedFile[Any]) -> None:
    """Raises ``ValidationError`` for a file that is too big to be read at once."""
    if (uploaded.size or 0) > _MOST_BYTES:
        raise forms.ValidationError("The file is bigger than 20 MB.")


class UploadForm(forms.Form):
    """A list as its register publishes it."""

    file = forms.FileField(
        label="Its list",
        widget=theme.FileWidget,
        help_text="The file as the register publishes it, up to 20 MB.",
    )

    def clean_file(self) -> bytes:
        uploaded = self.cleaned_data["file"]
        check_size(uploaded)
        self.name = uploaded.name
        return bytes(uploaded.read())


def view(request: HttpRequest, register: Register, shown: dict[str, Any]) -> HttpResponse:
    """Ask for the file; read it on POST and go to what it changed."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        made = services.read_list(
            register, form.cleaned_data["file"], source=form.name, actor=user_of(request)
        )
        say(request, made)
        return HttpResponseRedirect(goal(register, made))
    page = {
        "form": form,
        "submit_label": "Read it",
        "introduction": "What is new, changed or missing is written down with today's date."
        " A list that lacks many codes that were there before is held until you look at it.",
        "back": page_url(register),
        **shown,
    }
    return TemplateResponse(request, "staff/form.html", page)


def say(request: HttpRequest, made: list[RegisterImport]) -> None:
    """What became of a list, above the next page."""
    for one in made[:5]:
        words = f"{one.register}: {one.get_state_display()}. {summary(one)}"
        level = messages.SUCCESS
        if one.state == ImportState.HELD:
            level = messages.WARNING
        elif one.state == ImportState.FAILED:
            level = messages.ERROR
        messages.add_message(request, level, words)
    if len(made) > 5:
        messages.info(request, f"And {len(made) - 5} more registers were read.")


def summary(imported: RegisterImport) -> str:
    """What an import found, in a sentence."""
    if imported.state in (ImportState.FAILED, ImportState.HELD):
        return imported.message
    parts = [
        f"{imported.rows} listed",
        f"{imported.added} new",
        f"{imported.changed} changed",
        f"{imported.vanished} not listed any more",
    ]
    if imported.malformed:
        parts.append(f"{imported.malformed} malformed")
    return f"{', '.join(parts)}."


def goal(register: Register, made: list[RegisterImport]) -> str:
    return page_url(made[0]) if len(made) == 1 else list_url(RegisterImport)
