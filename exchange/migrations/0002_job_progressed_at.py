from django.db import migrations, models


class Migration(migrations.Migration):
    """The heartbeat by which a job that lost its worker is told from one that is slow."""

    dependencies = [
        ("exchange", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="job",
            name="progressed_at",
            field=models.DateTimeField(
                blank=True, help_text="The last sign of life of the worker.", null=True
            ),
        ),
    ]
