"""The charging profile of a session, for staff: what is in force, what was asked, and to ask for more."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from charging import words
from charging.charts import limits
from charging.commands.admin import shown
from charging.commands.choices import CommandState, CommandType
from charging.models import Command, Session
from charging.profiles import asking, selectors, services
from charging.sessions import related
from exchange.admin import links
from ocpi.datetimes import format_datetime
from staff import fragments, theme
from staff.links import page_url
from staff.requests import user_of

PERMISSION = "charging.change_session"
ASKED_SECONDS = 3600


class LimitForm(forms.Form):
    """A limit for a session; :meth:`document` is a canonical ChargingProfile."""

    unit = forms.ChoiceField(
        label="Limit the",
        choices=[("W", "power in all (W)"), ("A", "current per phase (A)")],
        widget=theme.SelectWidget,
        help_text="Usually the power of fast chargers, and the current of slow ones.",
    )
    limit = forms.DecimalField(
        label="To at most",
        min_value=0,
        max_digits=9,
        decimal_places=1,
        widget=theme.TextWidget,
        help_text="Such as 11000 W or 16 A. 0 stops the flow while the session goes on.",
    )
    minutes = forms.IntegerField(
        label="For how many minutes",
        min_value=1,
        max_value=7 * 24 * 60,
        required=False,
        widget=theme.TextWidget,
        help_text="From now on. Leave empty for the whole charge.",
    )

    def document(self) -> dict[str, Any]:
        given = self.cleaned_data
        number: Decimal = given["limit"]
        profile: dict[str, Any] = {"charging_rate_unit": given["unit"]}
        if given["minutes"]:
            profile["start_date_time"] = format_datetime(timezone.now(), whole_seconds=True)
            profile["duration"] = given["minutes"] * 60
        profile["charging_profile_period"] = [{"start_period": 0, "limit": float(number)}]
        return profile


def urls(model_admin: Any) -> list[URLPattern]:
    """The addresses below the admin of sessions."""
    view = model_admin.admin_site.admin_view
    base, name = "<int:session_id>/profile/", "charging_session_profile"
    pages = {"set": set_view, "clear": clear_view, "ask": ask_view}
    return [
        path(base, view(partial(profile_view, model_admin)), name=name),
        *(
            path(f"{base}{verb}/", view(partial(page, model_admin)), name=f"{name}_{verb}")
            for verb, page in pages.items()
        ),
    ]


def profile_url(session: Session) -> str:
    """The page of a session's charging profile."""
    return reverse("admin:charging_session_profile", args=[session.pk])


def why_not(session: Session) -> str:
    """Why staff cannot ask about a session's profile now; empty when they can."""
    if not session.is_live:
        return "The session has ended."
    if services.who_asks(session) is None:
        return "The card is not of an eMSP of ours: who sets a profile is its eMSP."
    if asking.runner(session.owner)[0] is None:
        return (
            "The system of its CPO takes no charging profiles. OCPI has them from 2.2.1 on, and not every"
            " CPO supports them."
        )
    return ""


def profile_view(model_admin: Any, request: HttpRequest, session_id: int) -> HttpResponse:
    """What is in force, as chart and table, and everything that was asked."""
    session: Session = model_admin.found(request, session_id)
    if not model_admin.has_view_permission(request, session):
        raise PermissionDenied
    told, now = selectors.told(session), timezone.now()
    found = selectors.in_force(told)
    zone = related.zone_of(related.related_to(session).location)
    may = request.user.has_perm(PERMISSION)
    cannot = why_not(session)
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "original": session,
        "title": f"Charging profile of session {session}",
        "session": session,
        "back": page_url(session),
        "may": may and not cannot,
        "cannot": cannot if may else "",
        "zone": str(zone or "UTC"),
        "zone_is_known": zone is not None,
        "chart": limits.chart(found, zone, now),
        "limits": [_row(one, zone, now) for one in reversed(found)],
        "latest": told[0] if told else None,
        "told_by": links.partner(told[0].received_from) if told and told[0].received_from else "",
        "requests": [_request(one, session) for one in selectors.requests(session)],
    }
    return TemplateResponse(request, "charging/profile.html", context)


def _row(limit: limits.Limit, zone: Any, now: Any) -> dict[str, Any]:
    return {
        "start": words.local(limit.start, zone),
        "end": words.local(limit.end, zone) if limit.end else "",
        "limit": limit.words,
        "told": fragments.ago(limit.told_at),
        "is_now": limit.holds(now),
    }


def _request(command: Command, session: Session) -> dict[str, Any]:
    return {
        "link": fragments.link(page_url(command), command.get_type_display()),
        "at": fragments.moment(command.created_at),
        "lines": selectors.asked_words(command, session),
        "who": shown.requester(command),
        "state": shown.state_badge(command),
        "sentence": shown.sentence(command),
    }


def set_view(model_admin: Any, request: HttpRequest, session_id: int) -> HttpResponse:
    """The form for a limit; on POST the CPO is asked, which may take a few seconds."""
    session = _may_ask(model_admin, request, session_id)
    if isinstance(session, HttpResponse):
        return session
    form = LimitForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        document = {"charging_profile": form.document()}
        return _ask(request, session, CommandType.SET_PROFILE, document)
    introduction = (
        f"{session.owner.identity} is asked at once to limit this charge. It replaces a limit that was set before."
        " The car may take less: it is a maximum, not a target."
    )
    return _form(model_admin, request, session, form, introduction, "Set the limit")


def clear_view(model_admin: Any, request: HttpRequest, session_id: int) -> HttpResponse:
    """Asks first; on POST the limit that we set is taken away."""
    session = _may_ask(model_admin, request, session_id)
    if isinstance(session, HttpResponse):
        return session
    if request.method == "POST":
        return _ask(request, session, CommandType.CLEAR_PROFILE, {})
    introduction = (
        "The limit that was set for this charge is taken away. Limits of the CPO's own stay."
    )
    return _form(model_admin, request, session, forms.Form(), introduction, "Take the limit away")


def ask_view(model_admin: Any, request: HttpRequest, session_id: int) -> HttpResponse:
    """Asks first; on POST the charge point is asked what it has planned for the next hour."""
    session = _may_ask(model_admin, request, session_id)
    if isinstance(session, HttpResponse):
        return session
    if request.method == "POST":
        return _ask(request, session, CommandType.GET_PROFILE, {"duration": ASKED_SECONDS})
    introduction = (
        "The charge point is asked what it has planned for the next hour, with all limits that hold for it. The"
        " answer takes a moment and appears on the page of the profile."
    )
    return _form(model_admin, request, session, forms.Form(), introduction, "Ask")


def _may_ask(
    model_admin: Any, request: HttpRequest, session_id: int
) -> Session | HttpResponseRedirect:
    session: Session = model_admin.found(request, session_id)
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    reason = why_not(session)
    if reason:
        messages.warning(request, f"Nothing can be asked. {reason}")
        return HttpResponseRedirect(profile_url(session))
    return session


def _ask(
    request: HttpRequest, session: Session, kind: CommandType, document: dict[str, Any]
) -> HttpResponseRedirect:
    command, reply = services.ask(session, kind, document, actor=user_of(request))
    if command.state == CommandState.ACCEPTED or command.result:
        messages.success(
            request, "The CPO has passed it on; what the charge point did comes later."
        )
    else:
        messages.warning(request, f"{shown.sentence(command)} {reply.sentence}".strip())
    return HttpResponseRedirect(profile_url(session))


def _form(
    model_admin: Any,
    request: HttpRequest,
    session: Session,
    form: forms.Form,
    introduction: str,
    submit: str,
) -> HttpResponse:
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "original": session,
        "form": form,
        "title": f"{submit}: session {session}",
        "introduction": introduction,
        "submit_label": submit,
        "back": profile_url(session),
    }
    return TemplateResponse(request, "staff/form.html", context)
