"""The public registers that the portal knows of are there from the beginning, not read yet."""

from __future__ import annotations

from typing import Any

from django.db import migrations

from registers.services.known import KNOWN


def add_known(apps: Any, schema_editor: Any) -> None:
    register = apps.get_model("registers", "Register")
    for key, known in KNOWN.items():
        fields = {**known._asdict(), "jurisdictions": list(known.jurisdictions)}
        register.objects.get_or_create(key=key, defaults=fields)


class Migration(migrations.Migration):
    dependencies = [("registers", "0001_initial")]

    operations = [migrations.RunPython(add_known, migrations.RunPython.noop)]
