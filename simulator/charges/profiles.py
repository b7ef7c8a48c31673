"""Charging profiles and preferences at our EVSEs (mod_charging_profiles, Receiver; mod_sessions)."""

from typing import Any

from ocpi.convert import Refused
from ocpi.datetimes import format_datetime
from ocpi.ids import PartyId
from ocpi.urls import join
from ocpi.versions import InterfaceRole
from simulator.charges.agenda import Agenda
from simulator.charges.book import Book, Charge, Phase
from simulator.charges.mishaps import Chance, CommandMishap
from simulator.charges.partner import AwayError, Lines
from simulator.charges.results import TIMEOUT_SECONDS, Asked, Results
from simulator.documents import Document

LISTED_PERIODS = 3
VOLTS = 230
PHASES = 3
ACTIVE_SECONDS = 2.0
PROFILE_TYPES = frozenset({"CHEAP", "FAST", "GREEN", "REGULAR"})


class Profiles:
    """Answers about the profile of a session, limits what flows, and tells the one that is active."""

    def __init__(
        self, agenda: Agenda, book: Book, lines: Lines, results: Results, chance: Chance
    ) -> None:
        self._agenda = agenda
        self._book = book
        self._lines = lines
        self._results = results
        self._chance = chance

    def set(self, session_id: str, profile: Document, asked: Asked) -> Document:
        """Take a ChargingProfile; the result follows, and after it the ActiveChargingProfile."""
        charge = self._running(session_id, asked)
        if charge is None:
            return _answer("UNKNOWN_SESSION")
        mishap = self._chance.of_profile()

        def make() -> tuple[Document, bool]:
            if self._results.fails or mishap is CommandMishap.FAILED:
                return {"result": "REJECTED"}, False
            with self._book.changing(session_id) as changed:
                changed.profile = self._active(profile)
                changed.power_kw = min(changed.power_kw, _limit_kw(profile, changed.power_kw))
            return {"result": "ACCEPTED"}, True

        def tell() -> None:
            self._agenda.after(ACTIVE_SECONDS, lambda: self._tell_active(session_id, asked))

        self._results.plan(asked, "charging_profile_result", make, tell, mishap=mishap)
        return _answer("ACCEPTED")

    def ask(self, session_id: str, duration: int, asked: Asked) -> Document:
        """Promise the ActiveChargingProfile of the next `duration` seconds."""
        charge = self._running(session_id, asked)
        if charge is None:
            return _answer("UNKNOWN_SESSION")

        def make() -> tuple[Document, bool]:
            now = self._book.get(session_id)
            if now is None or self._results.fails:
                return {"result": "REJECTED"}, False
            profile = now.profile or self._active(_unlimited(now, duration))
            return {"result": "ACCEPTED", "profile": profile}, True

        self._results.plan(asked, "active_charging_profile_result", make, lambda: None)
        return _answer("ACCEPTED")

    def clear(self, session_id: str, asked: Asked) -> Document:
        """Take the profile away."""
        charge = self._running(session_id, asked)
        if charge is None:
            return _answer("UNKNOWN_SESSION")

        def make() -> tuple[Document, bool]:
            with self._book.changing(session_id) as changed:
                had, changed.profile = changed.profile, None
            if self._results.fails:
                return {"result": "REJECTED"}, False
            return {"result": "ACCEPTED" if had else "UNKNOWN"}, True

        self._results.plan(asked, "clear_profile_result", make, lambda: None)
        return _answer("ACCEPTED")

    def prefer(self, session_id: str, preferences: Document) -> str | None:
        """Take ChargingPreferences: a ChargingPreferencesResponse, or None for an unknown session."""
        charge = self._book.get(session_id)
        if charge is None:
            return None
        if charge.phase not in (Phase.PENDING, Phase.ACTIVE):
            return "NOT_POSSIBLE"
        kind = preferences["profile_type"]
        if kind not in PROFILE_TYPES:
            return "PROFILE_TYPE_NOT_SUPPORTED"
        if kind != "REGULAR" and not preferences.get("departure_time"):
            return "DEPARTURE_REQUIRED"
        with self._book.changing(session_id) as changed:
            changed.preferences = preferences
        return "ACCEPTED"

    def _running(self, session_id: str, asked: Asked) -> Charge | None:
        charge = self._book.get(session_id)
        if charge is None or charge.phase not in (Phase.PENDING, Phase.ACTIVE):
            return None
        owner = PartyId.of(charge.token["country_code"], charge.token["party_id"])
        return charge if asked.theirs in (None, owner) else None

    def _active(self, profile: Document) -> Document:
        return {
            "start_date_time": format_datetime(self._agenda.now()),
            "charging_profile": profile,
        }

    def _tell_active(self, session_id: str, asked: Asked) -> None:
        charge = self._book.get(session_id)
        if charge is None or charge.profile is None:
            return
        try:
            line = self._lines.find(
                "chargingprofiles", InterfaceRole.SENDER, asked.ours, asked.theirs
            )
            said = self._lines.said(line, "active_charging_profile", charge.profile)
        except (AwayError, Refused):
            return
        self._lines.send(
            line, "PUT", join(line.url, charge.id), said, correlation_id=asked.correlation_id
        )


def _answer(result: str) -> Document:
    return {"result": result, "timeout": TIMEOUT_SECONDS}


def _limit_kw(profile: Document, unlimited: float) -> float:
    """The least limit of a profile in kW: what the car may take from now on."""
    periods: list[dict[str, Any]] = profile.get("charging_profile_period") or []
    if not periods:
        return unlimited
    least = min(float(period["limit"]) for period in periods)
    watts = least if profile["charging_rate_unit"] == "W" else least * VOLTS * PHASES
    return watts / 1000


def _unlimited(charge: Charge, duration: int) -> Document:
    """What the charging station plans by itself: all there is, less towards the end."""
    step = max(duration // LISTED_PERIODS, 1)
    return {
        "duration": duration,
        "charging_rate_unit": "W",
        "charging_profile_period": [
            {"start_period": n * step, "limit": round(charge.power_kw * 1000 / (n + 1), 1)}
            for n in range(LISTED_PERIODS)
            if n * step < max(duration, 1)
        ],
    }
