"""Sessions and what is asked of charge points."""

from charging.models.commands import Command, Reservation
from charging.models.sessions import Session, SessionReading

__all__ = ["Command", "Reservation", "Session", "SessionReading"]
