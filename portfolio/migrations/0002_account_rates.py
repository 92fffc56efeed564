from django.db import migrations, models

# Where a position is in its account's currency. The rates of all others follow from the ledger:
# `manage.py rebuild_positions` fills them in.
SAME_CURRENCY = """
UPDATE lots SET account_rate = 1 FROM positions, accounts
WHERE positions.id = position_id AND accounts.id = account_id
  AND positions.currency = accounts.currency;
UPDATE disposals SET account_rate = 1 FROM lots, positions, accounts
WHERE lots.id = lot_id AND positions.id = position_id AND accounts.id = account_id
  AND positions.currency = accounts.currency;
"""


class Migration(migrations.Migration):
    dependencies = [("portfolio", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="disposal",
            name="account_rate",
            field=models.DecimalField(
                decimal_places=18,
                help_text="Account currency per unit of the position's, fixed on the day of closing.",
                max_digits=38,
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="lot",
            name="account_rate",
            field=models.DecimalField(
                decimal_places=18,
                help_text="Account currency per unit of the position's, fixed on the day of purchase.",
                max_digits=38,
                null=True,
            ),
        ),
        migrations.RunSQL(SAME_CURRENCY, migrations.RunSQL.noop),
    ]
