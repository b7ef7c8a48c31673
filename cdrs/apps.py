from django.apps import AppConfig


class CdrsConfig(AppConfig):
    name = "cdrs"
    verbose_name = "Charging"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from cdrs.ocpi import MODULE
        from cdrs.records import CDRRecords
        from charging import records
        from exchange import registry

        registry.register(MODULE)
        records.register(CDRRecords())
