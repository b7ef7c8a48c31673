"""Handshakes step by step, live while they run."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString

from credentials import services
from credentials.admin.verbs import CHANGE, start
from credentials.choices import BADGES, HandshakeDirection, HandshakeKind, HandshakeState, StepState
from credentials.models import Handshake, HandshakeStep
from exchange.models import Exchange
from staff import confirmed, theme
from staff.badges import badge
from staff.confirmed import Confirmed
from staff.fragments import EMPTY, link, moment
from staff.links import page_url, page_url_of
from staff.requests import user_of

ICONS = {
    StepState.RUNNING: "progress_activity",
    StepState.DONE: "check_circle",
    StepState.WARNING: "warning",
    StepState.FAILED: "cancel",
    StepState.SKIPPED: "remove",
}
_PREPARE = {
    HandshakeKind.REGISTRATION: services.prepare_retry,
    HandshakeKind.ROTATION: services.prepare_rotation,
    HandshakeKind.UNREGISTRATION: services.prepare_unregistration,
    HandshakeKind.TEST: services.prepare_test,
    HandshakeKind.COMPROMISE: services.prepare_compromise,
    HandshakeKind.DISCOVERY: services.prepare_discovery,
}


def _prepare(handshake: Handshake, request: HttpRequest) -> Handshake:
    connection, user = handshake.connection, user_of(request)
    if handshake.kind == HandshakeKind.VERSION:
        return services.prepare_version_change(connection, handshake.version, user)
    return _PREPARE[HandshakeKind(handshake.kind)](connection, user)


def _retry(request: HttpRequest, handshake: Handshake) -> str:
    return start(_prepare(handshake, request))


RETRY = Confirmed(
    name="retry",
    label="Try again",
    icon="refresh",
    permission=CHANGE,
    question="Try again?",
    explanation="The same once more, with the same address and token.",
    perform=_retry,
    allowed=lambda handshake: (
        handshake.direction == HandshakeDirection.OUT and handshake.state == HandshakeState.FAILED
    ),
    refusals=(services.Refused,),
)


@theme.register(Handshake)
class HandshakeAdmin(theme.ReadOnlyAdmin[Handshake]):
    list_display = [
        "begun",
        "kind_shown",
        "partner",
        "direction_shown",
        "state_shown",
        "outcome",
        "actor",
    ]
    list_display_links = ["begun"]
    list_filter = [
        ("connection", theme.AutocompleteSelectFilter),
        ("kind", theme.ChoicesCheckboxFilter),
        ("state", theme.ChoicesCheckboxFilter),
    ]
    paginator = theme.UncountedPaginator
    page_template = "staff/transcript.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Handshake]:
        return super().get_queryset(request).select_related("connection")

    def get_urls(self) -> list[URLPattern]:
        steps = self.admin_site.admin_view(self.steps_view)
        return [
            path("<int:object_id>/steps/", steps, name="credentials_handshake_steps"),
            *confirmed.urls(self, [RETRY]),
            *super().get_urls(),
        ]

    def steps_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """The steps alone, which the page asks for every second while the handshake runs."""
        handshake = self.found(request, object_id)
        context = self.page_context(request, handshake)
        return TemplateResponse(request, "staff/transcript_steps.html", context)

    def page_context(self, request: HttpRequest, handshake: Handshake) -> dict[str, Any]:
        return {
            "handshake": handshake,
            "state_variant": BADGES.get(handshake.state, "default"),
            "steps": [_shown(step) for step in handshake.steps.all()],
            "buttons": confirmed.buttons(self, [RETRY], request, handshake),
            "connection_url": page_url(handshake.connection),
        }

    @theme.display(description="Begun", ordering="id")
    def begun(self, handshake: Handshake) -> SafeString:
        return moment(handshake.created_at)

    @theme.display(description="What")
    def kind_shown(self, handshake: Handshake) -> str:
        return HandshakeKind(handshake.kind).label

    @theme.display(description="Connection")
    def partner(self, handshake: Handshake) -> SafeString:
        return link(page_url(handshake.connection), handshake.connection.name)

    @theme.display(description="Begun by")
    def direction_shown(self, handshake: Handshake) -> str:
        return "Us" if handshake.direction == HandshakeDirection.OUT else "The partner"

    @theme.display(description="State")
    def state_shown(self, handshake: Handshake) -> SafeString:
        return badge(handshake.state, HandshakeState, BADGES)

    @theme.display(description="Outcome")
    def outcome(self, handshake: Handshake) -> str:
        text = handshake.diagnosis
        return f"{text[:87]}…" if len(text) > 90 else text or EMPTY


def _shown(step: HandshakeStep) -> dict[str, Any]:
    return {
        "step": step,
        "icon": ICONS[StepState(step.state)],
        "duration": _duration(step.duration_ms),
        "exchange_url": page_url_of(Exchange, step.exchange_id),
    }


def _duration(milliseconds: int | None) -> str:
    if milliseconds is None:
        return ""
    return f"{milliseconds} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"
