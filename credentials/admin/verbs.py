"""What staff can do to a connection; each asks first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from credentials import services
from credentials.admin import invitations, switching
from credentials.models import Handshake
from credentials.tasks import run_handshake
from exchange import pulls, registry
from exchange.admin.comparing import COMPARE
from parties import services as parties
from parties.choices import ConnectionState
from parties.models import Connection
from staff import theme
from staff.confirmed import Confirmed, Refused, acting
from staff.links import page_url
from staff.requests import user_of

CHANGE = "parties.change_connection"
WITH_TOKENS = (ConnectionState.CONNECTED, ConnectionState.SUSPENDED)


def start(handshake: Handshake) -> str:
    """Let a worker run ``handshake``; returns the address of its transcript."""
    transaction.on_commit(lambda: run_handshake.delay(handshake.pk))
    return page_url(handshake)


def _run(prepare: Callable[..., Handshake]) -> Callable[[HttpRequest, Connection], str]:
    def perform(request: HttpRequest, connection: Connection) -> str:
        return start(prepare(connection, user_of(request)))

    return perform


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label="Reason",
        help_text="Shown to colleagues on the overview; the partner does not see it.",
        max_length=400,
        widget=theme.TextWidget(attrs={"autofocus": True}),
    )


def _pullable() -> list[tuple[str, str]]:
    return [(m.identifier, m.label) for m in registry.modules() if m.inbox]


class PullForm(forms.Form):
    module = forms.ChoiceField(label="What", choices=_pullable, widget=theme.SelectWidget)
    extent = forms.ChoiceField(
        label="How much",
        choices=[
            ("changes", "What changed since the last time"),
            ("full", "Everything; what the partner no longer lists is marked as gone"),
        ],
        initial="changes",
        widget=theme.RadioWidget,
    )


def _suspend(request: HttpRequest, connection: Connection, given: dict[str, Any]) -> None:
    parties.suspend(connection, given["reason"], actor=user_of(request))


def _pull(request: HttpRequest, connection: Connection, given: dict[str, Any]) -> str | None:
    offered = registry.pull_modules(connection.endpoints, connection.version)
    if given["module"] not in offered:
        raise Refused(f"{connection} does not offer this.")
    job = pulls.start_pull(
        connection, given["module"], full=given["extent"] == "full", actor=user_of(request)
    )
    return page_url(job) or None


def _change_version(request: HttpRequest, connection: Connection, given: dict[str, Any]) -> str:
    version = given["version"]
    return _run(lambda c, actor: services.prepare_version_change(c, version, actor))(
        request, connection
    )


def _reinvite(request: HttpRequest, connection: Connection) -> HttpResponse:
    return invitations.sheet(request, services.reinvite(connection, user_of(request)))


def _discard(request: HttpRequest, connection: Connection) -> str:
    from staff.links import list_url

    parties.discard(connection, actor=user_of(request))
    return list_url(Connection)


def _connected(connection: Connection) -> bool:
    return connection.is_connected


ALL = [
    Confirmed(
        name="test",
        label="Test",
        icon="network_check",
        permission=CHANGE,
        question="Test the connection to {object}?",
        explanation="The portal asks the partner for its versions, modules and credentials. Nothing"
        " changes on either side.",
        perform=_run(services.prepare_test),
        allowed=lambda c: bool(c.outbound_token_encrypted and c.versions_url),
        refusals=(services.Refused,),
    ),
    COMPARE,
    Confirmed(
        name="pull",
        label="Fetch now",
        icon="cloud_download",
        permission=CHANGE,
        question="Fetch from {object} now?",
        explanation="It runs in the background; you can watch it.",
        form=PullForm,
        perform=_pull,
        allowed=lambda c: c.is_connected and bool(registry.pull_modules(c.endpoints, c.version)),
        refusals=(pulls.CannotPull,),
    ),
    Confirmed(
        name="rotate",
        label="Renew tokens",
        icon="key",
        permission=CHANGE,
        question="Renew the tokens with {object}?",
        explanation="Both sides get a new token. The partner's present token stays good for 15 minutes"
        " and until it has used the new one, so that nothing under way is lost.",
        perform=_run(services.prepare_rotation),
        allowed=_connected,
        refusals=(services.Refused,),
    ),
    Confirmed(
        name="compromise",
        label="Suspected compromise",
        icon="gpp_bad",
        permission=CHANGE,
        dangerous=True,
        question="Renew the tokens with {object} because one may have leaked?",
        explanation="Both sides get a new token, and those of now become worthless at once: requests of"
        " the partner under way may fail.",
        perform=_run(services.prepare_compromise),
        allowed=_connected,
        refusals=(services.Refused,),
    ),
    Confirmed(
        name="discover",
        label="Fetch versions and endpoints again",
        icon="travel_explore",
        permission=CHANGE,
        question="Look what {object} offers now?",
        explanation="Changed addresses and modules are kept, new modules told and fetched, those that"
        " are gone no longer. It happens once a day by itself.",
        perform=_run(services.prepare_discovery),
        allowed=_connected,
        refusals=(services.Refused,),
    ),
    Confirmed(
        name="version",
        label="Change the OCPI version…",
        icon="swap_vert",
        permission=CHANGE,
        question="Change the OCPI version spoken with {object}?",
        explanation=switching.explanation,
        form=switching.VersionForm,
        perform=_change_version,
        allowed=switching.is_possible,
        refusals=(services.Refused,),
    ),
    Confirmed(
        name="resume-deliveries",
        label="Resume deliveries",
        icon="play_arrow",
        permission=CHANGE,
        question="Deliver to {object} again?",
        explanation="Everything that waited goes out at once.",
        perform=acting(parties.resume_deliveries),
        done="Deliveries to {object} go on.",
        allowed=lambda c: c.is_connected and bool(c.deliveries_stopped),
    ),
    Confirmed(
        name="suspend",
        label="Suspend",
        icon="pause",
        permission=CHANGE,
        dangerous=True,
        question="Suspend all traffic with {object}?",
        explanation="The partner's requests are refused and nothing is sent to it until somebody"
        " resumes. What is due waits and goes out then.",
        form=ReasonForm,
        perform=_suspend,
        done="{object} is suspended.",
        allowed=_connected,
    ),
    Confirmed(
        name="resume",
        label="Resume",
        icon="play_arrow",
        permission=CHANGE,
        question="Resume traffic with {object}?",
        explanation="The partner's requests are answered again, and what waited goes out.",
        perform=acting(parties.resume),
        done="Traffic with {object} goes on.",
        allowed=lambda c: c.state == ConnectionState.SUSPENDED,
    ),
    Confirmed(
        name="reinvite",
        label="New invitation",
        icon="mail",
        permission=CHANGE,
        question="Make a new invitation for {object}?",
        explanation="The token of the last invitation stops working. You see the new one once.",
        perform=_reinvite,
        allowed=lambda c: c.state not in WITH_TOKENS,
        refusals=(services.Refused,),
    ),
    Confirmed(
        name="unregister",
        label="Unregister",
        icon="link_off",
        permission=CHANGE,
        dangerous=True,
        question="End the connection to {object}?",
        explanation="The partner is told, and the tokens of both sides become worthless. To work"
        " together again, both have to go through a new registration.",
        perform=_run(services.prepare_unregistration),
        allowed=lambda c: c.state in WITH_TOKENS,
        refusals=(services.Refused,),
    ),
    Confirmed(
        name="discard",
        label="Discard",
        icon="delete",
        permission=CHANGE,
        dangerous=True,
        question="Discard {object}?",
        explanation="It was never connected; its invitation and tokens stop working.",
        perform=_discard,
        done="It is gone.",
        allowed=lambda c: c.connected_at is None and c.state not in WITH_TOKENS,
    ),
]
