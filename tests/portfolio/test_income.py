"""What the database adds up is what the rules of docs/algorithms/income.md make of every single row."""

from datetime import date
from decimal import Decimal as D

from django.core.cache import cache
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portfolio.income import COLUMNS, Exchange, Line, income_of, payments_of
from portfolio.payments import NOTHING, Sum, terms, total
from pricing.models import ExchangeRate
from tests.factories import AccountFactory, InstrumentFactory
from transactions.kinds import Kind
from transactions.models import Account, Transaction

# A dollar has a rate from March on, a pound never.
DAYS = [date(2024, 1, 31), date(2024, 3, 1), date(2024, 3, 2), date(2025, 7, 9)]
CURRENCIES = ["EUR", "USD", "GBP"]
amounts = st.integers(-(10**12), 10**12).map(lambda number: D(number).scaleb(-8))
rows = st.fixed_dictionaries(
    {
        "day": st.sampled_from(DAYS),
        "transaction_type": st.sampled_from([Kind.DIVIDEND, Kind.INTEREST, Kind.TAX]),
        "currency": st.sampled_from(CURRENCIES),
        "total_amount": st.none() | amounts,
        "tax": amounts,
        "fee": amounts,
        "fee_currency": st.sampled_from(["", *CURRENCIES]),
        "fx_rate": st.none() | st.sampled_from([D(1), D("0.93"), D("1.7000000000000003")]),
    }
)


def by_row(account: Account, currency: str) -> dict[tuple[int, int, Kind, str], Sum]:
    lines = [Line._make(row) for row in payments_of([account], None).values_list(*COLUMNS)]
    exchange = Exchange([account], currency, lines)
    found: dict[tuple[int, int, Kind, str], Sum] = {}
    for line in lines:
        paid = exchange.payment(line)
        for code, part in terms(paid):
            key = (paid.day.year, paid.day.month, paid.kind, code)
            found[key] = total((found.get(key, NOTHING), part))
    return found


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(rows, min_size=1, max_size=6), st.sampled_from(CURRENCIES))
def test_the_sums_of_the_database_are_those_of_the_rows(alice, found, shown):
    cache.clear()
    Account.objects.all().delete()
    account = AccountFactory(owner=alice, currency="EUR")
    share = InstrumentFactory()
    ExchangeRate.objects.update_or_create(
        currency="USD", date=date(2024, 3, 1), defaults={"rate": D("1.0837"), "source": "ecb"}
    )
    for number, row in enumerate(found, start=1):
        day = row["day"]
        Transaction.objects.create(
            account=account,
            instrument=share,
            transaction_date=f"{day} 12:00:00+00:00",
            trade_date=day,
            occurrence=number,
            **{name: value for name, value in row.items() if name != "day"},
        )
    assert dict(income_of([account], shown, None, None).months) == by_row(account, shown)
