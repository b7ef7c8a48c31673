"""A hub's system on loopback."""

from tests.exchange.conftest import _settings, system

__all__ = ["_settings", "system"]
