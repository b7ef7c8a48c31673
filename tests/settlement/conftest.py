"""A partner's system to deliver to."""

from tests.exchange.conftest import _settings, system

__all__ = ["_settings", "system"]
