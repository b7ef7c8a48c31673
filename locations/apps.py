from django.apps import AppConfig


class LocationsConfig(AppConfig):
    name = "locations"
    verbose_name = "Charging network"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from exchange import registry
        from locations.ocpi import MODULE
        from locations.tariff_usage import LocationsUsage
        from tariffs import usage

        registry.register(MODULE)
        usage.register(LocationsUsage())
