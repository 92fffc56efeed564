from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("transactions", "0004_stated_balances")]

    operations = [
        migrations.AddIndex(
            model_name="transaction",
            index=models.Index(
                condition=models.Q(("external_id__contains", "cancels")),
                fields=["account"],
                name="idx_transactions_cancelling",
            ),
        ),
    ]
