from django.apps import AppConfig


class ChargingConfig(AppConfig):
    name = "charging"
    verbose_name = "Charging"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from charging import detectors as late
        from charging.sessions.ocpi import MODULE as SESSIONS
        from exchange import detectors, registry

        registry.register(SESSIONS)
        for detector in late.ALL:
            detectors.register(detector)
