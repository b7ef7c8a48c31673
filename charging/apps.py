from django.apps import AppConfig


class ChargingConfig(AppConfig):
    name = "charging"
    verbose_name = "Charging"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from charging.commands.ocpi import DECLARATION as COMMANDS
        from charging.sessions.ocpi import MODULE as SESSIONS
        from exchange import registry

        registry.register(SESSIONS)
        registry.register(COMMANDS)
