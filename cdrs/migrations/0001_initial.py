import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import exchange.fields
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('parties', '0005_hub_clients'),
    ]

    operations = [
        migrations.CreateModel(
            name='CDR',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cdr_id', models.CharField(max_length=255, verbose_name='CDR ID')),
                ('cdr_key', models.CharField(db_collation='C', max_length=255)),
                ('address', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('start_date_time', models.DateTimeField(verbose_name='start')),
                ('end_date_time', models.DateTimeField(verbose_name='end')),
                ('currency', models.CharField(blank=True, max_length=3)),
                ('total_cost', models.DecimalField(decimal_places=8, max_digits=24, verbose_name='total before tax')),
                ('total_cost_after_tax', models.DecimalField(blank=True, decimal_places=8, max_digits=24, null=True, verbose_name='total after tax')),
                ('energy', models.DecimalField(decimal_places=8, max_digits=24, verbose_name='energy, kWh')),
                ('duration', models.DecimalField(decimal_places=8, max_digits=24, verbose_name='time, hours')),
                ('parking_time', models.DecimalField(blank=True, decimal_places=8, max_digits=24, null=True, verbose_name='parking, hours')),
                ('session_key', models.CharField(blank=True, db_collation='C', max_length=255, verbose_name='session')),
                ('authorization_key', models.CharField(blank=True, db_collation='C', max_length=255, verbose_name='authorization reference')),
                ('token_uid', models.CharField(blank=True, max_length=255, verbose_name='token UID')),
                ('token_key', models.CharField(blank=True, db_collation='C', help_text='Type and UID together, RFID:012345678, as tokens are kept.', max_length=511)),
                ('contract_id', models.CharField(blank=True, max_length=255, verbose_name='contract ID')),
                ('contract_key', models.CharField(blank=True, db_collation='C', max_length=255)),
                ('location_key', models.CharField(blank=True, db_collation='C', max_length=255, verbose_name='location')),
                ('evse_key', models.CharField(blank=True, db_collation='C', max_length=255, verbose_name='EVSE')),
                ('credit', models.BooleanField(default=False, verbose_name='credit CDR')),
                ('credit_reference_key', models.CharField(blank=True, db_collation='C', max_length=255, verbose_name='credits')),
                ('is_reservation', models.BooleanField(default=False, verbose_name='reservation that was not used')),
                ('home_charging_compensation', models.BooleanField(default=False)),
                ('invoice_reference_id', models.CharField(blank=True, max_length=255, verbose_name='invoice reference')),
                ('document', exchange.fields.DocumentField()),
                ('last_updated', models.DateTimeField()),
                ('original_sha256', models.BinaryField(max_length=32)),
                ('content_sha256', models.BinaryField(max_length=32)),
                ('differs_in', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=10), blank=True, default=list, help_text='The OCPI versions that cannot say all of it; elsewhere it goes out as it lies here.', size=None)),
                ('refused_in', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=10), blank=True, default=list, help_text='The OCPI versions in which it would mislead, so that partners there do not get it.', size=None)),
                ('version', models.BigIntegerField(default=1)),
                ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='received')),
                ('forgotten_at', models.DateTimeField(blank=True, help_text="When the driver's token was taken out of it.", null=True)),
                ('emsp', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='charged_cdrs', to='parties.party')),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cdrs', to='parties.party')),
                ('received_from', models.ForeignKey(blank=True, help_text='The connection that told us; empty for an import.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='received_cdrs', to='parties.connection')),
            ],
            options={
                'verbose_name': 'CDR',
                'ordering': ['id'],
            "indexes": [models.Index(fields=['-start_date_time', '-id'], name='cdr_newest'), models.Index(fields=['owner', '-start_date_time', '-id'], name='cdr_of_owner'), models.Index(fields=['emsp', '-start_date_time', '-id'], name='cdr_of_emsp'), models.Index(fields=['emsp', 'id'], include=('owner', 'refused_in'), name='cdr_visible'), models.Index(fields=['last_updated'], name='cdr_last_updated'), models.Index(fields=['received_at'], name='cdr_received'), models.Index(fields=['cdr_key'], name='cdr_by_key'), models.Index(condition=models.Q(('session_key', ''), _negated=True), fields=['owner', 'session_key'], name='cdr_of_session'), models.Index(condition=models.Q(('authorization_key', ''), _negated=True), fields=['authorization_key'], name='cdr_of_authorization'), models.Index(fields=['token_key'], name='cdr_of_token'), models.Index(fields=['contract_key'], name='cdr_of_contract'), models.Index(fields=['owner', 'location_key'], name='cdr_of_location'), models.Index(condition=models.Q(('credit', True)), fields=['received_at'], name='cdr_credits'), models.Index(fields=['total_cost'], name='cdr_by_cost'), models.Index(condition=models.Q(('is_reservation', True)), fields=['-start_date_time', '-id'], name='cdr_reservations'), models.Index(condition=models.Q(('home_charging_compensation', True)), fields=['-start_date_time', '-id'], name='cdr_at_home'), models.Index(condition=models.Q(('credit_reference_key', ''), _negated=True), fields=['owner', 'credit_reference_key'], name='cdr_crediting'), models.Index(condition=models.Q(('invoice_reference_id', ''), _negated=True), fields=['invoice_reference_id'], name='cdr_of_invoice'),],"constraints": [models.UniqueConstraint(fields=('owner', 'cdr_key'), name='cdr_identity'), models.UniqueConstraint(fields=('address',), name='cdr_address'),],},
        ),
        migrations.CreateModel(
            name='CDRConflict',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key_encrypted', models.BinaryField(blank=True, null=True)),
                ('content', models.BinaryField()),
                ('version', models.CharField(blank=True, max_length=10)),
                ('source', models.CharField(max_length=200)),
                ('sha256', models.BinaryField(max_length=32)),
                ('differences', models.JSONField(default=list)),
                ('times_seen', models.PositiveIntegerField(default=1)),
                ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='received')),
                ('last_seen_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('settled_at', models.DateTimeField(blank=True, help_text='When staff settled it.', null=True)),
                ('settled_by', models.CharField(blank=True, max_length=150)),
                ('cdr', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='conflicts', to='cdrs.cdr')),
                ('received_from', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='parties.connection')),
            ],
            options={
                'verbose_name': 'conflict of CDRs',
                'verbose_name_plural': 'conflicts of CDRs',
                'ordering': ['-id'],
            "indexes": [models.Index(condition=models.Q(('settled_at', None)), fields=['received_at'], name='cdrconflict_open'),],"constraints": [models.UniqueConstraint(fields=('cdr', 'sha256'), name='cdrconflict_once'),],},
        ),
        migrations.CreateModel(
            name='CDRCopy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('url', models.CharField(max_length=2000)),
                ('told_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('cdr', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='copies', to='cdrs.cdr')),
                ('connection', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='cdr_copies', to='parties.connection')),
            ],
            options={
                'verbose_name': 'copy of a CDR',
                'verbose_name_plural': 'copies of CDRs',
            "constraints": [models.UniqueConstraint(fields=('connection', 'cdr'), name='cdrcopy_identity'),],},
        ),
        migrations.CreateModel(
            name='CDROriginal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key_encrypted', models.BinaryField(blank=True, null=True)),
                ('content', models.BinaryField()),
                ('version', models.CharField(blank=True, max_length=10)),
                ('source', models.CharField(max_length=200)),
                ('cdr', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='original', to='cdrs.cdr')),
            ],
            options={
                'verbose_name': 'original of a CDR',
            },
        ),
        
        
        
        
        
        
        
        
        
        
        
        
        
        
        
        
        
        
        
        
        
        
        
    ]
