from django.apps import AppConfig


class TokensConfig(AppConfig):
    name = "tokens"
    verbose_name = "Drivers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from exchange import registry
        from tokens.ocpi import MODULE

        registry.register(MODULE)
