from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "review"
    verbose_name = "Finance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from cdrs.admin import sections
        from cdrs.arrivals import arrived
        from review.admin import dispute_section, signed_section
        from review.disputes import crediting
        from review.services import arriving

        arrived.connect(arriving.expect, dispatch_uid="review")
        arrived.connect(crediting.follow, dispatch_uid="disputes")
        sections.register(signed_section.SECTION)
        sections.register(dispute_section.SECTION)
