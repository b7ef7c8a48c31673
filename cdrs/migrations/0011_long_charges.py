"""Charges of more than three days are found by their own indexes; made beside the running portal."""

from datetime import datetime, timedelta, timezone

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.lookups import GreaterThan

IS_LONG = models.Q(
    GreaterThan(models.F("end_date_time") - models.F("start_date_time"), timedelta(days=3)),
    start_date_time__gte=datetime(1971, 1, 1, tzinfo=timezone.utc),
)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("cdrs", "0010_charges_at_the_same_time")]

    operations = [
        AddIndexConcurrently(
            "cdr",
            models.Index(
                fields=["token_key", "start_date_time"], name="cdr_long_by_token", condition=IS_LONG
            ),
        ),
        AddIndexConcurrently(
            "cdr",
            models.Index(
                fields=["owner", "location_key", "evse_key", "start_date_time"],
                name="cdr_long_by_evse",
                condition=IS_LONG,
            ),
        ),
    ]
