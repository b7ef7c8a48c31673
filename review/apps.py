from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "review"
    verbose_name = "Finance"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from cdrs.admin.sections import CDR_PAGE
        from cdrs.arrivals import arrived
        from charging.models import Session
        from charging.sessions.admin import sections as of_sessions
        from exchange import arrivals, detectors, jobs
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
        from review.services import arriving, coming
        from tariffs.models import AgreedTariff, Tariff
        from tokens.models import Token

        arrived.connect(arriving.expect, dispatch_uid="review")
        arrived.connect(missing.close_arrived, dispatch_uid="missing")
        arrived.connect(crediting.follow, dispatch_uid="disputes")
        arrivals.written.connect(coming.sessions, sender=Session, dispatch_uid="review.sessions")
        arrivals.written.connect(coming.tokens, sender=Token, dispatch_uid="review.tokens")
        arrivals.written.connect(coming.tariffs, sender=Tariff, dispatch_uid="review.tariffs")
        arrivals.written.connect(coming.terms, sender=AgreedTariff, dispatch_uid="review.terms")
        for section in (findings_section, desk_section, signed_section, dispute_section):
            CDR_PAGE.register(section.SECTION)
        of_sessions.SESSION.register(session_section.SECTION)
        for kind in (bulk.JOBS, again.JOBS, trials.JOBS):
            jobs.register(kind)
        for detector in (late.MISSING_CDRS, OVERDUE):
            detectors.register(detector)
