from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("transactions", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="transaction",
            index=models.Index(
                condition=models.Q(
                    (
                        "transaction_type__in",
                        ["AIRDROP", "DIVIDEND", "INTEREST", "MINING", "STAKING"],
                    ),
                    models.Q(("instrument__isnull", False), ("transaction_type", "TAX")),
                    _connector="OR",
                ),
                fields=["account", "trade_date"],
                name="idx_transactions_earned",
            ),
        ),
    ]
