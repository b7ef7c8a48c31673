"""The Django project: settings, the staff site and what runs the portal on one machine."""

from .celery import app as celery_app

__all__ = ["celery_app"]
