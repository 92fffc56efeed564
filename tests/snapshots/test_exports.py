"""The daily snapshots as a file."""

import csv
import io
from datetime import date
from decimal import Decimal

from django.contrib.auth.models import User

from snapshots.exports import snapshots_table
from snapshots.models import PortfolioSnapshot, StaleMark
from tests.factories import AccountFactory
from transactions.downloads import csv_text
from transactions.exports import Scope


def test_every_day_has_its_value_its_flows_and_what_is_amiss(alice: User) -> None:
    account = AccountFactory(owner=alice, name="Broker", currency="USD")
    for day, value, cash, flows, is_complete in (
        (1, "100.5", "7", {"inflow": Decimal(100)}, True),
        (2, "101", None, {"outflow": Decimal(1), "moved_in": Decimal("2.5")}, False),
        (3, "102", None, {}, True),
    ):
        PortfolioSnapshot.objects.create(
            account=account,
            snapshot_date=date(2024, 1, day),
            total_value=Decimal(value),
            cash_balance=cash and Decimal(cash),
            is_complete=is_complete,
            **flows,
        )
    StaleMark.objects.create(account=account, since=date(2024, 1, 2))
    table = snapshots_table(Scope(alice, [account], date(2024, 1, 2)))
    header, *rows = csv.reader(io.StringIO("".join(csv_text(table))))
    assert header == [
        *("account", "date", "total_value", "cash_balance", "inflow", "outflow", "moved_in"),
        *("moved_out", "net_flow", "currency", "is_complete", "is_stale"),
    ]
    assert rows == [
        ["Broker", "2024-01-01", "100.5", "7", "100", "0", "0", "0", "100", "USD", "yes", "no"],
        ["Broker", "2024-01-02", "101", "", "0", "1", "2.5", "0", "1.5", "USD", "no", "yes"],
    ]
