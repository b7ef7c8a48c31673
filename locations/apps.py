from django.apps import AppConfig


class LocationsConfig(AppConfig):
    name = "locations"
    verbose_name = "Charging locations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from exchange import registry
        from locations.ocpi import MODULE

        registry.register(MODULE)
