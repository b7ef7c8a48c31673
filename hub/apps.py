from django.apps import AppConfig


class HubConfig(AppConfig):
    name = "hub"
    verbose_name = "Partners"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from exchange import registry
        from hub.ocpi import MODULE

        registry.register(MODULE)
