from django.apps import AppConfig


class TariffsConfig(AppConfig):
    name = "tariffs"
    verbose_name = "Charging network"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from exchange import registry
        from tariffs.ocpi import MODULE

        registry.register(MODULE)
