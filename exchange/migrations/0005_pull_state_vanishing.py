# What a pull kept back, so that staff can allow it where they see it.

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('exchange', '0004_refused_deliveries'),
    ]

    operations = [
        migrations.AddField(
            model_name='pullstate',
            name='vanishing',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='pullstate',
            name='vanishing_job',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='exchange.job'),
        ),
    ]
