from django.apps import AppConfig


class LocationsConfig(AppConfig):
    name = "locations"
    verbose_name = "Charging network"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from exchange import detectors, registry
        from locations.detectors import EVSES_WITHOUT_NEWS
        from locations.ocpi import MODULE
        from locations.tariff_usage import LocationsUsage
        from tariffs import usage

        registry.register(MODULE)
        detectors.register(EVSES_WITHOUT_NEWS)
        usage.register(LocationsUsage())
