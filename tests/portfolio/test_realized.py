"""Slices and their sums: the query against docs/algorithms/gains.md and against the pure split."""

from datetime import date
from decimal import Decimal as D
from pathlib import Path

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from portfolio.gains import realized_gain
from portfolio.models import Disposal, Position
from portfolio.rated import product
from portfolio.realized import (
    ALL,
    YEARS,
    Selection,
    all_slices,
    find_slice,
    slices,
    sums_of,
    total,
)
from pricing.models import ExchangeRate
from pricing.money import EXACT, to_amount
from tests.factories import AccountFactory, ledger
from transactions.ledger import link_transfer

PAGE = Path(__file__).parents[2] / "docs" / "algorithms" / "gains.md"
AMOUNTS = st.decimals(-(10**12), 10**12, places=8)
RATES = st.decimals(D("0.0001"), 10**4, places=18)


@pytest.fixture
def broker(alice):
    return AccountFactory(owner=alice, name="Broker", currency="EUR")


def publish(day: str, per_euro: str) -> None:
    ExchangeRate.objects.create(
        currency="USD", date=date.fromisoformat(day), rate=D(per_euro), source="ecb"
    )


def number(text: str) -> D | None:
    return None if text == "?" else D(text)


def table() -> list[list[D | None]]:
    lines = PAGE.read_text().partition("## Worked table")[2].splitlines()
    rows = [line.strip("|").split("|") for line in lines if line.startswith("|")]
    return [[number(cell.strip()) for cell in row] for row in rows[2:]]


def selection(*accounts, since="0001-01-01", until="9999-12-31", tickers=()) -> Selection:
    return Selection(accounts, date.fromisoformat(since), date.fromisoformat(until), tickers)


def every(*accounts, **narrow):
    return slices(selection(*accounts, **narrow), 0, 100)


ROUNDED = f"""
SELECT {product("amount", "rate")} FROM (SELECT %s::numeric, %s::numeric) AS given (amount, rate)
"""  # noqa: S608 - our own expression


def by_the_query(amount: D, rate: D) -> D:
    with connection.cursor() as cursor:
        cursor.execute(ROUNDED, [amount, rate])
        return cursor.fetchone()[0]


def test_the_worked_table_of_the_documentation_holds():
    rows = table()
    assert len(rows) == 6
    for proceeds, cost, sold_rate, bought_rate, received, spent, gain, price, currency in rows:
        found = realized_gain(proceeds, cost, sold_rate, bought_rate)
        assert (found.total, found.price, found.currency) == (gain, price, currency)
        if gain is not None:
            assert (to_amount(proceeds * sold_rate), to_amount(cost * bought_rate)) == (
                received,
                spent,
            )


def test_the_query_rounds_as_the_documentation_does(db):
    for proceeds, cost, sold_rate, bought_rate, received, spent, *_ in table()[:4]:
        assert by_the_query(proceeds, sold_rate) == received
        assert by_the_query(cost, bought_rate) == spent


@pytest.mark.django_db
@pytest.mark.parametrize("units", range(-5, 6))
def test_the_query_rounds_a_half_to_the_even_digit(units):
    amount = EXACT.multiply(D(units), D("1e-8"))
    assert by_the_query(amount, D("0.5")) == to_amount(EXACT.multiply(amount, D("0.5")))


@given(amount=AMOUNTS, rate=RATES)
def test_the_query_rounds_as_everything_else_does(django_db_blocker, amount, rate):
    with django_db_blocker.unblock():
        assert by_the_query(amount, rate) == to_amount(EXACT.multiply(amount, rate))


def test_a_slice_tells_purchase_and_sale_and_the_gain_in_both_currencies(alice, broker):
    publish("2023-01-01", "1.25")
    publish("2024-01-01", "1.60")
    buy, sell = ledger(
        broker,
        "2023-05-10 BUY 10 AAA @ 100",
        "2024-05-09 SELL 4 AAA @ 150",
        currency="USD",
        fee=D(5),
    )
    (found,) = every(broker)
    assert (found.bought, found.sold, found.days) == (date(2023, 5, 10), date(2024, 5, 9), 365)
    assert (found.bought_by, found.sold_by) == (buy.pk, sell.pk)
    assert (found.quantity, found.proceeds, found.cost, found.gain) == (
        D(4),
        D(595),
        D(402),
        D(193),
    )
    assert (found.purchase_rate, found.sale_rate) == (D("0.8"), D("0.625"))
    assert (found.home_proceeds, found.home_cost, found.home_gain) == (
        D("371.875"),
        D("321.6"),
        D("50.275"),
    )
    assert (found.price_gain, found.currency_gain) == (D("120.625"), D("-70.35"))
    assert find_slice(alice.pk, found.pk) == found


def test_later_rates_never_touch_a_gain(broker):
    publish("2023-01-01", "1.25")
    ledger(broker, "2023-05-10 BUY 1 AAA @ 100", "2023-06-10 SELL 1 AAA @ 110", currency="USD")
    before = every(broker)
    publish("2023-07-01", "2")
    assert every(broker) == before


def test_a_gain_without_a_rate_is_known_in_its_own_currency_only(broker):
    ledger(broker, "2023-05-10 BUY 1 AAA @ 100", "2023-06-10 SELL 1 AAA @ 110", currency="USD")
    (found,) = every(broker)
    assert (found.gain, found.home_gain, found.price_gain) == (D(10), None, None)
    (sums,) = sums_of([broker], None, [ALL])
    whole = total(sums.values())
    assert (whole.slices, whole.unrated, whole.gain, whole.home_gain) == (1, 1, D(10), D(0))


def test_a_gain_of_unknown_cost_is_counted_and_left_out(broker):
    ledger(broker, "2023-05-10 BUY 1 AAA", "2023-06-10 SELL 1 AAA @ 110")
    ledger(broker, "2023-05-10 BUY 1 BBB @ 100", "2023-06-10 SELL 1 BBB @ 110")
    (sums,) = sums_of([broker], None, [ALL])
    whole = total(sums.values())
    assert (whole.slices, whole.unknown, whole.proceeds, whole.cost) == (2, 1, D(110), D(100))
    assert {key.ticker: one.unknown for key, one in sums.items()} == {"AAA": 1, "BBB": 0}


def test_a_transfer_out_is_no_gain(alice, broker):
    other = AccountFactory(owner=alice, name="Other", currency="EUR")
    _, out = ledger(broker, "2024-01-05 BUY 2 AAA @ 5", "2024-02-05 TRANSFER_OUT 2 AAA")
    (into,) = ledger(other, "2024-02-05 TRANSFER_IN 2 AAA")
    link_transfer(out, into)
    assert Disposal.objects.count() == 1
    assert every(broker, other) == []
    # Sold there, it was bought when and for what it was bought here.
    ledger(other, "2024-03-05 SELL 2 AAA @ 6")
    (found,) = every(broker, other)
    assert (found.account, found.bought, found.days, found.gain) == (
        other.pk,
        date(2024, 1, 5),
        60,
        D(2),
    )


def test_capital_returned_beyond_the_cost_is_a_gain_without_units(broker):
    ledger(broker, "2024-01-05 BUY 2 AAA @ 5", "2024-02-05 RETURN_OF_CAPITAL 2 AAA = 14")
    (found,) = every(broker)
    assert (found.kind, found.quantity, found.proceeds, found.cost, found.gain) == (
        "RETURN_OF_CAPITAL",
        D(0),
        D(4),
        D(0),
        D(4),
    )


def test_a_cover_is_the_purchase_and_no_days_were_held(broker):
    publish("2023-01-01", "1.25")
    publish("2024-01-01", "1.60")
    sale, purchase = ledger(
        broker,
        "2023-12-30 SELL 2 AAA @ 100",
        "2024-01-09 BUY 2 AAA @ 80",
        currency="USD",
    )
    (found,) = every(broker)
    assert (found.is_covered, found.days) == (True, None)
    assert (found.bought_by, found.sold_by) == (purchase.pk, sale.pk)
    assert (found.bought, found.sold) == (date(2024, 1, 9), date(2023, 12, 30))
    # The dollars of the sale were worth 0.8 euros, those of the purchase 0.625.
    assert (found.home_proceeds, found.home_cost) == (D(160), D(100))
    # The gain arises with the purchase that covers the sale.
    (years,) = sums_of([broker], None, [YEARS])
    assert [(key.year, key.is_long, one.gain) for key, one in years.items()] == [
        (2024, False, D(40))
    ]
    assert every(broker, since="2024-01-01", until="2024-12-31") == [found]


def test_what_is_still_sold_without_a_purchase_is_no_slice_yet(broker):
    ledger(broker, "2024-01-05 SELL 2 AAA @ 5")
    assert every(broker) == []


def test_a_fee_paid_in_units_is_a_disposal(broker):
    ledger(broker, "2024-01-05 BUY 2 ETH @ 1000", "2024-02-05 FEE 0.5 ETH = 600")
    (found,) = every(broker)
    assert (found.kind, found.quantity, found.gain) == ("FEE", D("0.5"), D(100))


def test_days_are_days_in_the_time_zone_of_the_account(alice):
    tokyo = AccountFactory(owner=alice, name="Tokyo", currency="EUR", time_zone="Asia/Tokyo")
    ledger(tokyo, "2022-12-31T16:00 BUY 1 AAA @ 5", "2023-12-31T15:30 SELL 1 AAA @ 6")
    (found,) = every(tokyo)
    assert (found.bought, found.sold, found.days) == (date(2023, 1, 1), date(2024, 1, 1), 365)
    (years,) = sums_of([tokyo], None, [YEARS])
    assert [key.year for key in years] == [2024]
    assert every(tokyo, since="2024-01-01", until="2024-12-31") == [found]
    assert every(tokyo, since="2023-01-01", until="2023-12-31") == []


@pytest.mark.parametrize(("sold", "is_long"), [("2024-05-09", False), ("2024-05-10", True)])
def test_long_is_more_than_365_days(broker, sold, is_long):
    ledger(broker, "2023-05-10 BUY 1 AAA @ 100", f"{sold} SELL 1 AAA @ 110")
    (sums,) = sums_of([broker], None, [ALL])
    assert [key.is_long for key in sums] == [is_long]


def test_the_sums_are_what_the_slices_add_up_to(alice, broker):
    publish("2023-01-01", "1.17")
    dollars = AccountFactory(owner=alice, name="Dollars", currency="USD")
    for account in (broker, dollars):
        for number in range(1, 8):
            ledger(
                account,
                f"2023-0{number}-10 BUY 3 T{number} @ 100.01",
                f"2024-0{number}-1{number} SELL 2 T{number} @ {90 + 7 * number}.37",
                currency="USD",
                fee=D("0.33333333"),
            )
    (sums,) = sums_of([broker, dollars], None, [ALL])
    found = every(broker, dollars)
    assert len(found) == 14
    whole = total(sums.values())
    for name in ("proceeds", "cost", "home_proceeds", "home_cost", "price_gain", "currency_gain"):
        added = D(0)
        for one in found:
            added = EXACT.add(added, getattr(one, name))
        assert getattr(whole, name) == added, name
    # And the gain of the positions is the same.
    realized = sum(Position.objects.values_list("realized_pl", flat=True))
    assert whole.gain == realized


def test_the_latest_come_first_over_all_accounts_in_portions(alice, broker):
    other = AccountFactory(owner=alice, name="Other", currency="EUR")
    ledger(
        broker, "2023-01-01 BUY 9 AAA @ 1", "2024-01-01 SELL 1 AAA @ 2", "2024-03-01 SELL 1 AAA @ 3"
    )
    ledger(
        other, "2023-01-01 BUY 9 AAA @ 1", "2024-02-01 SELL 1 AAA @ 4", "2024-04-01 SELL 1 AAA @ 5"
    )
    wanted = selection(broker, other)
    assert [one.proceeds for one in slices(wanted, 0, 10)] == [5, 3, 4, 2]
    assert [one.proceeds for one in slices(wanted, 1, 2)] == [3, 4]
    assert [one.proceeds for one in slices(wanted, 3, 2)] == [2]
    assert [one.proceeds for one in all_slices(wanted)] == [5, 3, 4, 2]


def test_a_selection_narrows_by_day_and_instrument(broker):
    ledger(broker, "2023-01-01 BUY 9 AAA @ 1", "2023-01-01 BUY 9 BBB @ 1")
    ledger(broker, "2023-06-01 SELL 1 AAA @ 2", "2024-06-01 SELL 1 BBB @ 3")
    assert [one.ticker for one in every(broker, until="2023-12-31")] == ["AAA"]
    assert [one.ticker for one in every(broker, tickers=["BBB"])] == ["BBB"]
    (sums,) = sums_of([broker], None, [ALL], ["BBB"])
    assert [key.ticker for key in sums] == ["BBB"]
    (sums,) = sums_of([broker], date(2023, 12, 31), [YEARS])
    assert [key.year for key in sums] == [2023]
