"""Charges of a card and at an EVSE are found by time; made beside the running portal, as the table may be large."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("cdrs", "0002_evidence")]

    operations = [
        AddIndexConcurrently(
            "cdr", models.Index(fields=["token_key", "start_date_time"], name="cdr_by_token")
        ),
        AddIndexConcurrently(
            "cdr",
            models.Index(
                fields=["owner", "location_key", "evse_key", "start_date_time"], name="cdr_by_evse"
            ),
        ),
        RemoveIndexConcurrently("cdr", "cdr_of_token"),
        RemoveIndexConcurrently("cdr", "cdr_of_location"),
    ]
