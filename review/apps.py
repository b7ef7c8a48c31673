from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "review"
    verbose_name = "Finance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from cdrs.admin.sections import CDR_PAGE
        from cdrs.arrivals import arrived
        from charging.sessions.admin import sections as of_sessions
        from exchange import detectors, jobs
        from review import again, bulk, missing, trials
        from review import detectors as late
        from review.admin import (
            desk_section,
            dispute_section,
            findings_section,
            session_section,
            signed_section,
        )
        from review.disputes import crediting
        from review.disputes.detectors import OVERDUE
        from review.services import arriving

        arrived.connect(arriving.expect, dispatch_uid="review")
        arrived.connect(missing.close_arrived, dispatch_uid="missing")
        arrived.connect(crediting.follow, dispatch_uid="disputes")
        for section in (findings_section, desk_section, signed_section, dispute_section):
            CDR_PAGE.register(section.SECTION)
        of_sessions.SESSION.register(session_section.SECTION)
        for kind in (bulk.JOBS, again.JOBS, trials.JOBS):
            jobs.register(kind)
        for detector in (late.MISSING_CDRS, OVERDUE):
            detectors.register(detector)
