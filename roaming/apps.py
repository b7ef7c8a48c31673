"""The project as an app: it brings the commands, the groups of staff and the staff site."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RoamingConfig(AppConfig):
    name = "roaming"
    verbose_name = "Portal"

    def ready(self) -> None:
        from .permissions import after_migrate

        post_migrate.connect(after_migrate, dispatch_uid="roaming.permissions")
