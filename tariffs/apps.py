from django.apps import AppConfig


class TariffsConfig(AppConfig):
    name = "tariffs"
    verbose_name = "Charging network"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from exchange import detectors, registry
        from tariffs.detectors import NOT_PUBLISHED
        from tariffs.ocpi import MODULE

        registry.register(MODULE)
        detectors.register(NOT_PUBLISHED)
