"""The Celery application. A worker only wakes up what PostgreSQL already knows to be due."""

import logging.config
import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging

from roaming import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "roaming.settings")

broker.register()
app = Celery("roaming")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _use_the_settings(**kwargs: Any) -> None:
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)
