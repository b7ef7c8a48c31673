"""Applying for codes in public: what is free, the form, and the page behind an applicant's tracking link."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from axes.helpers import get_client_ip_address
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from ocpi.identifiers import NotAnId, read_party_id
from registers.choices import CodeRole
from registers.models import Application, RegisterRules
from registers.public import answers
from registers.public.forms import ApplicationForm
from registers.running import rules as pure
from registers.running import selectors, services, words
from registers.running.choices import ApplicationKind, ApplicationState

_BOTH = [str(role) for role in CodeRole]
_LONGEST = 100


@answers.strict
@require_http_methods(["GET", "HEAD", "POST"])
def apply(request: HttpRequest) -> HttpResponse:
    """``/register/apply/?register=…&country=GB&code=ABC&name=…``: search for a free code, and apply.

    409 for a code that is taken, with free ones in the message; 429 for too many applications from one address.
    """
    open_ones = [rules for rules in selectors.run_here() if rules.is_open]
    if not open_ones:
        raise Http404
    wanted = request.GET.get("register", "")
    rules = next((one for one in open_ones if one.register.key == wanted), open_ones[0])
    shown: dict[str, Any] = {
        "rules": rules,
        "others": [one for one in open_ones if one != rules],
        "search": _search(request, rules),
    }
    if request.method == "POST":
        return answers.private(_submit(request, rules, shown))
    initial = {
        "country_code": shown["search"]["country"],
        "party_id": shown["search"]["code"],
        "legal_name": shown["search"]["name"],
        "kind": request.GET.get("kind", ApplicationKind.NEW),
        "roles": _BOTH,
    }
    shown["form"] = ApplicationForm(rules, initial=initial)
    return answers.private(answers.page(request, "apply", shown))


@answers.strict
@require_http_methods(["GET", "HEAD", "POST"])
def track(request: HttpRequest, secret: str) -> HttpResponse:
    """``/register/applications/<secret>/``: how far an application is; POST withdraws it."""
    application = services.find(secret)
    if application is None:
        raise Http404
    if request.method == "POST":
        # Where it is too late, the page says what became of it.
        with suppress(services.NotPossible):
            services.withdraw(application, actor="applicant")
        return answers.private(HttpResponseRedirect(request.path))
    return answers.private(answers.page(request, "application", _tracked(request, application)))


def _submit(request: HttpRequest, rules: RegisterRules, shown: dict[str, Any]) -> HttpResponse:
    form = ApplicationForm(rules, request.POST)
    shown["form"] = form
    if not form.is_valid():
        return answers.page(request, "apply", shown)
    sender = str(get_client_ip_address(request) or "unknown")
    try:
        _, secret = services.submit(rules.register, form.wish, sender=sender)
    except services.CodeTaken as taken:
        form.add_error("party_id", str(taken))
        return answers.page(request, "apply", shown, status=409)
    except services.TooMany as problem:
        form.add_error(None, str(problem))
        return answers.page(request, "apply", shown, status=429)
    except services.NotPossible as problem:
        form.add_error(None, str(problem))
        return answers.page(request, "apply", shown, status=409)
    return redirect("public-application", secret)


def _search(request: HttpRequest, rules: RegisterRules) -> dict[str, Any]:
    """Whether the code that is searched for is free, and free ones near the wish."""
    countries = rules.register.jurisdictions
    code = request.GET.get("code", "")[:_LONGEST].strip().upper()
    name = request.GET.get("name", "")[:_LONGEST].strip()
    country = request.GET.get("country", "").upper()
    shown: dict[str, Any] = {
        "code": code,
        "name": name,
        "country": country if country in countries else next(iter(countries), ""),
        "asked": "name" in request.GET,
    }
    if not shown["asked"] or not shown["country"] or not (code or name):
        return shown
    ground = selectors.ground(rules, shown["country"], _BOTH)
    if code:
        shown.update(_availability(ground, code))
    free = pure.suggestions(name, shown["code"], ground.is_free, 6)
    others = [one for one in free if one != shown["code"]][:5]
    shown["suggestions"] = [
        {"code": f"{shown['country']}*{one}", "url": _url(rules, shown, one)} for one in others
    ]
    return shown


def _availability(ground: selectors.Ground, code: str) -> dict[str, Any]:
    try:
        party = read_party_id(code if len(code) > 3 else f"{ground.country}*{code}")
    except NotAnId as problem:
        return {"refusal": f"{problem.reason.capitalize()}."}
    if party.country_code != ground.country:
        return {"refusal": f"{party} is a code of {party.country_code}, not of {ground.country}."}
    refusal = ground.refusal(party.party_id)
    return {"code": party.party_id, "refusal": refusal, "free": "" if refusal else str(party)}


def _url(rules: RegisterRules, shown: dict[str, Any], code: str) -> str:
    asked = {
        "register": rules.register.key,
        "country": shown["country"],
        "code": code,
        "name": shown["name"],
    }
    return f"{reverse('public-apply')}?{urlencode(asked)}"


def _tracked(request: HttpRequest, application: Application) -> dict[str, Any]:
    issued = application.code if application.state == ApplicationState.ISSUED else None
    return {
        "application": application,
        "address": request.build_absolute_uri(),
        "kind": application.get_kind_display(),
        "roles": words.roles(application.roles),
        "state": application.get_state_display(),
        "issued_url": reverse("public-code", args=[issued.country_code, issued.party_id])
        if issued
        else "",
    }
