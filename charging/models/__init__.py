"""Sessions, what is asked of charge points, and charging profiles."""

from charging.models.commands import Command, Reservation
from charging.models.profiles import ActiveProfile, ProfileFollower
from charging.models.sessions import Session, SessionReading

__all__ = [
    "ActiveProfile",
    "Command",
    "ProfileFollower",
    "Reservation",
    "Session",
    "SessionReading",
]
