"""A partner's system to send to."""

from tests.exchange.conftest import _settings, system

__all__ = ["_settings", "system"]
