"""Editing tokens of our eMSPs, and sending all of them again: pages with forms in front of services."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeAlias, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from exchange import resync
from ocpi.errors import InvalidParameters, Problem
from ocpi.identifiers import ContractId
from parties.choices import Role
from parties.models import Party
from staff.links import list_url, page_url
from staff.requests import user_of
from tokens import selectors, services
from tokens.admin.forms import NewTokenForm, ResyncForm, TokenForm
from tokens.documents import key_of
from tokens.models import Token

Admin: TypeAlias = "admin.ModelAdmin[Any]"
CHANGED_MEANWHILE = (
    "Somebody (or a partner) changed this token while you were editing. Your entries are still here; "
    "look at the token in another tab, then save again to overwrite."
)
CHANGE = "tokens.change_token"


def urls(model_admin: Admin) -> list[URLPattern]:
    wrap = model_admin.admin_site.admin_view
    return [
        path(
            "<int:token_id>/edit/",
            wrap(partial(edit_token, model_admin)),
            name="tokens_token_edit",
        ),
        path(
            "send-again/",
            wrap(partial(send_again, model_admin)),
            name="tokens_token_resync",
        ),
    ]


def add_token(model_admin: Admin, request: HttpRequest) -> HttpResponse:
    """A new token of one of our eMSPs."""
    _demand(request, "tokens.add_token")
    if not Party.objects.filter(is_ours=True, role=Role.EMSP).exists():
        messages.warning(
            request, "Host one of your own parties as eMSP first: it issues the token."
        )
        return HttpResponseRedirect(list_url(Token))
    form = NewTokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _is_new(form):
        saved = _saved(form, form.cleaned_data["owner"], request)
        if saved is not None:
            messages.success(request, f"{saved} was created. Partners are told.")
            return HttpResponseRedirect(page_url(saved))
    return _page(
        model_admin,
        request,
        form,
        title="New token",
        submit_label="Create",
        back=list_url(Token),
    )


def edit_token(model_admin: Admin, request: HttpRequest, token_id: int) -> HttpResponse:
    """Change one of our tokens."""
    _demand(request, CHANGE)
    token = Token.objects.select_related("owner").filter(pk=token_id).first()
    if token is None:
        raise Http404
    if not token.owner.is_ours:
        raise PermissionDenied("Only its owner changes this token.")
    form = TokenForm(
        request.POST or None,
        document=selectors.document_of(token.pk),
        initial={"version": token.version},
    )
    if request.method == "POST" and form.is_valid() and _is_fresh(form, token):
        saved = _saved(form, token.owner, request)
        if saved is not None:
            messages.success(request, f"{saved} was saved. Partners are told.")
            return HttpResponseRedirect(page_url(saved))
    return _page(
        model_admin,
        request,
        form,
        title=f"Edit token {token}",
        submit_label="Save and tell partners",
        back=page_url(token),
        original=token,
    )


def send_again(model_admin: Admin, request: HttpRequest) -> HttpResponse:
    """All tokens to one partner once more; on POST the job, which is watched on its own page."""
    _demand(request, CHANGE)
    form = ResyncForm(request.POST or None, initial={"partner": request.GET.get("partner", "")})
    if request.method == "POST" and form.is_valid():
        try:
            job = resync.start(form.connection(), services.MODULE, actor=user_of(request))
        except resync.CannotResync as error:
            form.add_error("partner", str(error))
        else:
            return HttpResponseRedirect(page_url(job) or list_url(Token))
    if not resync.takers(services.MODULE):
        messages.warning(request, "No connected partner takes tokens from us.")
        return HttpResponseRedirect(list_url(Token))
    return _page(
        model_admin,
        request,
        form,
        title="Send all tokens again",
        submit_label="Send all again",
        back=list_url(Token),
        introduction="The partner gets every token that is shared with it once more, whole. That may be many"
        " requests; it is a job that you can watch. A new agreement needs none of this: what it shares is"
        " sent by itself.",
    )


def _demand(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _is_new(form: NewTokenForm) -> bool:
    given = form.cleaned_data
    try:
        key = key_of(given["uid"], given["type"])
    except ValueError as error:
        form.add_error("uid", str(error))
        return False
    if Token.objects.filter(owner=given["owner"], token_key=key).exists():
        form.add_error(
            "uid", f"{given['owner'].identity} already has a token of this UID and type."
        )
        return False
    return True


def _is_fresh(form: TokenForm, token: Token) -> bool:
    """Nothing changed since the form was opened; else say so, and let the next attempt through."""
    if form.cleaned_data.get("version") in (None, token.version):
        return True
    form.add_error(None, CHANGED_MEANWHILE)
    data = cast(QueryDict, form.data).copy()
    data["version"] = str(token.version)
    form.data = data
    return False


def _saved(form: TokenForm, owner: Party, request: HttpRequest) -> Token | None:
    """The token as saved; nothing when it was refused, with the reasons at the fields they concern."""
    save: Callable[[], Token] = partial(
        services.save_token, owner, form.apply(), actor=user_of(request)
    )
    try:
        saved = save()
    except InvalidParameters as refused:
        _add_problems(form, refused.problems or [Problem("invalid", "", refused.message)])
    except services.NotOurs as refused:
        form.add_error(None, str(refused))
    else:
        _remark_on(form.cleaned_data["contract_id"], owner, request)
        return saved
    return None


def _remark_on(contract: str, owner: Party, request: HttpRequest) -> None:
    """A contract of another party is taken, as networks that host others have them."""
    found = ContractId.find(contract)
    if found is not None and found.party != owner.identity:
        messages.warning(
            request,
            f"The contract is of another party: it begins with {found.party}; its owner is {owner.identity}.",
        )


def _add_problems(form: forms.Form, problems: Iterable[Problem]) -> None:
    for problem in problems:
        name = problem.path.partition(".")[0]
        if name in form.fields:
            form.add_error(name, problem.message)
        else:
            form.add_error(None, f"{problem.path}: {problem.message}".lstrip(": "))


def _page(model_admin: Admin, request: HttpRequest, form: forms.Form, **shown: Any) -> HttpResponse:
    site = model_admin.admin_site.each_context(request)
    context = {**site, "opts": model_admin.opts, "form": form, **shown}
    return TemplateResponse(request, "staff/form.html", context)
