"""Would this card charge here, now, and why? Looking asks nobody; asking an eMSP is confirmed first."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from exchange import why
from exchange.admin import links
from locations.models import EVSE, Location
from ocpi.ids import PartyId, ci_key
from parties import services as parties
from parties.choices import Role
from parties.models import Agreement, Connection
from staff import badges, theme
from staff.links import list_url, may_view, page_url
from staff.requests import user_of
from tokens.authorization import planning, services, table
from tokens.authorization.admin import shown
from tokens.authorization.models import Authorization
from tokens.authorization.questions import Plan, Question
from tokens.choices import TokenType
from tokens.models import Token

PAGE = "tokens_authorization_decide"
ASK = "tokens_authorization_ask"
ASKING = "tokens.change_token"
RECENT = 10
ANSWERS = {why.YES: ("Yes", "success"), why.NO: ("No", "danger"), why.NOTE: ("Note", "info")}


class DecideForm(forms.Form):
    """A card, a place, and whose charge point it is."""

    card = forms.CharField(
        label="Card number",
        max_length=255,
        widget=theme.TextWidget(attrs={"placeholder": "012345678"}),
        help_text="The UID that the reader at the charge point sees.",
    )
    type = forms.ChoiceField(
        label="Type", choices=TokenType.choices, required=False, widget=theme.SelectWidget
    )
    location = forms.CharField(
        label="Location",
        max_length=300,
        required=False,
        widget=theme.TextWidget(attrs={"placeholder": "NL*ABC/LOC1"}),
        help_text="Owner and ID, or the ID alone. Empty for nowhere in particular.",
    )
    evse = forms.CharField(
        label="EVSE",
        max_length=255,
        required=False,
        widget=theme.TextWidget(),
        help_text="UID or EVSE ID at that location. May be empty.",
    )
    asker = forms.ModelChoiceField(
        queryset=Connection.objects.connected().order_by("name"),
        label="Who asks",
        required=False,
        empty_label="Our own charge points",
        widget=theme.SelectWidget,
    )

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        try:
            ci_key(given.get("card") or "")
        except ValueError as error:
            self.add_error("card", str(error))
        given["type"] = given.get("type") or TokenType.RFID.value
        given["place"] = None
        if given.get("location"):
            given["place"] = self._place(given["location"], given.get("evse") or "")
        elif given.get("evse"):
            self.add_error("location", "An EVSE is named within its location.")
        return given

    def _place(self, name: str, evse: str) -> dict[str, Any] | None:
        found = _location(name)
        if found is None:
            self.add_error("location", f"There is no location {name} here.")
            return None
        if not evse:
            return {"location_id": found.location_id}
        compact = "".join(c for c in evse.upper() if c.isalnum())
        held = EVSE.objects.filter(location=found).filter(
            Q(uid_key=evse.upper()) | Q(evse_key=compact)
        )
        first = held.first()
        if first is None:
            self.add_error("evse", f"{found.location_id} has no EVSE {evse}.")
            return None
        return {"location_id": found.location_id, "evse_uids": [first.uid]}


def _location(name: str) -> Location | None:
    identity, slash, identifier = name.strip().partition("/")
    rows = Location.objects.filter(vanished_at=None).order_by("-owner__is_ours", "pk")
    try:
        owner = PartyId.parse(identity) if slash else None
        key = ci_key(identifier if owner else name.strip())
    except ValueError:
        return None
    if owner is not None:
        rows = rows.filter(owner__country_code=owner.country_code, owner__party_id=owner.party_id)
    return rows.filter(location_key=key).first()


class Asked(NamedTuple):
    """What staff asked: the question, and the query string that asks it again."""

    question: Question
    query: str


def url_of(row: Authorization) -> str:
    """The same question, now."""
    location = f"{row.cpo.identity}/{row.location_key}" if row.cpo else row.location_key
    return url(
        row.uid,
        row.type,
        location if row.location_key else "",
        row.evse_key,
        row.connection_id if row.connection and not _is_office(row.connection) else None,
    )


def url(card: str, type_: str, location: str = "", evse: str = "", asker: int | None = None) -> str:
    """The page with everything filled in."""
    given = {"card": card, "type": type_, "location": location, "evse": evse, "asker": asker or ""}
    kept = {name: value for name, value in given.items() if value}
    return f"{reverse(f'admin:{PAGE}')}?{urlencode(kept)}"


def page(request: HttpRequest) -> HttpResponse:
    """The page of its own: any card, any place."""
    if not may_view(request, Authorization):
        raise PermissionDenied
    form = _form(request)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": "Would this card charge here?",
        "opts": Authorization._meta,
        "form": form,
        "asked": form.is_bound,
    }
    if form.is_bound and form.is_valid():
        context |= decision(request, _asked(request, form))
    return TemplateResponse(request, "tokens/decide.html", context)


def for_token(request: HttpRequest, token: Token) -> dict[str, Any]:
    """What the page of a token shows with ``tokens/decision.html``: here, now, and nowhere in particular.

    For a card of ours a partner's CPO asks, for one of a partner's a charge point of ours.
    """
    question = services.for_staff(token.uid, token.type, None, user_of(request).get_username())
    query = urlencode({"card": token.uid, "type": token.type})
    return {
        **decision(request, Asked(question, query)),
        "decide_url": url(token.uid, token.type),
    }


def decision(request: HttpRequest, asked: Asked) -> dict[str, Any]:
    """Every step of a question, the row of the truth table, and whom staff can have asked."""
    plan = planning.plan(asked.question)
    sentence, variant = shown.verdict_words(plan.verdict)
    if plan.asking:
        sentence, variant = shown.asking_words(plan), ""
    rows = {table.row(token.whitelist, valid=token.valid) for token in plan.tokens}
    return {
        "decision": {
            "sentence": sentence,
            "variant": variant,
            "steps": [_line(request, step, plan) for step in plan.steps],
            "table": [_row(row, current=row in rows) for row in table.TABLE],
            "ask_url": f"{reverse(f'admin:{ASK}')}?{asked.query}"
            if plan.asking and request.user.has_perm(ASKING)
            else "",
            "recent": _recent(asked.question),
            "recent_url": list_url(Authorization, q=asked.question.uid),
        }
    }


def ask(request: HttpRequest) -> HttpResponse:
    """Ask the eMSPs in earnest: a page that says so first, then the decision that came of it."""
    if not (may_view(request, Authorization) and request.user.has_perm(ASKING)):
        raise PermissionDenied
    form = DecideForm(request.GET)
    if not form.is_valid():
        return HttpResponseRedirect(f"{reverse(f'admin:{PAGE}')}?{request.GET.urlencode()}")
    asked = _asked(request, form)
    home = f"{reverse(f'admin:{PAGE}')}?{asked.query}"
    if request.method == "POST":
        services.authorize(asked.question)
        row = Authorization.objects.filter(correlation_id=asked.question.correlation_id).first()
        messages.success(request, "The question was asked; this is what came of it.")
        return HttpResponseRedirect(page_url(row) if row else home)
    plan = planning.plan(asked.question)
    names = ", ".join(str(one.target) for one in plan.asking) or "nobody"
    return TemplateResponse(
        request,
        "tokens/ask.html",
        {
            **admin.site.each_context(request),
            "title": "Ask the eMSP",
            "opts": Authorization._meta,
            "question": f"Ask {names} whether card {asked.question.uid} may charge?",
            "explanation": "A real request goes out, as if a driver stood at the charge point. Nothing starts"
            " charging by it. It is kept with your name.",
            "query": asked.query,
            "home": home,
        },
    )


def _form(request: HttpRequest) -> DecideForm:
    return DecideForm(request.GET) if request.GET.get("card") else DecideForm()


def _asked(request: HttpRequest, form: DecideForm) -> Asked:
    given = form.cleaned_data
    asker: Connection | None = given["asker"]
    actor = user_of(request).get_username()
    question = services.for_staff(given["card"], given["type"], given["place"], actor)
    if asker is not None:
        question = _of_partner(question, asker)
    kept = {
        name: value
        for name in ("card", "type", "location", "evse", "asker")
        if (value := request.GET.get(name, ""))
    }
    return Asked(question, urlencode(kept))


def _of_partner(question: Question, asker: Connection) -> Question:
    cpos = tuple(parties.spoken_parties(asker).filter(role=Role.CPO))
    return Question(
        question.uid,
        question.type,
        question.location,
        connection=asker,
        cpos=cpos,
        version=asker.version,
        actor=question.actor,
    )


def _is_office(connection: Connection) -> bool:
    return Question("", connection=connection).is_for_us


def _line(request: HttpRequest, step: why.Step, plan: Plan) -> dict[str, Any]:
    return {
        "step": step,
        "badge": badges.label_badge(*ANSWERS[step.answer]),
        "link": _change(request, step.change, plan),
    }


def _change(request: HttpRequest, change: str, plan: Plan) -> dict[str, str]:
    """Where staff look at, or change, what an answer depends on."""
    token = plan.tokens[0] if plan.tokens else None
    found = {"url": "", "label": ""}
    if change == "token" and token is not None:
        url_ = links.object_url("tokens", token.reference) or ""
        found = {"url": url_, "label": "The token"}
    elif change == "party" and token is not None:
        found = {"url": page_url(token.owner), "label": "The party"}
    elif change == "connection":
        target = plan.asking[0].target.connection if plan.asking else None
        url_ = page_url(target) if target else list_url(Connection)
        found = {"url": url_, "label": "The connection" if target else "Connections"}
    elif change == "agreement" and may_view(request, Agreement):
        found = {"url": list_url(Agreement), "label": "Agreements"}
    return found


def _row(row: table.Row, *, current: bool) -> dict[str, Any]:
    return {
        "whitelist": row.whitelist.value,
        "valid": "valid" if row.valid else "not valid",
        "asks": "Ask the eMSP" if row.asks else row.stored.label,
        "silent": row.silent.label if row.asks else "",
        "current": current,
    }


def _recent(question: Question) -> list[dict[str, Any]]:
    rows = (
        Authorization.objects.filter(uid_key=question.uid_key)
        .select_related("connection", "cpo", "owner")
        .order_by("-id")[:RECENT]
    )
    return [
        {
            "row": row,
            "url": page_url(row),
            "badge": shown.allowed_badge(row.allowed, row.how),
            "partner": links.partner(row.connection) if row.connection else row.actor,
            "place": shown.place_link(row),
        }
        for row in rows
    ]
