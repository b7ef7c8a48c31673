"""/control for charges: every step alone (docs/simulated-partner.md)."""

from collections.abc import Callable, Mapping
from typing import Any

from ocpi.convert import Refused
from ocpi.ids import PartyId
from simulator.charges.authorizing import Swipe
from simulator.charges.book import Charge, Phase
from simulator.charges.charging import Charging
from simulator.charges.operator import Begin
from simulator.charges.partner import AwayError
from simulator.charges.provider import KINDS
from simulator.documents import Document
from simulator.messages import Request, Response, json_response
from simulator.own_locations import EvseKey
from simulator.own_objects import OwnObjects
from simulator.received_objects import ReceivedObjects
from simulator.violations import Violations

Body = dict[str, Any]
START_PHASES = {"PENDING": Phase.PENDING, "ACTIVE": Phase.ACTIVE, "RESERVATION": Phase.RESERVED}
LIMIT_WATTS = 4000.0
PROFILE_SECONDS = 900


class ChargeControl:
    """What `Control` dispatches to; ValueError and LookupError are answered with their message."""

    def __init__(
        self,
        charging: Charging,
        own: dict[str, OwnObjects],
        received: dict[str, ReceivedObjects],
        violations: Violations,
    ) -> None:
        self._charging = charging
        self._own = own
        self._received = received
        self._violations = violations
        self.gets: Mapping[str, Callable[[Request], Response]] = {
            "charging": lambda request: json_response(self.state()),
            "charges": self._charges,
            "cards": self._cards,
            "commands": lambda request: json_response(
                {"sent": charging.provider.as_json(), "received": charging.commands.as_json()}
            ),
        }
        self.posts: Mapping[str, Callable[[Body], object]] = {
            "charging": self._set_pace,
            "charges/swipe": self._swipe,
            "charges/authorize": self._authorize,
            "charges/start": self._start,
            "charges/update": self._update,
            "charges/stop": self._stop,
            "charges/cdr": self._cdr,
            "profiles/set": self._set_profile,
            "profiles/get": self._get_profile,
            "profiles/clear": self._clear_profile,
            "preferences": self._prefer,
            "invoices/issue": self._issue,
            "invoices/withdraw": self._withdraw,
            "tokens": charging.cardholders.put,
            **{f"commands/{name}": self._command(name) for name in KINDS},
        }

    def state(self) -> Body:
        """The figures of charges, and how often the other side broke the specification."""
        violations = self._violations.as_json()["total"]
        return {**self._charging.as_json(), "violations": violations}

    def _charges(self, request: Request) -> Response:
        charges = self._charging.book.all()
        return json_response({"charges": [self._told(charge) for charge in charges]})

    def _cards(self, request: Request) -> Response:
        ours = request.query.get("whose") == "ours"
        store = self._own["tokens"] if ours else self._received["tokens"]
        return json_response({"cards": list(store.documents())})

    def _set_pace(self, body: Body) -> object:
        self._charging.pace.set(body)
        return self._charging.pace.as_json()

    def _swipe(self, body: Body) -> object:
        decision, charge = self._charging.drivers.swipe(
            _optional(body, "uid"), _optional(body, "type"), self._evse(body), _owner(body)
        )
        return {"decision": decision.as_json(), "charge": charge and self._told(charge)}

    def _authorize(self, body: Body) -> object:
        drivers = self._charging.drivers
        swipe = drivers.choose(
            _optional(body, "uid"), _optional(body, "type"), self._evse(body), _owner(body)
        )
        if "location_id" not in body:
            swipe = Swipe(swipe.uid, swipe.type, None, swipe.owner)
        decision = self._charging.authorizing.ask(swipe, drivers.sender(swipe))
        return {"uid": swipe.uid, "type": swipe.type, **decision.as_json()}

    def _start(self, body: Body) -> object:
        evse = self._evse(body) or self._charging.drivers.some_evse()
        status = body.get("status", "ACTIVE")
        if status not in START_PHASES:
            raise ValueError(f"status: {status!r} is not one of {', '.join(START_PHASES)}")
        charge = self._charging.operator.start(
            Begin(
                evse,
                body.get("token") or self._card(body),
                body.get("auth_method", "AUTH_REQUEST"),
                START_PHASES[status],
                authorization_reference=_optional(body, "authorization_reference"),
                automatic=self._charging.pace.now.is_running,
            )
        )
        self._charging.life.plan(charge)
        return self._told(charge)

    def _issue(self, body: Body) -> object:
        cdrs = body.get("cdrs")
        invoices = self._charging.invoices
        return _reached(lambda: invoices.issue(_optional(body, "invoice_id"), cdrs or None))

    def _withdraw(self, body: Body) -> object:
        return _reached(lambda: self._charging.invoices.withdraw(_text(body, "id")))

    def _update(self, body: Body) -> object:
        charge_id, kwh = _text(body, "id"), _number(body, "kwh")
        operator = self._charging.operator
        match body.get("status"):
            case None:
                return self._told(operator.update(charge_id, kwh))
            case "ACTIVE":
                return self._told(operator.go_active(charge_id))
            case "INVALID":
                return self._told(operator.invalidate(charge_id))
        raise ValueError("status: ACTIVE or INVALID is possible here")

    def _stop(self, body: Body) -> object:
        charge = self._charging.operator.stop(_text(body, "id"), _number(body, "kwh"))
        return self._told(charge)

    def _cdr(self, body: Body) -> object:
        charge_id = _text(body, "id")
        sent = self._charging.operator.send_cdr(charge_id, credit=body.get("credit") is True)
        charge = self._charging.book.get(charge_id)
        return {
            "cdr": sent[0],
            "cdrs": sent,
            "url": charge and charge.cdr_url,
            "charge": charge and self._told(charge),
        }

    def _command(self, name: str) -> Callable[[Body], object]:
        return lambda body: self._charging.provider.send_command(name, body)

    def _set_profile(self, body: Body) -> object:
        watts = _number(body, "watts")
        return self._charging.provider.set_profile(
            _optional(body, "session_id") or "",
            body.get("charging_profile"),
            LIMIT_WATTS if watts is None else watts,
        )

    def _get_profile(self, body: Body) -> object:
        duration = _number(body, "duration")
        return self._charging.provider.get_profile(
            _optional(body, "session_id") or "",
            PROFILE_SECONDS if duration is None else int(duration),
        )

    def _clear_profile(self, body: Body) -> object:
        return self._charging.provider.clear_profile(_optional(body, "session_id") or "")

    def _prefer(self, body: Body) -> object:
        preferences = {name: value for name, value in body.items() if name != "session_id"}
        return self._charging.provider.prefer(_text(body, "session_id"), preferences)

    def _evse(self, body: Body) -> EvseKey | None:
        location_id = _optional(body, "location_id")
        if location_id is None:
            return None
        return self._charging.drivers.located(location_id, _optional(body, "evse_uid"))

    def _card(self, body: Body) -> Document:
        """The Token that is meant, or any that may charge."""
        uid, token_type = _optional(body, "uid"), _optional(body, "type") or "RFID"
        if uid is not None:
            owner = _owner(body)
            authorizing = self._charging.authorizing
            known = authorizing.of(owner, uid, token_type) if owner else None
            known = known or authorizing.known(uid, token_type)
            if known is None:
                raise LookupError(
                    f"There is no token {uid} of type {token_type} of the other side."
                )
            return known
        valid = [token for token in self._charging.drivers.cards() if token["valid"]]
        if not valid:
            raise LookupError("There is no token of the other side.")
        return self._charging.chance.random.choice(valid)

    def _told(self, charge: Charge) -> Body:
        try:
            session = self._charging.operator.session(charge)
        except LookupError:
            session = None
        return {**charge.as_json(), "session": session}


def _optional(body: Body, name: str) -> str | None:
    return _text(body, name) if body.get(name) is not None else None


def _text(body: Body, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name}: a text is needed")
    return value


def _number(body: Body, name: str) -> float | None:
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError(f"{name}: a number is needed")
    return value


def _owner(body: Body) -> PartyId | None:
    if body.get("party_id") is None:
        return None
    return PartyId.of(_text(body, "country_code"), _text(body, "party_id"))


def _reached(work: Callable[[], object]) -> object:
    """What came of it; LookupError where the partner cannot be told."""
    try:
        return work()
    except (AwayError, Refused) as reason:
        raise LookupError(str(reason)) from None
