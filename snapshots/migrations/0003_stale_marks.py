import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("transactions", "0001_initial"),
        ("snapshots", "0002_flows"),
    ]

    operations = [
        migrations.RemoveField("portfoliosnapshot", "is_stale"),
        migrations.CreateModel(
            name="StaleMark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("since", models.DateField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stale_marks",
                        to="transactions.account",
                    ),
                ),
            ],
            options={
                "db_table": "stale_marks",
                "indexes": [
                    models.Index(fields=["account", "since"], name="idx_stale_marks_account")
                ],
            },
        ),
    ]
