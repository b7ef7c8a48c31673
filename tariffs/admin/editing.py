"""The pages on which a tariff of ours is written; what they save is a draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from ocpi.tariff_table import price_table
from parties.choices import Role
from parties.models import Party
from staff import theme
from staff.links import page_url
from staff.requests import user_of
from tariffs import selectors, services
from tariffs.admin import draft_costs
from tariffs.choices import DraftState
from tariffs.documents import dated
from tariffs.models import Tariff, TariffDraft
from tariffs.workshop.editor import Editor
from tariffs.workshop.remarks import remarks_for

ADD, CHANGE = "tariffs.add_tariffdraft", "tariffs.change_tariffdraft"
LONGEST_ID = 36
NO_CPO = "Host one of your own parties as CPO first: a tariff is a CPO's."


@dataclass(frozen=True)
class Subject:
    """What is edited: a draft, a tariff in force (``replaces``), or a new tariff.

    ``document`` is what the form begins with, ``initial`` what its head shows beside it. ``at`` is the version
    of the tariff or the revision of the draft that the form began with.
    """

    title: str
    home: str
    document: Mapping[str, Any]
    initial: Mapping[str, Any]
    draft: TariffDraft | None = None
    replaces: Tariff | None = None
    at: int | None = None

    @property
    def is_new(self) -> bool:
        return self.replaces is None


def add_view(admin: theme.ModelAdmin[TariffDraft], request: HttpRequest) -> HttpResponse:
    """A new tariff, a copy (``?copy=``) or the next version of a tariff of ours (``?tariff=``)."""
    if not request.user.has_perm(ADD):
        raise PermissionDenied
    if not Party.objects.ours().filter(role=Role.CPO).exists():
        messages.warning(request, NO_CPO)
        return HttpResponseRedirect(reverse("admin:tariffs_tariffdraft_changelist"))
    edited = _tariff(request, "tariff")
    if edited is None:
        return _page(admin, request, _new(_tariff(request, "copy")))
    if not (edited.owner.is_ours and edited.is_in_force):
        messages.warning(request, "Only a tariff of ours that is in force can be edited.")
        return HttpResponseRedirect(page_url(edited))
    return _page(admin, request, _next_version(edited))


def edit_view(
    admin: theme.ModelAdmin[TariffDraft], request: HttpRequest, object_id: int
) -> HttpResponse:
    """Go on with a draft."""
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    rows = TariffDraft.objects.select_related("owner", "replaces__owner")
    draft = rows.filter(pk=object_id).first()
    if draft is None:
        raise Http404
    if draft.state != DraftState.DRAFT:
        messages.warning(request, f"This draft is {draft.get_state_display().lower()}.")
        return HttpResponseRedirect(page_url(draft))
    return _page(admin, request, _of_draft(draft))


def _tariff(request: HttpRequest, name: str) -> Tariff | None:
    text = request.GET.get(name, "")
    if not text:
        return None
    rows = Tariff.objects.select_related("owner", "received_from")
    found = rows.filter(pk=text).first() if text.isascii() and text.isdigit() else None
    if found is None:
        raise Http404
    return found


def _new(copied: Tariff | None) -> Subject:
    owners = Party.objects.ours().filter(role=Role.CPO)[:2]
    initial: dict[str, Any] = {"owner": owners[0].pk if len(owners) == 1 else None}
    home = reverse("admin:tariffs_tariff_changelist")
    if copied is None:
        return Subject("New tariff", home, {}, initial)
    initial |= {
        "owner": copied.owner_id if copied.owner.is_ours else initial["owner"],
        "tariff_id": f"{copied.tariff_id[: LONGEST_ID - 5]}-COPY",
        "note": f"Copied from {copied.reference}",
    }
    document = selectors.document_of(copied.pk)
    return Subject(f"Copy of {copied}", page_url(copied), document, initial)


def _next_version(tariff: Tariff) -> Subject:
    document = selectors.document_of(tariff.pk)
    return Subject(
        f"Edit {tariff}", page_url(tariff), document, {}, replaces=tariff, at=tariff.version
    )


def _of_draft(draft: TariffDraft) -> Subject:
    new = {"owner": draft.owner_id, "tariff_id": draft.tariff_id} if not draft.replaces else {}
    return Subject(
        f"Edit the {draft}",
        page_url(draft),
        selectors.draft_document(draft.pk),
        {"note": draft.note, **new},
        draft=draft,
        replaces=draft.replaces,
        at=draft.revision,
    )


def _page(
    admin: theme.ModelAdmin[TariffDraft], request: HttpRequest, subject: Subject
) -> HttpResponse:
    if request.method != "POST":
        editor = Editor.of(subject.document, is_new=subject.is_new, **subject.initial)
        return _show(admin, request, subject, editor, subject.document or None)
    editor = Editor.sent(request.POST, is_new=subject.is_new)
    document = _document(editor, subject)
    if "save" in request.POST and document is not None:
        saved = _saved(request, editor, subject, document)
        if saved is not None:
            messages.success(request, "The draft was saved. Partners get it when it is published.")
            return HttpResponseRedirect(page_url(saved))
    return _show(admin, request, subject, editor, document)


def _document(editor: Editor, subject: Subject) -> dict[str, Any] | None:
    if not editor.is_valid():
        return None
    if subject.replaces is not None:
        return editor.document(subject.replaces.owner, subject.replaces.tariff_id)
    given = editor.head.cleaned_data
    return editor.document(given["owner"], given["tariff_id"])


def _saved(
    request: HttpRequest, editor: Editor, subject: Subject, document: dict[str, Any]
) -> TariffDraft | None:
    """The draft as it is kept now; nothing when that was refused, with the reason among the mistakes."""
    given, actor = editor.head.cleaned_data, user_of(request)
    owner = subject.replaces.owner if subject.replaces else given["owner"]
    try:
        if subject.draft is None:
            return services.start_draft(
                owner,
                document,
                replaces=subject.replaces,
                based_on=_sent_at(request),
                note=given["note"],
                actor=actor,
            )
        return services.change_draft(
            subject.draft,
            owner,
            document,
            revision=_sent_at(request) or 0,
            note=given["note"],
            actor=actor,
        )
    except (services.DraftRefused, services.NotOurs) as refused:
        editor.head.add_error(None, str(refused))
        return None


def _sent_at(request: HttpRequest) -> int | None:
    """The version or revision that the form began with."""
    text = request.POST.get("at", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _show(
    admin: theme.ModelAdmin[TariffDraft],
    request: HttpRequest,
    subject: Subject,
    editor: Editor,
    document: Mapping[str, Any] | None,
) -> HttpResponse:
    others = []
    if subject.replaces is not None and subject.draft is None:
        tariff = subject.replaces
        others = list(selectors.open_drafts(tariff.owner, tariff.tariff_key))
    shown = {
        "subject": subject,
        "editor": editor,
        "at": subject.at if request.method != "POST" else _shown_at(request, editor, subject),
        "prices": price_table(document) if document else None,
        "remarks": remarks_for(dated(document, timezone.now())) if document else [],
        **_drawn(subject, editor, document),
        "others": others,
    }
    part = request.POST.get("look") == "quietly"
    template = "tariffs/editor_preview.html" if part else "tariffs/editor.html"
    return admin.page(request, template, subject.title, shown)


def _drawn(subject: Subject, editor: Editor, document: Mapping[str, Any] | None) -> dict[str, Any]:
    """What charges would cost, and the week; nothing while there is no document."""
    if document is None:
        return {}
    tariff = subject.replaces
    owner = editor.head.cleaned_data.get("owner") if editor.head.is_bound else None
    now = selectors.document_of(tariff.pk) if tariff is not None else None
    return draft_costs.shown(document, now, owner=owner, tariff=tariff)


def _shown_at(request: HttpRequest, editor: Editor, subject: Subject) -> int | None:
    """After a refusal because of a colleague the next attempt goes through, as the message says."""
    refused = bool(editor.head.non_field_errors())
    return subject.at if refused and subject.draft is not None else _sent_at(request)
