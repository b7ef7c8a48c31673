"""Patterns of the parties that are hosted already; of others they are made when they become hosted."""

import django.db.models.deletion
from django.db import migrations, models

_USUAL = {
    "CPO": {"evse": "E{number:6}", "pool": "P{number:6}", "station": "S{number:6}"},
    "EMSP": {"contract": "{number:8}"},
}


def make_patterns(apps, schema_editor):
    rows = apps.get_model("registers", "IdPattern").objects
    parties = apps.get_model("parties", "Party").objects
    for party in parties.filter(is_ours=True, role__in=list(_USUAL)):
        for kind, pattern in _USUAL[party.role].items():
            rows.get_or_create(party=party, kind=kind, defaults={"pattern": pattern})


class Migration(migrations.Migration):
    dependencies = [("registers", "0006_minted_ids")]

    operations = [
        migrations.AlterField(
            model_name="idpattern",
            name="party",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="parties.party",
            ),
        ),
        migrations.RunPython(make_patterns, migrations.RunPython.noop),
    ]
