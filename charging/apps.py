from django.apps import AppConfig


class ChargingConfig(AppConfig):
    name = "charging"
    verbose_name = "Charging"
    default_auto_field = "django.db.models.BigAutoField"
