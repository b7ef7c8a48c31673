"""The four groups of staff and what each may do; brought in line after every migration.

Administrators who need something else make a group of their own: these are kept as they are here.
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.apps.config import AppConfig
from django.contrib.auth.models import Group, Permission
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Q

OPERATIONS = "operations"
FINANCE = "finance"
VIEWERS = "viewers"
ADMINISTRATION = "administration"
GROUPS = (OPERATIONS, FINANCE, VIEWERS, ADMINISTRATION)

PORTAL_APPS = (
    "parties",
    "exchange",
    "credentials",
    "tariffs",
    "locations",
    "tokens",
    "charging",
    "cdrs",
    "review",
    "settlement",
    "hub",
    "registers",
)
# What is about money: finance works here, and nobody else but administrators.
FINANCE_APPS = ("review", "settlement")
# What names drivers, byte for byte.
BODIES = ("view_exchangebody", "view_cdroriginal")
SETTLING = "change_cdrconflict"
# Prices, and what is agreed about them: whoever answers for the money writes these.
PRICES = tuple(
    f"{may}_{model}"
    for model in ("tariffdraft", "agreedtariff", "sellingrule")
    for may in ("add", "change")
)
# What nobody changes by hand, whoever they are: the portal itself writes these.
WRITTEN_BY_THE_PORTAL = (
    "event",
    "exchange",
    "exchangebody",
    "inboundtoken",
    "statusinterval",
    "connectortariff",
    "tariffversion",
    "authorization",
    "unknowncard",
    "sessionreading",
    "cdroriginal",
    "cdrcopy",
    "clientinfo",
    "activeprofile",
    "profilefollower",
    "registerentry",
    "registerchange",
    "registerimport",
    "registerfault",
    "codeclaim",
    "codeevent",
    "submission",
    "applicationmail",
    "takeover",
    "auditrun",
    "auditfinding",
    "mintedid",
    "reviewdecision",
    "bulkdecision",
    "entry",
    "tally",
    "invoicerecordcdr",
    "reconciliationresult",
    "reconciliationsum",
)
ACCOUNTS = ("user", "group")


def ensure_groups() -> None:
    """Make the groups and set their permissions to what this module says."""
    looking = Q(content_type__app_label__in=PORTAL_APPS, codename__startswith="view_")
    working = Q(content_type__app_label__in=PORTAL_APPS) & ~Q(
        content_type__model__in=WRITTEN_BY_THE_PORTAL
    )
    working &= ~Q(codename__startswith="delete_") | Q(content_type__model="quarantined")
    money = Q(content_type__app_label__in=FINANCE_APPS)
    accounts = Q(content_type__app_label="auth", content_type__model__in=ACCOUNTS)
    granted = {
        VIEWERS: looking & ~Q(codename__in=BODIES),
        FINANCE: looking | Q(codename__in=(SETTLING, *PRICES)) | working & money,
        OPERATIONS: looking | working & ~money,
        ADMINISTRATION: looking | working | accounts,
    }
    for name, which in granted.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set(Permission.objects.filter(which))


def after_migrate(sender: AppConfig, using: str = DEFAULT_DB_ALIAS, **kwargs: Any) -> None:
    """Once per ``migrate``: when the last app has its permissions."""
    with_models = [config for config in apps.get_app_configs() if config.models_module]
    if using == DEFAULT_DB_ALIAS and sender == with_models[-1]:
        ensure_groups()
