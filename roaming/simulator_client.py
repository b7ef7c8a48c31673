"""Steering the demo's simulated partner; this is its `/control`, which is no part of OCPI."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import requests
from django.conf import settings
from django.core.cache import cache

STATE_SECONDS = 2.0
GLANCE_SECONDS = 0.5
# Registering and rotating take a few requests in both directions.
ACTION_SECONDS = 30.0
CACHE_KEY = "simulator-fault"
CACHE_SECONDS = 3
# While it is away, other pages do not wait for it again and again.
AWAY_CACHE_SECONDS = 15
NO_FAULT = "none"

State = dict[str, Any]


class Unreachable(Exception):
    """The simulated partner does not answer; the message says why, in one line."""


class Refused(Exception):
    """The simulated partner answered that it cannot be done; the message is its reason."""


def state() -> State:
    """Everything about the partner at a glance. Raises Unreachable or Refused."""
    return _request("GET", "state", STATE_SECONDS)


def set_fault(mode: str, *, scope: str, delay_seconds: float, probability: float) -> None:
    """Let it misbehave (mode `none`: behave). Raises Unreachable or Refused."""
    body = {
        "mode": mode,
        "scope": scope,
        "delay_seconds": delay_seconds,
        "probability": probability,
    }
    _request("POST", "faults", STATE_SECONDS, body)
    cache.delete(CACHE_KEY)


def set_accent(names: Collection[str]) -> None:
    """Let it speak with these accents and no others. Raises Unreachable or Refused."""
    _request("POST", "accent", STATE_SECONDS, dict.fromkeys(names, True))


def switch(version: str) -> None:
    """Let it go over to another OCPI version with us. Raises Unreachable or Refused."""
    _request("POST", "switch", ACTION_SECONDS, {"version": version})


def change_tariff(what: str) -> str | None:
    """Let it `change`, `create` or `delete` a tariff; its ID, or None when there is none.

    Raises Unreachable or Refused.
    """
    tariff = _request("POST", "tariffs", STATE_SECONDS, {"what": what})["tariff"]
    return str(tariff["id"]) if tariff else None


def set_rate(changes_per_minute: int) -> None:
    """How many of its EVSEs change their status per minute. Raises Unreachable or Refused."""
    _request("POST", "rate", STATE_SECONDS, {"changes_per_minute": changes_per_minute})


def pull() -> None:
    """Let it fetch all our locations. Raises Unreachable or Refused."""
    _request("POST", "pull", STATE_SECONDS, {"mode": "full"})


def rotate() -> None:
    """Let it exchange both tokens for new ones. Raises Unreachable or Refused."""
    _request("POST", "rotate", ACTION_SECONDS)


def connect(versions_url: str, token: str, version: str) -> None:
    """Let it register with us by a one-time token at a version. Raises Unreachable or Refused."""
    if state()["registered"]:
        _request("POST", "disconnect", ACTION_SECONDS)
    body = {"versions_url": versions_url, "token": token, "version": version}
    _request("POST", "connect", ACTION_SECONDS, body)


def charging(address: str) -> State:
    """How the charges of the simulator at this address go on. Raises Unreachable or Refused."""
    return _request("GET", "charging", STATE_SECONDS, address=address)


def set_charging(address: str, values: State) -> None:
    """Set how often and how long cars charge there, or its faults. Raises Unreachable or Refused."""
    _request("POST", "charging", STATE_SECONDS, values, address=address)


def swipe(address: str) -> State:
    """Let somebody swipe a card there: `decision` and `charge`. Raises Unreachable or Refused."""
    return _request("POST", "charges/swipe", ACTION_SECONDS, {}, address=address)


def start_by_app(address: str) -> State:
    """Let one of its drivers start a charge by command. Raises Unreachable or Refused."""
    return _request("POST", "commands/START_SESSION", ACTION_SECONDS, {}, address=address)


def fault_at_a_glance() -> str:
    """The fault that is switched on, for every page: remembered for a moment, empty when unknown."""
    known = cache.get(CACHE_KEY)
    if known is None:
        try:
            mode = str(_request("GET", "faults", GLANCE_SECONDS)["mode"])
        except (Unreachable, Refused, KeyError):
            known, seconds = "", AWAY_CACHE_SECONDS
        else:
            known, seconds = ("" if mode == NO_FAULT else mode), CACHE_SECONDS
        cache.set(CACHE_KEY, known, seconds)
    return str(known)


def _request(
    method: str, name: str, timeout: float, body: State | None = None, *, address: str = ""
) -> State:
    headers = {"X-Control-Key": settings.SIMULATOR_CONTROL_KEY}
    address = address or settings.SIMULATOR_URL
    url = f"{address}/control/{name}"
    try:
        with requests.Session() as session:
            session.trust_env = False  # It runs on this machine: no proxy is in between.
            answer = session.request(method, url, json=body, headers=headers, timeout=timeout)
            document = answer.json()
    except requests.JSONDecodeError:
        raise Unreachable(f"What answers at {address} is something else.") from None
    except requests.Timeout:
        raise Unreachable(f"No answer from {address} in {timeout:g} s.") from None
    except requests.RequestException:
        raise Unreachable(f"Nothing answers at {address}.") from None
    if not answer.ok:
        raise Refused(str(document.get("error") or f"HTTP {answer.status_code}"))
    return dict(document)
