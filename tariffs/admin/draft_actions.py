"""What staff can do to a draft of a tariff; each asks first and leaves an event."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest

from staff.confirmed import Confirmed, acting
from staff.links import page_url
from staff.requests import user_of
from tariffs import services, usage
from tariffs.choices import DraftState
from tariffs.models import TariffDraft
from tariffs.workshop.fields import cell

PERMISSION = "tariffs.change_tariffdraft"
REFUSALS = (services.DraftRefused, services.NotOurs)


class LaterForm(forms.Form):
    publish_at = forms.DateTimeField(
        label="When", widget=cell(kind="datetime-local"), help_text="In your time zone."
    )


def _is_open(draft: TariffDraft) -> bool:
    return draft.state == DraftState.DRAFT


def _can_be_published(draft: TariffDraft) -> bool:
    return _is_open(draft) and not services.refusal(draft)


def _is_outdated(draft: TariffDraft) -> bool:
    held = draft.replaces
    return (
        _is_open(draft) and held is not None and held.is_in_force and held.version != draft.based_on
    )


def _publish(request: HttpRequest, draft: TariffDraft) -> str:
    return page_url(services.publish(draft, actor=user_of(request)))


def _consequences(draft: Any) -> str:
    told = "Partners who may see it are told at once."
    if draft.replaces is None:
        return f"{told} Give it to connectors, in a file or by your back office, so that it is charged."
    used = usage.of(draft.replaces)
    users = f" It is used by {used}." if used.connectors else ""
    return f"{told} What the tariff says now stays in its history, for charges of the past.{users}"


def _schedule(request: HttpRequest, draft: TariffDraft, given: dict[str, Any]) -> None:
    services.schedule(draft, given["publish_at"], actor=user_of(request))


ACTIONS = [
    Confirmed(
        name="publish",
        label="Publish",
        permission=PERMISSION,
        question="Put the {object} in force now?",
        explanation=_consequences,
        perform=_publish,
        done="It is in force. Partners are told.",
        icon="publish",
        allowed=_can_be_published,
        refusals=REFUSALS,
    ),
    Confirmed(
        name="schedule",
        label="Publish later",
        permission=PERMISSION,
        question="When is the {object} to be published?",
        explanation="Partners are told within a minute of that time. If the tariff changes before, nothing is"
        " published and the draft says why. To announce a price ahead of time publish it now, and say under"
        " “Valid from” when it begins.",
        perform=_schedule,
        done="It will be published by itself.",
        icon="schedule",
        form=LaterForm,
        allowed=lambda draft: draft.publish_at is None and _can_be_published(draft),
        refusals=REFUSALS,
    ),
    Confirmed(
        name="unschedule",
        label="Do not publish by itself",
        permission=PERMISSION,
        question="Stop the {object} from being published by itself?",
        explanation="It stays a draft.",
        perform=acting(services.unschedule),
        done="It waits for somebody to publish it.",
        icon="event_busy",
        allowed=lambda draft: _is_open(draft) and draft.publish_at is not None,
        refusals=REFUSALS,
    ),
    Confirmed(
        name="base_anew",
        label="Replace the newer version as well",
        permission=PERMISSION,
        question="Base the {object} on what is in force now?",
        explanation="Publishing it then undoes what changed in the tariff since the draft was begun, as far as"
        " the draft says something else. The differences are on its page.",
        perform=acting(services.base_anew),
        done="The draft is based on what is in force now.",
        icon="sync",
        allowed=_is_outdated,
        refusals=REFUSALS,
    ),
    Confirmed(
        name="discard",
        label="Discard",
        permission=PERMISSION,
        question="Discard the {object}?",
        explanation="Nothing changes for partners. The draft stays here as history.",
        perform=acting(services.discard),
        done="The draft was discarded.",
        dangerous=True,
        icon="delete",
        allowed=_is_open,
        refusals=REFUSALS,
    ),
]
