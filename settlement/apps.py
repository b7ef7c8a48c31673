from django.apps import AppConfig


class SettlementConfig(AppConfig):
    name = "settlement"
    verbose_name = "Finance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from cdrs.arrivals import arrived
        from exchange import registry
        from review.decided import changed
        from settlement.reconciliation import following, tasks  # noqa: F401 - known to the workers
        from settlement.reconciliation.ocpi import MODULE
        from settlement.services import booking

        registry.register(MODULE)
        changed.connect(booking.follow, dispatch_uid="settlement")
        arrived.connect(following.arrived, dispatch_uid="settlement.reconciliation")
        changed.connect(following.decided, dispatch_uid="settlement.reconciliation")
