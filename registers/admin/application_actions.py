"""What staff can do about an application, each after a question."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from registers.admin import asking
from registers.models import Application
from registers.running import services, words
from registers.running.choices import ApplicationKind, ApplicationState
from staff.confirmed import Confirmed
from staff.links import page_url
from staff.requests import user_of

REVIEW = "registers.review_application"
DECIDE = "registers.decide_application"
_WHAT: dict[str, str] = {
    ApplicationKind.ADD_ROLE: "The code is issued in this role too.",
    ApplicationKind.DROP_ROLE: "The code is no longer issued in this role.",
    ApplicationKind.RENAME: "The holder gets the new name, on all its codes.",
    ApplicationKind.TRANSFER: "The code goes to the organisation of the application.",
    ApplicationKind.RENEW: "The code is valid for another term.",
}


def _is(state: ApplicationState) -> Any:
    return lambda application: application.state == state


def _what_happens(application: Application) -> str:
    what = _WHAT.get(application.kind)
    if what is None:
        what = f"{application.written} is issued to {application.known_as} as {words.roles(application.roles)}."
    return f"{what} The public register shows it within minutes."


def _review(request: HttpRequest, application: Application, given: dict[str, Any]) -> None:
    services.review(application, note=given["note"], actor=user_of(request))


def _grant(request: HttpRequest, application: Application) -> str:
    return page_url(services.issue(application, actor=user_of(request)))


def _refuse(request: HttpRequest, application: Application, given: dict[str, Any]) -> None:
    services.refuse(application, reason=given["reason"], actor=user_of(request))


def _link(request: HttpRequest, application: Application, given: dict[str, Any]) -> None:
    services.link(application, given["organisation"], actor=user_of(request))


ACTIONS = [
    Confirmed(
        name="review",
        label="Reviewed",
        permission=REVIEW,
        question="Did you look into {object}?",
        explanation=lambda application: (
            "You say that it was checked. Somebody else decides."
            if application.four_eyes
            else "You say that it was checked. Then it can be decided."
        ),
        perform=_review,
        done="It waits for the decision.",
        icon="fact_check",
        form=asking.NoteForm,
        allowed=_is(ApplicationState.SUBMITTED),
        refusals=(services.NotPossible,),
    ),
    Confirmed(
        name="grant",
        label="Grant",
        permission=DECIDE,
        question="Grant {object}?",
        explanation=_what_happens,
        perform=_grant,
        done="It is granted.",
        icon="verified",
        allowed=_is(ApplicationState.REVIEWED),
        refusals=(services.NotPossible,),
    ),
    Confirmed(
        name="refuse",
        label="Refuse",
        permission=DECIDE,
        question="Refuse {object}?",
        explanation="A code that was held for it is free again. The applicant sees the reason.",
        perform=_refuse,
        done="It is refused.",
        icon="block",
        form=asking.RefusalForm,
        dangerous=True,
        allowed=_is(ApplicationState.REVIEWED),
        refusals=(services.NotPossible,),
    ),
    Confirmed(
        name="known",
        label="It is known here",
        permission=REVIEW,
        question="Which organisation is the applicant?",
        explanation="Then the code goes to that one, and no new organisation is made.",
        perform=_link,
        done="Noted.",
        icon="domain",
        form=asking.OrganisationForm,
        allowed=lambda application: (
            application.is_open
            and application.kind in (ApplicationKind.NEW, ApplicationKind.TRANSFER)
        ),
        refusals=(services.NotPossible,),
    ),
]
