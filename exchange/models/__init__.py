"""The exchange log, deliveries, pulls, jobs, what could not be taken in, and comparisons."""

from exchange.models.comparisons import Comparison, ComparisonDifference
from exchange.models.deliveries import Delivery, DeliveryQuerySet
from exchange.models.detecting import DetectorLimit
from exchange.models.jobs import Job
from exchange.models.log import Exchange, ExchangeBody
from exchange.models.pulls import Crawl, CrawlPage, Missing, PullState
from exchange.models.quality import (
    DismissedSuggestion,
    LossCount,
    Quarantined,
    WarningCount,
    WarningDay,
)

__all__ = [
    "Comparison",
    "ComparisonDifference",
    "Crawl",
    "CrawlPage",
    "Delivery",
    "DeliveryQuerySet",
    "DetectorLimit",
    "DismissedSuggestion",
    "Exchange",
    "ExchangeBody",
    "Job",
    "LossCount",
    "Missing",
    "PullState",
    "Quarantined",
    "WarningCount",
    "WarningDay",
]
