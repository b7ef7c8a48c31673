from django.apps import AppConfig


class ChargingConfig(AppConfig):
    name = "charging"
    verbose_name = "Charging"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from charging import detectors as late
        from charging.commands.commanded import CommandedTokens
        from charging.commands.ocpi import DECLARATION as COMMANDS
        from charging.commands.offers import at_evse
        from charging.profiles.ocpi import DECLARATION as PROFILES
        from charging.profiles.ocpi import TOLD as PROFILE_CHANGES
        from charging.sessions.ocpi import MODULE as SESSIONS
        from exchange import detectors, registry
        from locations import offers
        from tokens.authorization import commanded

        registry.register(SESSIONS)
        registry.register(COMMANDS)
        registry.register(PROFILES)
        registry.register(PROFILE_CHANGES)
        commanded.register(CommandedTokens())
        offers.register(at_evse)
        for detector in late.ALL:
            detectors.register(detector)
