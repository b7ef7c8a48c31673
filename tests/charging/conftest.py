"""Partners' systems for tests of what is asked of them."""

from tests.exchange.conftest import _settings, system

__all__ = ["_settings", "system"]
