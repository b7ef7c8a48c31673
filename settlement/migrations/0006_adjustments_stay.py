"""The database itself keeps adjustments as they were entered: they are taken back, not changed."""

from django.db import migrations

SEALED = """
CREATE FUNCTION settlement_adjustment_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'An adjustment cannot be changed or deleted (%)', OLD.id
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER settlement_adjustment_sealed BEFORE UPDATE OR DELETE ON settlement_adjustment
    FOR EACH ROW EXECUTE FUNCTION settlement_adjustment_sealed();

CREATE FUNCTION settlement_adjusted_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'An adjustment cannot be changed or deleted (entry %)', OLD.id
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER settlement_adjusted_sealed BEFORE UPDATE OR DELETE ON settlement_entry
    FOR EACH ROW WHEN (OLD.kind = 'adjustment') EXECUTE FUNCTION settlement_adjusted_sealed();
"""
BACK = """
DROP TRIGGER settlement_adjusted_sealed ON settlement_entry;
DROP FUNCTION settlement_adjusted_sealed();
DROP TRIGGER settlement_adjustment_sealed ON settlement_adjustment;
DROP FUNCTION settlement_adjustment_sealed();
"""


class Migration(migrations.Migration):
    dependencies = [("settlement", "0005_adjustments_by_hand")]

    operations = [migrations.RunSQL(SEALED, BACK)]
