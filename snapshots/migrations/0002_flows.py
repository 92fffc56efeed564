from decimal import Decimal

from django.db import migrations, models


def amount(**options: object) -> models.DecimalField:
    return models.DecimalField(max_digits=48, decimal_places=8, **options)


class Migration(migrations.Migration):
    """Nothing wrote snapshots before this, so there are no rows whose columns it could lose."""

    dependencies = [
        ("snapshots", "0001_initial"),
    ]

    operations = [
        migrations.RemoveField("portfoliosnapshot", "net_flow"),
        migrations.AlterField("portfoliosnapshot", "total_value", amount()),
        migrations.AlterField(
            "portfoliosnapshot",
            "cash_balance",
            amount(null=True, help_text="Empty unless the account tracks cash."),
        ),
        migrations.AddField("portfoliosnapshot", "inflow", amount(default=Decimal(0))),
        migrations.AddField("portfoliosnapshot", "outflow", amount(default=Decimal(0))),
        migrations.AddField("portfoliosnapshot", "moved_in", amount(default=Decimal(0))),
        migrations.AddField("portfoliosnapshot", "moved_out", amount(default=Decimal(0))),
        migrations.AddField(
            "portfoliosnapshot",
            "net_flow",
            models.GeneratedField(
                expression=models.F("inflow")
                + models.F("moved_in")
                - models.F("outflow")
                - models.F("moved_out"),
                output_field=amount(),
                db_persist=True,
            ),
        ),
        migrations.AddConstraint(
            "portfoliosnapshot",
            models.CheckConstraint(
                condition=models.Q(
                    inflow__gte=0, outflow__gte=0, moved_in__gte=0, moved_out__gte=0
                ),
                name="chk_portfolio_snapshots_flows",
            ),
        ),
    ]
