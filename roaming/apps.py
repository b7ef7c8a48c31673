"""The project as an app: it brings the commands and the staff site."""

from django.apps import AppConfig


class RoamingConfig(AppConfig):
    name = "roaming"
    verbose_name = "Portal"
