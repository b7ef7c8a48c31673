"""Deciding: a page (or dialog) that says about how much and what will happen, then a POST that does it.

``ids`` in the address are the reviews; ``matching`` instead means all that the list named by ``queue`` shows.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from review import bulk, words
from review.admin import desk, desk_queue
from review.admin.desk_filters import EVERYTHING, state_of
from review.admin.desk_forms import DecisionForm
from review.admin.desk_selection import Selection, chosen
from review.choices import Action
from review.models import CDRReview
from review.services import POSSIBLE, NotPossible
from staff.links import page_url
from staff.requests import user_of

DECIDE = "review.change_cdrreview"
DISPUTE = "review.add_dispute"
IDS, MATCHING, WALKING = "ids", "matching", "walk"
ACTIONS = tuple(words.MEANINGS)


def may_decide(request: HttpRequest) -> bool:
    return bool(request.user.has_perm(DECIDE))


def may_dispute(request: HttpRequest) -> bool:
    """A dispute changes reviews, and is a thing of its own."""
    return may_decide(request) and bool(request.user.has_perm(DISPUTE))


def may(request: HttpRequest, action: Action) -> bool:
    return may_dispute(request) if action == Action.DISPUTE else may_decide(request)


def url(action: Action, **parameters: object) -> str:
    """Where it is asked whether to decide so."""
    address = reverse("admin:review_cdrreview_decide", args=[action.value])
    given = {name: value for name, value in parameters.items() if value not in ("", None, 0)}
    return f"{address}?{urlencode(given)}"


def keys(request: HttpRequest) -> list[dict[str, str]]:
    """The actions of this user with their keys, each with an address that takes ``ids``."""
    return [
        {"key": meaning.key, "label": meaning.label, "url": url(action)}
        for action, meaning in words.MEANINGS.items()
        if may(request, action)
    ]


def for_all(request: HttpRequest) -> list[dict[str, str]]:
    """What this user can do to all that the list shows."""
    query = request.GET.copy()
    query.pop("p", None)
    state = state_of(query.get("state"))
    return [
        {
            "label": meaning.label,
            "url": url(action, matching=1, queue=query.urlencode()),
            "icon": meaning.icon,
        }
        for action, meaning in words.MEANINGS.items()
        if may(request, action) and (state == EVERYTHING or state in POSSIBLE[action])
    ]


def buttons(
    request: HttpRequest, review: CDRReview, queue: desk_queue.Queue
) -> list[dict[str, Any]]:
    """What this user can decide about a review now, from its page."""
    return [
        {
            "url": url(action, ids=review.pk, walk=1, **queue.parameters),
            "label": meaning.label,
            "icon": meaning.icon,
            "key": meaning.key,
            "dangerous": meaning.is_dangerous,
            "next": meaning.next,
        }
        for action, meaning in words.MEANINGS.items()
        if may(request, action) and review.state in POSSIBLE[action]
    ]


def view(model_admin: admin.ModelAdmin[Any], request: HttpRequest, name: str) -> HttpResponse:
    """Ask, then decide: one by one or about many."""
    action = next((one for one in ACTIONS if one.value == name), None)
    if action is None:
        raise Http404
    if not may(request, action):
        raise PermissionDenied
    queue = desk_queue.of_request(model_admin, request)
    selection = chosen(action, _rows(request, queue))
    home = desk.list_url(queue.query)
    if not selection.seen:
        messages.warning(request, selection.why_nothing)
        return HttpResponseRedirect(_back(request, queue, home))
    form = DecisionForm(action, selection, request.POST or None)
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["seen"] == selection.digest:
            return _decide(request, action, selection, form, queue)
        form = DecisionForm(action, selection, request.POST, anew=True)
    return _ask(model_admin, request, action, selection, form, _back(request, queue, home))


def _rows(request: HttpRequest, queue: desk_queue.Queue) -> Any:
    if request.GET.get(MATCHING):
        return queue.rows
    ids = [
        int(part)
        for part in request.GET.get(IDS, "").split(",")
        if part.isascii() and part.isdigit()
    ]
    return CDRReview.objects.filter(pk__in=ids[: bulk.AT_ONCE])


def _back(request: HttpRequest, queue: desk_queue.Queue, home: str) -> str:
    """Where somebody goes who decides nothing: the page of the review, or the list."""
    ids = request.GET.get(IDS, "")
    if request.GET.get(WALKING) and ids.isascii() and ids.isdigit():
        return queue.url(CDRReview(pk=int(ids)))
    return home


def _ask(
    model_admin: admin.ModelAdmin[Any],
    request: HttpRequest,
    action: Action,
    selection: Selection,
    form: DecisionForm,
    home: str,
) -> HttpResponse:
    in_dialog = request.headers.get("X-Requested-With") == "dialog"
    meaning = words.MEANINGS[action]
    shown = {
        **model_admin.admin_site.each_context(request),
        "title": meaning.label,
        "opts": model_admin.opts,
        "meaning": meaning,
        "question": meaning.question.format(what=selection.name),
        "selection": selection,
        "in_background": len(selection.seen) > bulk.AT_ONCE,
        "form": form,
        "home": home,
    }
    template = "review/decide_dialog.html" if in_dialog else "review/decide.html"
    return TemplateResponse(request, template, shown)


def _decide(
    request: HttpRequest,
    action: Action,
    selection: Selection,
    form: DecisionForm,
    queue: desk_queue.Queue,
) -> HttpResponse:
    title = str(form.cleaned_data.get("title") or "")
    actor = user_of(request)
    if len(selection.seen) > bulk.AT_ONCE:
        job = bulk.start(action, selection.seen, reason=form.reason, title=title, actor=actor)
        messages.success(request, f"A worker does it: {words.cdrs(len(selection.seen))}.")
        return HttpResponseRedirect(page_url(job))
    home = desk.list_url(queue.query)
    try:
        opened = bulk.decide(action, selection.seen, reason=form.reason, title=title, actor=actor)
    except NotPossible as problem:
        messages.error(request, str(problem))
        return HttpResponseRedirect(_back(request, queue, home))
    goal, left = home, ""
    if request.GET.get(WALKING) and selection.one is not None:
        goal, left = _onwards(queue, selection.one)
    messages.success(request, _done(action, selection, opened, left))
    return HttpResponseRedirect(goal)


def _onwards(queue: desk_queue.Queue, review: CDRReview) -> tuple[str, str]:
    """The page of the next one in the queue, and how many are left; the list when none is."""
    following = queue.next(review)
    if following is None:
        return desk.list_url(queue.query), "None is left here."
    return queue.url(following), f"{desk_queue.left_words(queue)}."


def _done(action: Action, selection: Selection, opened: list[Any], left: str) -> SafeString | str:
    done = words.MEANINGS[action].done.format(what=selection.name)
    said = f"{done} {left}".strip()
    if not opened:
        return said
    pages = [
        format_html('<a class="text-link" href="{}">{}</a>', page_url(one), one.number)
        for one in opened
    ]
    links = format_html(", ".join(["{}"] * len(pages)), *pages)
    what = "dispute" if len(pages) == 1 else "disputes"
    return format_html("{} The {} {} waits to be sent to the partner.", said, what, links)
