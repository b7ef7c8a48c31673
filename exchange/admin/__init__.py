"""Staff pages of the exchange log, deliveries, quarantine, jobs and data quality."""

from exchange.admin.agreements import AgreementAdmin
from exchange.admin.comparing import ComparisonAdmin
from exchange.admin.deliveries import DeliveryAdmin
from exchange.admin.detecting import DetectorLimitAdmin
from exchange.admin.exchanges import ExchangeAdmin
from exchange.admin.jobs import JobAdmin
from exchange.admin.pull_states import PullStateAdmin
from exchange.admin.quality import WarningCountAdmin
from exchange.admin.quarantine import QuarantinedAdmin

__all__ = [
    "AgreementAdmin",
    "ComparisonAdmin",
    "DeliveryAdmin",
    "DetectorLimitAdmin",
    "ExchangeAdmin",
    "JobAdmin",
    "PullStateAdmin",
    "QuarantinedAdmin",
    "WarningCountAdmin",
]
