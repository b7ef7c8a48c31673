"""Sessions and what is asked of charge points."""

from charging.models.sessions import Session, SessionReading

__all__ = ["Session", "SessionReading"]
