"""The project as an app: it brings the commands, the groups of staff and the staff site."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class RoamingConfig(AppConfig):
    name = "roaming"
    verbose_name = "Portal"

    def ready(self) -> None:
        from .permissions import after_migrate

        apps.get_app_config("auth").verbose_name = "Accounts"
        post_migrate.connect(after_migrate, dispatch_uid="roaming.permissions")
