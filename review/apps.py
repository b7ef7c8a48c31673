from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "review"
    verbose_name = "Finance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from cdrs.admin import sections
        from cdrs.arrivals import arrived
        from exchange import detectors, jobs
        from review import again, bulk, trials
        from review.admin import desk_section, dispute_section, signed_section
        from review.disputes import crediting
        from review.disputes.detectors import OVERDUE
        from review.services import arriving

        arrived.connect(arriving.expect, dispatch_uid="review")
        arrived.connect(crediting.follow, dispatch_uid="disputes")
        for section in (desk_section, signed_section, dispute_section):
            sections.register(section.SECTION)
        jobs.register(bulk.JOBS)
        detectors.register(OVERDUE)
        for kind in (bulk.JOBS, again.JOBS, trials.JOBS):
            jobs.register(kind)
