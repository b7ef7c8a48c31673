from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "review"
    verbose_name = "Finance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from cdrs.arrivals import arrived
        from review.services import arriving

        arrived.connect(arriving.expect, dispatch_uid="review")
