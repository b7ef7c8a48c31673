"""Staff pages of tariffs: the list and the page of one."""

from tariffs.admin.agreed import AgreedTariffAdmin
from tariffs.admin.drafts import TariffDraftAdmin
from tariffs.admin.selling import SellingRuleAdmin
from tariffs.admin.tariff import TariffAdmin

__all__ = ["AgreedTariffAdmin", "SellingRuleAdmin", "TariffAdmin", "TariffDraftAdmin"]
