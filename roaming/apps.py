"""The project as an app: it brings the commands, the groups of staff and the staff site."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RoamingConfig(AppConfig):
    name = "roaming"
    verbose_name = "Portal"

    def ready(self) -> None:
        # Last of all apps, so that every permission exists by then.
        post_migrate.connect(_make_groups, sender=self)


def _make_groups(**kwargs: Any) -> None:
    from .staff import make_groups

    make_groups()
