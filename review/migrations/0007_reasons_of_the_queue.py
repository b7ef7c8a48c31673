"""What waits for a reason is found among what waits only; made beside the running portal."""

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("review", "0006_what_was_taken_off_by_hand")]

    operations = [
        AddIndexConcurrently(
            "cdrreview",
            django.contrib.postgres.indexes.GinIndex(
                fields=["reasons"],
                name="review_queue_by_reason",
                condition=models.Q(state="flagged"),
                fastupdate=False,
            ),
        ),
    ]
