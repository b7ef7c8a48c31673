"""The database itself keeps what is closed as it is, and what is locked for good.

Entries and tallies come and go only while their statement is open. A locked statement is never changed or deleted.
"""

from django.db import migrations

TRIGGERS = """
CREATE FUNCTION settlement_statement_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'locked' THEN
        RAISE EXCEPTION 'A locked statement cannot be changed or deleted (%)', OLD.number
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER settlement_statement_sealed BEFORE UPDATE OR DELETE ON settlement_statement
    FOR EACH ROW EXECUTE FUNCTION settlement_statement_sealed();

CREATE FUNCTION settlement_lines_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    closed bigint;
BEGIN
    SELECT s.id INTO closed FROM settlement_statement s
    JOIN (SELECT DISTINCT statement_id FROM concerned) c ON c.statement_id = s.id
    WHERE s.state <> 'open' LIMIT 1;
    IF closed IS NOT NULL THEN
        RAISE EXCEPTION 'What is on a closed statement cannot be changed (% of statement %)', TG_TABLE_NAME, closed
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
"""
FOR_EACH = """
CREATE TRIGGER {table}_added AFTER INSERT ON {table} REFERENCING NEW TABLE AS concerned
    FOR EACH STATEMENT EXECUTE FUNCTION settlement_lines_sealed();
CREATE TRIGGER {table}_changed AFTER UPDATE ON {table} REFERENCING OLD TABLE AS concerned
    FOR EACH STATEMENT EXECUTE FUNCTION settlement_lines_sealed();
CREATE TRIGGER {table}_moved AFTER UPDATE ON {table} REFERENCING NEW TABLE AS concerned
    FOR EACH STATEMENT EXECUTE FUNCTION settlement_lines_sealed();
CREATE TRIGGER {table}_removed AFTER DELETE ON {table} REFERENCING OLD TABLE AS concerned
    FOR EACH STATEMENT EXECUTE FUNCTION settlement_lines_sealed();
"""
TABLES = ("settlement_entry", "settlement_tally")

BACK = "".join(
    f"DROP TRIGGER {table}_{name} ON {table};"
    for table in TABLES
    for name in ("added", "changed", "moved", "removed")
) + """
DROP FUNCTION settlement_lines_sealed();
DROP TRIGGER settlement_statement_sealed ON settlement_statement;
DROP FUNCTION settlement_statement_sealed();
"""


class Migration(migrations.Migration):
    dependencies = [("settlement", "0001_initial")]

    operations = [
        migrations.RunSQL(TRIGGERS + "".join(FOR_EACH.format(table=t) for t in TABLES), BACK)
    ]
