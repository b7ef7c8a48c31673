"""How tokens are spelled becomes a part of the dialect; what a partner offers, and a refusal, are kept."""

import django.contrib.postgres.fields
from django.db import migrations, models


def encoding_to_dialect(apps, schema_editor):
    """A connection set to raw tokens keeps them, in both directions; Base64 was the rule and stays so."""
    Connection = apps.get_model("parties", "Connection")
    for connection in Connection.objects.filter(token_encoding="raw"):
        connection.dialect_settings = {
            **connection.dialect_settings,
            "token_in": "raw",
            "token_out": "raw",
        }
        connection.save(update_fields=["dialect_settings"])


def dialect_to_encoding(apps, schema_editor):
    Connection = apps.get_model("parties", "Connection")
    for connection in Connection.objects.filter(dialect_settings__token_out="raw"):
        connection.token_encoding = "raw"
        connection.save(update_fields=["token_encoding"])


class Migration(migrations.Migration):
    dependencies = [("parties", "0002_dialects_and_agreements")]

    operations = [
        migrations.RunPython(encoding_to_dialect, dialect_to_encoding),
        migrations.RemoveField(model_name="connection", name="token_encoding"),
        migrations.AddField(
            model_name="connection",
            name="partner_versions",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=10),
                blank=True,
                default=list,
                help_text="The OCPI versions the partner offered when it was last asked.",
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="connectionparty",
            name="refused",
            field=models.BooleanField(
                default=False,
                help_text="Staff said no; it does not wait for a decision any more.",
            ),
        ),
    ]
