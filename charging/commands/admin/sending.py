"""The page that sends a command: what it will do, with which card, and a button that does it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse

from charging.commands import offers, staff
from charging.commands.choices import CommandType
from charging.models import Command, Reservation, Session
from locations.admin.evse_actions import page_of
from locations.models import EVSE
from parties.models import Party
from staff import theme
from staff.links import page_url
from staff.requests import user_of
from tokens import finding
from tokens.models import Token

SUGGESTED = 50
NAMED = 3


class SendForm(forms.Form):
    """Whatever a command needs beside the place, the session or the reservation that it is about."""

    card = forms.CharField(
        label="Card",
        max_length=255,
        widget=theme.TextWidget(attrs={"list": "cards", "autocomplete": "off"}),
        help_text="UID, contract or number on a card of one of our eMSPs; the command is sent as that eMSP.",
    )
    sender = forms.ModelChoiceField(
        label="Sent as",
        queryset=Party.objects.none(),
        widget=theme.SelectWidget,
        empty_label=None,
    )
    connector = forms.ChoiceField(label="Connector", widget=theme.SelectWidget)
    minutes = forms.TypedChoiceField(
        label="For how long",
        coerce=int,
        choices=[(15, "15 minutes"), (30, "30 minutes"), (60, "1 hour"), (120, "2 hours")],
        initial=30,
        widget=theme.SelectWidget,
    )

    def __init__(self, kind: str, evse: EVSE | None, data: Any = None) -> None:
        super().__init__(data)
        self.kind = kind
        connectors = [(one["id"], _plug(one)) for one in _connectors(evse)]
        if kind == CommandType.START_SESSION:
            connectors = [("", "Any"), *connectors]
        for name in {*self.fields} - _needed(kind, connectors):
            del self.fields[name]
        if "connector" in self.fields:
            field = self.fields["connector"]
            field.choices = connectors  # type: ignore[attr-defined]
            field.required = kind == CommandType.UNLOCK_CONNECTOR
        if "sender" in self.fields:
            self.fields["sender"].queryset = staff.our_emsps()  # type: ignore[attr-defined]

    def clean_card(self) -> Token:
        found = list(finding.matching(our_cards(), self.cleaned_data["card"])[: NAMED + 1])
        exact = [row for row in found if row.uid_key == self.cleaned_data["card"].strip().upper()]
        found = exact if len(exact) == 1 else found
        if not found:
            raise forms.ValidationError("None of our eMSPs has such a card.")
        if len(found) > 1:
            names = ", ".join(row.reference for row in found[:NAMED])
            raise forms.ValidationError(f"Several cards begin so: {names}. Type more of it.")
        return found[0]


def our_cards() -> QuerySet[Token]:
    """The tokens that a command can be sent with."""
    rows = Token.objects.filter(owner__in=staff.our_emsps(), vanished_at=None)
    return rows.select_related("owner").defer("document").order_by("-valid", "-last_updated")


def _needed(kind: str, connectors: list[tuple[str, str]]) -> set[str]:
    with_card = kind in (CommandType.START_SESSION, CommandType.RESERVE_NOW)
    return {
        *(["card"] if with_card else []),
        *(["minutes"] if kind == CommandType.RESERVE_NOW else []),
        *(["sender", "connector"] if kind == CommandType.UNLOCK_CONNECTOR else []),
        *(["connector"] if kind == CommandType.START_SESSION and len(connectors) > 1 else []),
    }


def _connectors(evse: EVSE | None) -> list[dict[str, Any]]:
    return list(evse.document.get("connectors") or ()) if evse else []


def _plug(connector: dict[str, Any]) -> str:
    return f"{connector['id']} ({connector.get('standard', 'unknown plug')})"


def send(request: HttpRequest) -> HttpResponse:
    """``?type=START_SESSION`` and what it is about: ``evse``, ``session`` or ``reservation``, by primary key."""
    kind = request.GET.get("type", "")
    if kind not in offers.LABELS:
        raise Http404
    if not request.user.has_perm(offers.permission(kind)):
        raise PermissionDenied
    target = _target(request, kind)
    evse = target if isinstance(target, EVSE) else None
    form = SendForm(kind, evse, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            command = _perform(kind, target, form.cleaned_data, user_of(request).get_username())
        except staff.NotSent as refused:
            form.add_error(None, str(refused))
        else:
            _say(request, command)
            return HttpResponseRedirect(page_url(command))
    what, consequence = _words(kind, target)
    return TemplateResponse(
        request,
        "charging/send.html",
        {
            **admin.site.each_context(request),
            "title": offers.LABELS[CommandType(kind)],
            "opts": Command._meta,
            "form": form,
            "what": what,
            "consequence": consequence,
            "submit": f"{offers.LABELS[CommandType(kind)]} now",
            "back": page_of(evse) if evse else page_url(target),
            "cards": list(our_cards()[:SUGGESTED]) if "card" in form.fields else [],
        },
    )


def _target(request: HttpRequest, kind: str) -> EVSE | Session | Reservation:
    if kind == CommandType.STOP_SESSION:
        rows = Session.objects.select_related("owner", "emsp")
        return get_object_or_404(rows, pk=_number(request, "session"))
    if kind == CommandType.CANCEL_RESERVATION:
        reservations = Reservation.objects.select_related("owner", "sender")
        return get_object_or_404(reservations, pk=_number(request, "reservation"))
    evses = EVSE.objects.select_related("location__owner")
    return get_object_or_404(evses, pk=_number(request, "evse"))


def _number(request: HttpRequest, name: str) -> int:
    text = request.GET.get(name, "")
    if not (text.isascii() and text.isdigit()):
        raise Http404
    return int(text)


def _perform(
    kind: str, target: EVSE | Session | Reservation, given: dict[str, Any], actor: str
) -> Command:
    if isinstance(target, Session):
        return staff.stop(target, actor)
    if isinstance(target, Reservation):
        return staff.cancel(target, actor)
    if kind == CommandType.START_SESSION:
        return staff.start(target, given["card"], actor, given.get("connector") or "")
    if kind == CommandType.RESERVE_NOW:
        return staff.reserve(target, given["card"], actor, given["minutes"])
    return staff.unlock(target, given["sender"], actor, given["connector"])


def _words(kind: str, target: EVSE | Session | Reservation) -> tuple[str, str]:
    """What the command is about, and what it does to whom."""
    if isinstance(target, Session):
        return (
            f"Session {target.session_id} at {target.owner.identity}, EVSE {target.evse_uid}",
            "The charge ends, and the driver can unplug. It cannot be taken up again.",
        )
    if isinstance(target, Reservation):
        return (
            f"Reservation {target.reservation_id} at {target.owner.identity}",
            "The place is free for others then. What it has cost so far may still be billed.",
        )
    place = f"EVSE {target} at {target.location} of {target.location.owner.identity}"
    if kind == CommandType.START_SESSION:
        return (
            place,
            "The charge point lets the card charge; what is charged is billed to its contract.",
        )
    if kind == CommandType.RESERVE_NOW:
        return (
            place,
            "Nobody else can charge there meanwhile. A reservation may cost something, even unused.",
        )
    return (
        place,
        "The cable is released. Only for a plug that is stuck after a charge, with the driver on the phone.",
    )


def _say(request: HttpRequest, command: Command) -> None:
    if command.is_open or command.state == "succeeded":
        messages.success(request, "It was sent. This page follows what becomes of it.")
    else:
        messages.warning(request, f"It was sent: {command.get_state_display().lower()}.")
