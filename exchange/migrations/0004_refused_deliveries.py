# The few refused deliveries among very many, for the overview and the work list.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('exchange', '0003_search_indexes'),
        ('parties', '0001_initial'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('dead_version__gt', models.F('sent_version'))), fields=['connection'], name='delivery_refused'),
        ),
    ]
