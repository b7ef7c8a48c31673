"""The Celery application. A worker only wakes up what PostgreSQL already knows to be due."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "roaming.settings")

app = Celery("roaming")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
