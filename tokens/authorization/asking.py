"""Asking eMSPs in real time: one, or several at the same time, within one deadline."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import connections

from exchange import egress
from exchange.places import typed
from ocpi import convert
from ocpi.convert import Beside
from ocpi.errors import OCPIError
from ocpi.failures import FailureKind
from ocpi.headers import RoutingHeaders
from ocpi.ids import PartyId, ci_key
from ocpi.responses import OCPIResponse
from ocpi.status import StatusCode
from ocpi.urls import join
from ocpi.versioned import validate_document
from ocpi.versions import InterfaceRole
from tokens.authorization import selectors
from tokens.authorization.choices import Allowed, Reply
from tokens.authorization.questions import Answered, Asking, Document, Question, Target
from tokens.choices import TokenType

logger = structlog.get_logger(__name__)
MODULE = selectors.MODULE
KIND: Final = "authorization_info"
# So much before the end a request gives up, so that what became of it is known when we have to answer.
_MARGIN = 0.15
_LEAST = 0.05
_TYPES = {
    "2.1.1": frozenset({TokenType.RFID, TokenType.OTHER}),
    "2.2.1": frozenset(
        {TokenType.RFID, TokenType.OTHER, TokenType.APP_USER, TokenType.AD_HOC_USER}
    ),
}
_NOT_AVAILABLE = "#NA"

_lock = threading.Lock()
_pools: dict[int, ThreadPoolExecutor] = {}


def ask_all(question: Question, asking: Sequence[Asking]) -> list[Answered]:
    """Ask everyone, at most ``AUTHORIZE_PARALLEL`` at once, and wait ``AUTHORIZE_SECONDS`` in all.

    Returns an answer for each, in their order. The first that allows it ends the waiting; where several have
    arrived by then, their order decides what is made of it.
    """
    deadline = time.monotonic() + settings.AUTHORIZE_SECONDS
    if len(asking) == 1:
        return [_ask(question, asking[0], deadline)]
    running: dict[Future[Answered], int] = {}
    found: dict[int, Answered] = {}
    following = 0
    while (following < len(asking) or running) and not _is_allowed(found):
        while following < len(asking) and len(running) < settings.AUTHORIZE_PARALLEL:
            future = _pool().submit(_in_thread, question, asking[following], deadline)
            running[future] = following
            following += 1
        done, _ = wait(running, max(deadline - time.monotonic(), 0), FIRST_COMPLETED)
        if not done:
            break
        for future in done:
            found[running.pop(future)] = future.result()
    for future in running:
        future.cancel()
    return [
        found.get(number) or _unheard(one.target, asked=number < following, over=_is_allowed(found))
        for number, one in enumerate(asking)
    ]


def _is_allowed(found: dict[int, Answered]) -> bool:
    return any(answer.allowed == Allowed.ALLOWED for answer in found.values())


def _unheard(target: Target, *, asked: bool, over: bool) -> Answered:
    if over:
        return Answered(target, Reply.NOT_ASKED, "Another eMSP allowed it before.")
    if asked:
        return Answered(
            target,
            Reply.TIMEOUT,
            "It did not answer in time.",
            ms=round(settings.AUTHORIZE_SECONDS * 1000),
        )
    return Answered(target, Reply.NOT_ASKED, "There was no time left to ask it.")


def _pool() -> ThreadPoolExecutor:
    """The threads of this process; after a fork the child has its own."""
    with _lock:
        found = _pools.get(os.getpid())
        if found is None:
            found = ThreadPoolExecutor(settings.AUTHORIZE_THREADS, thread_name_prefix="authorize")
            _pools[os.getpid()] = found
        return found


def _in_thread(question: Question, asking: Asking, deadline: float) -> Answered:
    try:
        return _ask(question, asking, deadline)
    except Exception:
        logger.exception("authorization_not_asked", target=str(asking.target))
        return Answered(
            asking.target, Reply.FAILED, "Something went wrong here; it has been logged."
        )
    finally:
        connections.close_all()


def _ask(question: Question, asking: Asking, deadline: float) -> Answered:
    """One question to one eMSP; what goes wrong is in the answer, never raised."""
    target = asking.target
    seconds = deadline - time.monotonic() - _MARGIN
    if seconds < _LEAST:
        return Answered(target, Reply.NOT_ASKED, "There was no time left to ask it.")
    connection, started = target.connection, time.monotonic()
    address = connection.endpoint_url(MODULE, InterfaceRole.SENDER) or ""
    try:
        body = _body(question, connection.version)
        url = join(address, question.uid, "authorize")
        with egress.client(
            connection,
            total_deadline=seconds,
            max_bytes=egress.PUSH_LIMIT_BYTES,
            correlation_id=question.correlation_id,
        ) as client:
            response = client.request(
                "POST",
                url,
                module=MODULE,
                reference=_reference(question, target),
                data=body,
                params={"type": said_type(question.type, connection.version)},
                routing=_routing(question, target),
            )
            exchange_id = client.last_exchange_id
    except (ValueError, convert.Refused) as error:
        return Answered(target, Reply.FAILED, f"It cannot be asked: {error}.")
    ms = round((time.monotonic() - started) * 1000)
    return _understood(question, asking, response, ms, exchange_id)


def said_type(name: str, version: str) -> str:
    """A token's type as a version says it."""
    known = _TYPES.get(version)
    return name if known is None or name in known else TokenType.OTHER.value


def _body(question: Question, version: str) -> Document | None:
    if question.location is None:
        return None
    return convert.from_canonical(version, "location_references", question.location).document


def _reference(question: Question, target: Target) -> str:
    if target.party is None:
        return question.uid
    return f"{target.party.identity}/{question.uid}{typed(question.type)}"


def _routing(question: Question, target: Target) -> RoutingHeaders:
    to = target.party.identity if target.party else None
    return RoutingHeaders(to=to, from_=question.sender)


def _understood(
    question: Question,
    asking: Asking,
    response: OCPIResponse,
    ms: int,
    exchange_id: int | None,
) -> Answered:
    target, code = asking.target, response.status_code
    known: dict[str, Any] = {"status_code": code, "ms": ms, "exchange_id": exchange_id}
    if response.failure is not None:
        late = response.failure is FailureKind.TIMEOUT
        reply = Reply.TIMEOUT if late else Reply.UNREACHABLE
        return Answered(target, reply, response.diagnosis, **known)
    # Some answer 404 alone, some 2004 with HTTP 200; both say the same.
    if code == StatusCode.UNKNOWN_TOKEN or (response.http_status == 404 and not response.ok):
        return Answered(target, Reply.UNKNOWN, "It does not know the card.", **known)
    if not response.ok:
        reply = Reply.REFUSED if code is not None and 2000 <= code < 3000 else Reply.FAILED
        return Answered(target, reply, response.diagnosis, **known)
    info = read(question, asking, response.data)
    if info is None:
        sentence = "Its answer is no AuthorizationInfo about this card."
        return Answered(target, Reply.FAILED, sentence, **known)
    label = Allowed(info["allowed"]).label.lower()
    return Answered(target, Reply.ANSWERED, f"It answered: {label}.", info, **known)


def read(question: Question, asking: Asking, data: Any) -> Document | None:
    """A partner's AuthorizationInfo as canonical, about the card that was asked for; ``None`` for anything else.

    A driver waits: what is wrong with its lesser parts is left out, as long as it says clearly what is allowed.
    """
    if not isinstance(data, dict) or data.get("allowed") not in Allowed.values:
        return None
    version = asking.target.connection.version
    token = _token(question, asking)
    beside = Beside(token=token)
    try:
        valid = validate_document(version, KIND, data)
        info: Document | None = convert.to_canonical(version, KIND, valid, beside=beside).document
    except (OCPIError, convert.Refused):
        info = _least(version, data, token)
    return info if info is not None and _is_about(question, info) else None


def _least(version: str, data: Document, token: Document | None) -> Document | None:
    """What an answer with faults certainly says: each part that is right by itself."""
    found: Document = {"allowed": data["allowed"]}
    if token is not None:
        found["token"] = token
    for name in ("token", "location", "authorization_reference", "info"):
        part = {**found, name: data.get(name)} if version != "2.1.1" else {name: data.get(name)}
        try:
            valid = validate_document(version, KIND, {**part, "allowed": data["allowed"]})
            said = convert.to_canonical(version, KIND, valid, beside=Beside(token=token)).document
        except (OCPIError, convert.Refused):
            continue
        if name in said:
            found[name] = said[name]
    return found if "token" in found else None


def _is_about(question: Question, info: Document) -> bool:
    try:
        return ci_key(str(info["token"]["uid"])) == question.uid_key
    except ValueError:
        return False


def _token(question: Question, asking: Asking) -> Document | None:
    """The Token that an answer without one is about: the stored one, or all that is known of it.

    ``#NA`` is what OCPI says where a required text is not there (2.2.1, transport_and_format, Not Available).
    """
    if asking.token is not None:
        return selectors.document(asking.token)
    party = asking.target.party
    if party is None:
        return None
    return {
        **party.identity._asdict(),
        "uid": question.uid,
        "type": question.type,
        "contract_id": _NOT_AVAILABLE,
        "issuer": _NOT_AVAILABLE,
        "valid": True,
        "whitelist": "NEVER",
        "last_updated": "1970-01-01T00:00:00Z",
    }


def owner_in(info: Document) -> PartyId | None:
    """The eMSP that an answer's Token names."""
    token = info["token"]
    try:
        return PartyId.of(str(token["country_code"]), str(token["party_id"]))
    except (KeyError, ValueError):
        return None
