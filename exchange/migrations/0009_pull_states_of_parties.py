# A platform with several parties was read as a whole until now. What was read then counts for each of them,
# so that nobody's list is fetched from its beginning because of the change.

from django.db import migrations

EACH_PARTY = """
INSERT INTO exchange_pullstate
    (connection_id, module, party_id, watermark, full_at, last_error, failures, next_at, paused,
     lists_all, ignores_dates, vanishing)
SELECT s.connection_id, s.module, p.id, s.watermark, s.full_at, '', 0, s.next_at, false, false, false, 0
FROM exchange_pullstate s
JOIN parties_connection c ON c.id = s.connection_id
JOIN parties_connectionparty cp ON cp.connection_id = c.id AND cp.approved
JOIN parties_party p ON p.id = cp.party_id AND p.role = 'CPO'
WHERE s.party_id IS NULL AND c.kind <> 'hub' AND c.version NOT IN ('2.0', '2.1', '2.1.1')
  AND COALESCE(c.dialect_settings ->> 'name_party', 'auto') <> 'never'
  AND 1 < (SELECT count(*) FROM parties_connectionparty o JOIN parties_party q ON q.id = o.party_id
           WHERE o.connection_id = c.id AND o.approved AND q.role = 'CPO')
"""
BACK = "DELETE FROM exchange_pullstate WHERE party_id IS NOT NULL"


class Migration(migrations.Migration):
    dependencies = [
        ("exchange", "0008_pulls_per_party"),
    ]

    operations = [migrations.RunSQL(EACH_PARTY, BACK)]
