from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "review"
    verbose_name = "Finance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from cdrs.admin import sections
        from cdrs.arrivals import arrived
        from exchange import jobs
        from review import bulk
        from review.admin import desk_section
        from review.services import arriving

        arrived.connect(arriving.expect, dispatch_uid="review")
        sections.register(desk_section.SECTION)
        jobs.register(bulk.JOBS)
