"""What staff can do to an EVSE of ours; each asks first and leaves an event."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest
from django.urls import reverse

from locations import services
from locations.choices import Status
from staff import theme
from staff.confirmed import Confirmed

PERMISSION = "locations.change_evse"
_FINAL = "Partners are told at once."


class StatusForm(forms.Form):
    """Any status but REMOVED, which has a question of its own."""

    status = forms.ChoiceField(
        choices=[choice for choice in Status.choices if choice[0] != Status.REMOVED],
        widget=theme.SelectWidget,
    )


def page_of(evse: Any) -> str:
    """The EVSE on its location's page."""
    url = reverse("admin:locations_location_change", args=[evse.location_id])
    return f"{url}#evse-{evse.pk}"


def _set(request: HttpRequest, evse: Any, status: str) -> str:
    services.set_status(evse, status, actor=request.user)
    return page_of(evse)


def _chosen(request: HttpRequest, evse: Any, values: dict[str, Any]) -> str:
    return _set(request, evse, values["status"])


def _in_service(evse: Any) -> bool:
    return bool(
        evse.location.owner.is_ours
        and evse.status not in (Status.OUTOFORDER, Status.INOPERATIVE, Status.REMOVED)
    )


def _out_of_service(evse: Any) -> bool:
    return bool(
        evse.location.owner.is_ours and evse.status in (Status.OUTOFORDER, Status.INOPERATIVE)
    )


def _is_there(evse: Any) -> bool:
    return bool(evse.location.owner.is_ours and evse.status != Status.REMOVED)


PUT_OUT_OF_ORDER = Confirmed(
    name="out-of-order",
    label="Put out of order",
    permission=PERMISSION,
    question="Put EVSE {object} out of order?",
    explanation=_FINAL,
    perform=lambda request, evse: _set(request, evse, Status.OUTOFORDER),
    done="EVSE {object} is out of order now.",
    icon="do_not_disturb_on",
    allowed=_in_service,
    refusals=(services.NotOurs,),
)
PUT_BACK = Confirmed(
    name="in-service",
    label="Back in service",
    permission=PERMISSION,
    question="Is EVSE {object} available again?",
    explanation=_FINAL,
    perform=lambda request, evse: _set(request, evse, Status.AVAILABLE),
    done="EVSE {object} is available again.",
    icon="check_circle",
    allowed=_out_of_service,
    refusals=(services.NotOurs,),
)
SET_STATUS = Confirmed(
    name="status",
    label="Set status",
    permission=PERMISSION,
    question="Which status does EVSE {object} have?",
    explanation=_FINAL,
    perform=_chosen,
    done="The status of EVSE {object} was set.",
    icon="tune",
    form=StatusForm,
    allowed=lambda evse: bool(evse.location.owner.is_ours),
    refusals=(services.NotOurs,),
)
REMOVE = Confirmed(
    name="remove",
    label="Remove",
    permission=PERMISSION,
    question="Remove EVSE {object} for good?",
    explanation=(
        "Its status becomes “Removed” and partners no longer show it. Its history stays. "
        "OCPI has no deletion: a new EVSE at this place gets a new UID."
    ),
    perform=lambda request, evse: _set(request, evse, Status.REMOVED),
    done="EVSE {object} was removed.",
    dangerous=True,
    icon="delete",
    allowed=_is_there,
    refusals=(services.NotOurs,),
)
ACTIONS = [PUT_OUT_OF_ORDER, PUT_BACK, SET_STATUS, REMOVE]
