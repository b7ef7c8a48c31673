from django.apps import AppConfig


class SettlementConfig(AppConfig):
    name = "settlement"
    verbose_name = "Finance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from review.decided import changed
        from settlement.services import booking

        changed.connect(booking.follow, dispatch_uid="settlement")
