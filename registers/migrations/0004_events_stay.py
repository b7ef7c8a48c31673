"""The database itself keeps the history of codes as it was written."""

from django.db import migrations

TRIGGER = """
CREATE FUNCTION registers_codeevent_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The history of a code cannot be changed (event %)', OLD.id
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER registers_codeevent_stays BEFORE UPDATE OR DELETE ON registers_codeevent
    FOR EACH ROW EXECUTE FUNCTION registers_codeevent_stays();
"""
BACK = """
DROP TRIGGER registers_codeevent_stays ON registers_codeevent;
DROP FUNCTION registers_codeevent_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("registers", "0003_running")]

    operations = [migrations.RunSQL(TRIGGER, BACK)]
