"""The database itself refuses to change or delete what is evidence.

Three things may happen to a CDR after it was written: the connection it came from is deleted (which empties
``received_from``), it is forgotten once, and nothing else. Of an original and of a conflicting version the bytes and
their key stay, until the key is destroyed.
"""

from django.db import migrations

TRIGGERS = """
CREATE FUNCTION cdrs_cdr_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    open_columns text[] := ARRAY['received_from_id'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'A CDR cannot be deleted (cdrs_cdr %)', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.forgotten_at IS NULL AND NEW.forgotten_at IS NOT NULL THEN
        open_columns := open_columns || ARRAY['forgotten_at', 'document', 'token_uid', 'token_key',
                                              'contract_id', 'contract_key'];
    END IF;
    IF NEW.received_from_id IS NOT NULL AND NEW.received_from_id IS DISTINCT FROM OLD.received_from_id
       OR to_jsonb(OLD) - open_columns IS DISTINCT FROM to_jsonb(NEW) - open_columns THEN
        RAISE EXCEPTION 'A CDR cannot be changed (cdrs_cdr %)', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER cdrs_cdr_sealed BEFORE UPDATE OR DELETE ON cdrs_cdr
    FOR EACH ROW EXECUTE FUNCTION cdrs_cdr_sealed();

CREATE FUNCTION cdrs_bytes_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'What was received cannot be deleted (% %)', TG_TABLE_NAME, OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.content IS DISTINCT FROM OLD.content OR NEW.cdr_id IS DISTINCT FROM OLD.cdr_id
       OR NEW.version IS DISTINCT FROM OLD.version OR NEW.source IS DISTINCT FROM OLD.source
       OR (OLD.key_encrypted IS NULL AND NEW.key_encrypted IS NOT NULL) THEN
        RAISE EXCEPTION 'What was received cannot be changed (% %)', TG_TABLE_NAME, OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER cdrs_original_sealed BEFORE UPDATE OR DELETE ON cdrs_cdroriginal
    FOR EACH ROW EXECUTE FUNCTION cdrs_bytes_sealed();
CREATE TRIGGER cdrs_conflict_sealed BEFORE UPDATE OR DELETE ON cdrs_cdrconflict
    FOR EACH ROW EXECUTE FUNCTION cdrs_bytes_sealed();
"""

BACK = """
DROP TRIGGER cdrs_conflict_sealed ON cdrs_cdrconflict;
DROP TRIGGER cdrs_original_sealed ON cdrs_cdroriginal;
DROP FUNCTION cdrs_bytes_sealed();
DROP TRIGGER cdrs_cdr_sealed ON cdrs_cdr;
DROP FUNCTION cdrs_cdr_sealed();
"""


class Migration(migrations.Migration):
    dependencies = [("cdrs", "0001_initial")]

    operations = [migrations.RunSQL(TRIGGERS, BACK)]
