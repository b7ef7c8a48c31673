from django.apps import AppConfig


class CdrsConfig(AppConfig):
    name = "cdrs"
    verbose_name = "Charging"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from cdrs import detectors as late
        from cdrs.ocpi import MODULE
        from cdrs.records import CDRRecords
        from charging import records
        from exchange import detectors, registry

        registry.register(MODULE)
        records.register(CDRRecords())
        for detector in late.ALL:
            detectors.register(detector)
