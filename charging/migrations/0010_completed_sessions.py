"""Completed sessions by when they were heard of; made beside the running portal, as the table may be large."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("charging", "0004_command_indexes")]

    operations = [
        AddIndexConcurrently(
            "session",
            models.Index(
                fields=["heard_at"],
                name="session_completed",
                condition=models.Q(status="COMPLETED"),
            ),
        ),
    ]
