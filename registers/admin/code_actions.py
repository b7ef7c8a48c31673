"""What staff can do to an issued code, each with a reason and after a question."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from registers.admin import asking
from registers.models import IssuedCode
from registers.running import services
from registers.running.choices import HELD_STATES, CodeState
from staff.confirmed import Confirmed
from staff.requests import user_of

PERMISSION = "registers.change_issuedcode"
_PUBLIC = "The public register shows it within minutes."


def _with_reason(service: Callable[..., Any]) -> Any:
    def perform(request: HttpRequest, code: IssuedCode, given: dict[str, Any]) -> None:
        service(code, **given, actor=user_of(request))

    return perform


def _rename(request: HttpRequest, code: IssuedCode, given: dict[str, Any]) -> None:
    services.rename(code.organisation, **given, actor=user_of(request))


def _is(*states: CodeState) -> Any:
    return lambda code: code.state in states


def _verb(
    name: str, label: str, question: str, explanation: str, service: Any, icon: str, **named: Any
) -> Confirmed:
    return Confirmed(
        name=name,
        label=label,
        permission=PERMISSION,
        question=question,
        explanation=f"{explanation} {_PUBLIC}",
        perform=_with_reason(service),
        icon=icon,
        refusals=(services.NotPossible,),
        **{"form": asking.ReasonForm, "allowed": _is(*HELD_STATES), "done": "Done.", **named},
    )


ACTIONS = [
    _verb(
        "renew",
        "Renew",
        "Renew {object}?",
        "It is valid for another term.",
        services.renew,
        "autorenew",
        allowed=lambda code: (
            code.valid_until is not None and code.state in (*HELD_STATES, CodeState.EXPIRED)
        ),
    ),
    _verb(
        "suspend",
        "Suspend",
        "Suspend {object}?",
        "It stays its holder's, and is not to be used until it is active again.",
        services.suspend,
        "pause_circle",
        allowed=_is(CodeState.ACTIVE),
    ),
    _verb(
        "reactivate",
        "Make active again",
        "Make {object} active again?",
        "It may be used as before.",
        services.reactivate,
        "play_circle",
        allowed=_is(CodeState.SUSPENDED),
    ),
    _verb(
        "add-role",
        "Add a role",
        "In which role is {object} issued as well?",
        "Its holder has it in more roles.",
        services.add_role,
        "add_circle",
        form=asking.RolesForm,
        allowed=lambda code: code.state in HELD_STATES and len(code.roles) < 2,
    ),
    _verb(
        "drop-role",
        "Take away a role",
        "In which role is {object} no longer issued?",
        "A role has to stay; revoke the code to end it.",
        services.drop_role,
        "do_not_disturb_on",
        form=asking.RolesForm,
        allowed=lambda code: code.state in HELD_STATES and len(code.roles) > 1,
    ),
    Confirmed(
        name="rename",
        label="Rename the holder",
        permission=PERMISSION,
        question="What is the holder of {object} called now?",
        explanation=f"All its codes show the new name, and their histories say so. {_PUBLIC}",
        perform=_rename,
        done="Done.",
        icon="badge",
        form=asking.NamesForm,
        allowed=_is(*HELD_STATES),
        refusals=(services.NotPossible,),
    ),
    _verb(
        "transfer",
        "Transfer",
        "To whom does {object} go?",
        "Another organisation holds it from now on.",
        services.transfer,
        "move_down",
        form=asking.TransferForm,
    ),
    _verb(
        "revoke",
        "Revoke",
        "Revoke {object}?",
        "It ends for good. Others can apply for it once the months of the rules are over.",
        services.revoke,
        "cancel",
        dangerous=True,
    ),
]
