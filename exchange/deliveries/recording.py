"""What the outcome of a request means for the delivery and for its connection."""

from __future__ import annotations

from django.db.models import F

from exchange.choices import DeliveryResult
from exchange.deliveries.settling import Told, finish, finish_dead, hold_ambiguous, postpone
from exchange.models import Delivery
from exchange.outcomes import Action, Decision, backoff
from ocpi.client import OCPIResponse
from parties import events
from parties import services as parties
from parties.models import Connection


def record(
    connection: Connection,
    delivery: Delivery,
    response: OCPIResponse,
    decision: Decision,
    told: Told,
) -> bool:
    """Write down what came of an attempt; whether the connection can go on."""
    delivery.last_http_status = response.http_status
    delivery.last_ocpi_status = response.status_code
    delivery.last_error = decision.reason[:400]
    match decision.action:
        case Action.DELIVERED:
            finish(delivery, told)
            parties.reached(connection)
        case Action.DEAD:
            finish_dead(delivery, decision.reason)
            parties.reached(connection)
        case Action.AMBIGUOUS:
            hold_ambiguous(delivery)
            return not parties.failing(connection, decision.reason)
        case Action.RETRY:
            postpone(delivery, backoff(delivery.attempts), DeliveryResult.RETRY)
            return not parties.failing(connection, decision.reason)
        case _:
            return _stop(connection, delivery, decision)
    return True


def _stop(connection: Connection, delivery: Delivery, decision: Decision) -> bool:
    """Outcomes that concern the whole connection: it goes on later, or when staff say so."""
    if decision.action is Action.BUSY:
        seconds = max(backoff(delivery.attempts), decision.retry_after or 0)
        postpone(delivery, seconds, DeliveryResult.RETRY)
        parties.busy(connection, decision.reason, decision.retry_after or 0)
        return False
    postpone(delivery, 0, DeliveryResult.STOPPED)
    if decision.action is Action.UNREACHABLE:
        parties.unreachable(connection, decision.reason)
    elif decision.action is Action.MODULE_OFF:
        _switch_off(connection, delivery.module, decision.reason)
    else:
        parties.stop_deliveries(connection, decision.reason)
    return False


def _switch_off(connection: Connection, module: str, reason: str) -> None:
    connection.push_modules = [m for m in connection.push_modules if m != module]
    connection.save(update_fields=["push_modules"])
    Delivery.objects.filter(connection=connection, module=module).pending().update(
        dead_version=F("wanted_version"), last_error=reason[:400], last_result=DeliveryResult.DEAD
    )
    events.record(
        "connection.module_off",
        f"The partner does not take {module}: {reason}",
        connection=connection,
    )
