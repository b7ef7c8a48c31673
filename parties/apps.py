from django.apps import AppConfig


class PartiesConfig(AppConfig):
    name = "parties"
    verbose_name = "Partners"
    default_auto_field = "django.db.models.BigAutoField"
