"""Every CDR that is here already gets its review, which waits for the checks."""

from __future__ import annotations

from typing import Any

from django.db import migrations


def expect(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute(
        """
        INSERT INTO review_cdrreview (
            cdr_id, direction, ours_id, partner_id, state, ended_at, received_at, currency, stated,
            stated_after, at_stake, rule_set, cause, reasons, findings, decided_by
        )
        SELECT o.id,
            CASE WHEN p.is_ours AND e.is_ours THEN 'internal'
                 WHEN p.is_ours AND e.id IS NOT NULL THEN 'receivable'
                 WHEN e.is_ours THEN 'payable' ELSE 'passed_on' END,
            CASE WHEN p.is_ours THEN p.id WHEN e.is_ours THEN e.id END,
            CASE WHEN NOT p.is_ours THEN p.id ELSE e.id END,
            'waiting', o.end_date_time, o.received_at, o.currency, o.total_cost,
            o.total_cost_after_tax, 0, '', '', '{}', '[]', ''
        FROM cdrs_cdr o
        JOIN parties_party p ON p.id = o.owner_id
        LEFT JOIN parties_party e ON e.id = o.emsp_id
        ON CONFLICT (cdr_id) DO NOTHING
        """
    )


class Migration(migrations.Migration):
    dependencies = [("review", "0001_initial"), ("cdrs", "0002_evidence")]

    operations = [migrations.RunPython(expect, migrations.RunPython.noop)]
