from django.db import migrations, models


class Migration(migrations.Migration):
    """What staff search by: an exchange's request id, and the deliveries of one object."""

    dependencies = [
        ("exchange", "0002_job_progressed_at"),
    ]

    operations = [
        migrations.AlterModelOptions(name="warningcount", options={"verbose_name": "warning"}),
        migrations.AddIndex(
            model_name="exchange",
            index=models.Index(fields=["request_id"], name="exchange_by_request"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                fields=["object_reference"],
                name="delivery_by_object",
                opclasses=["varchar_pattern_ops"],
            ),
        ),
    ]
