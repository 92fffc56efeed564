import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pricing", "0005_instrument_names"),
        ("transactions", "0003_column_mappings"),
    ]

    operations = [
        migrations.AddField(
            model_name="import",
            name="balances_agreed",
            field=models.IntegerField(default=0),
        ),
        migrations.AddField(
            model_name="import",
            name="balances_disagreed",
            field=models.IntegerField(default=0),
        ),
        migrations.CreateModel(
            name="StatedBalance",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "currency",
                    models.CharField(blank=True, help_text="Of money; else empty.", max_length=12),
                ),
                ("amount", models.DecimalField(decimal_places=18, max_digits=38)),
                ("decimals", models.SmallIntegerField()),
                ("is_list", models.BooleanField(default=False)),
                ("source_line", models.IntegerField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stated_balances",
                        to="transactions.account",
                    ),
                ),
                (
                    "instrument",
                    models.ForeignKey(
                        blank=True,
                        db_column="ticker",
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="pricing.instrument",
                        to_field="ticker",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        db_column="import_id",
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stated_balances",
                        to="transactions.import",
                    ),
                ),
            ],
            options={
                "db_table": "stated_balances",
                "indexes": [
                    models.Index(fields=["account", "at"], name="idx_stated_balances_account"),
                    models.Index(fields=["source"], name="idx_stated_balances_import"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("currency", ""), ("instrument__isnull", False)),
                            models.Q(
                                ("instrument__isnull", True),
                                models.Q(("currency", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="chk_stated_balances_asset",
                    )
                ],
            },
        ),
    ]
