from django.apps import AppConfig


class CdrsConfig(AppConfig):
    name = "cdrs"
    verbose_name = "Charging"
    default_auto_field = "django.db.models.BigAutoField"
