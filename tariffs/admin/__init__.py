"""Staff pages of tariffs: the list and the page of one."""

from tariffs.admin.tariff import TariffAdmin

__all__ = ["TariffAdmin"]
