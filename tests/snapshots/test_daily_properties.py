"""What holds for every ledger: quantities are those of the lots, and where one begins changes no day."""

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from portfolio.lots import Book, Entry, rank
from pricing.money import EXACT, ZERO
from snapshots.daily import History
from snapshots.flows import principal, units
from tests.snapshots.rows import day, points, positions, row
from transactions.kinds import Kind

TICKERS = ("AAA", "BBB")
DAYS = 12
amounts = st.integers(0, 10**12).map(lambda number: str(Decimal(number).scaleb(-8)))
quantities = st.integers(1, 10**20).map(lambda number: str(Decimal(number).scaleb(-18)))
days = st.integers(1, DAYS)
currencies = st.sampled_from(("EUR", "USD", "XXX"))

trades = st.builds(
    lambda on, kind, quantity, ticker, amount, currency: row(
        on, kind, quantity, ticker, amount, currency=currency
    ),
    days,
    st.sampled_from(("BUY", "SELL", "STAKING", "TRANSFER_IN", "TRANSFER_OUT", "FEE")),
    quantities,
    st.sampled_from(TICKERS),
    amounts | st.none(),
    currencies,
)
moneys = st.builds(
    lambda on, kind, amount, currency: row(on, kind, amount=amount, currency=currency),
    days,
    st.sampled_from(("DEPOSIT", "WITHDRAWAL", "INTEREST", "FEE", "TAX")),
    amounts,
    currencies,
)
ledgers = st.lists(trades | moneys, max_size=25).map(
    lambda rows: sorted(rows, key=lambda one: one.day)
)
prices = st.dictionaries(
    st.sampled_from(TICKERS),
    st.dictionaries(days, quantities, min_size=1).map(lambda found: points(*sorted(found.items()))),
)


def find_rate(currency, on):
    """Dollars have another rate every day, and XXX has none."""
    return Decimal("0.9") + Decimal(on.day).scaleb(-3) if currency == "USD" else None


def recorded(rows, found, start, *, tracks_cash):
    known = {row.ticker for row in rows} - {""}
    history = History(rows, "EUR", tracks_cash=tracks_cash, start=day(start))
    series = {ticker: found.get(ticker, []) for ticker in known}
    return list(history.days(day(start), day(DAYS), series, find_rate))


def held(rows, ticker, until):
    """What the lots of the same rows hold at the end of a day."""
    chosen = [one for one in rows if one.ticker == ticker and one.day <= until]
    chosen.sort(key=lambda one: (one.day, rank(one.kind)))
    book = Book()
    at = datetime(2026, 5, 1, tzinfo=UTC)
    book.apply(
        Entry(number, one.kind, at, one.quantity, one.amount)
        for number, one in enumerate(chosen, start=1)
    )
    return book.held()


@given(ledgers, prices)
def test_quantities_are_those_of_the_lots_of_every_day(rows, found):
    for snapshot in recorded(rows, found, 1, tracks_cash=False):
        told = {name: Decimal(one["quantity"]) for name, one in positions(snapshot).items()}
        expected = {ticker: held(rows, ticker, snapshot.day) for ticker in TICKERS}
        assert told == {ticker: quantity for ticker, quantity in expected.items() if quantity}


@given(ledgers, prices, days, st.booleans())
def test_beginning_on_a_later_day_gives_the_same_days(rows, found, start, tracks_cash):
    whole = recorded(rows, found, 1, tracks_cash=tracks_cash)
    later = recorded(rows, found, start, tracks_cash=tracks_cash)
    assert later == whole[start - 1 :]


@given(ledgers, prices, days, st.booleans())
def test_going_on_in_parts_gives_the_same_days(rows, found, part, tracks_cash):
    history = History(rows, "EUR", tracks_cash=tracks_cash, start=day(1))
    known = {row.ticker for row in rows} - {""}
    told = []
    for first, last in ((1, part), (part + 1, DAYS)):
        # As they are read anew: led by the last price before the part.
        series = {ticker: led_by_one(found.get(ticker, []), first, last) for ticker in known}
        told += history.days(day(first), day(last), series, find_rate) if first <= last else []
    assert told == recorded(rows, found, 1, tracks_cash=tracks_cash)


def led_by_one(series, first, last):
    before = [one for one in series if one.day < day(first)]
    return before[-1:] + [one for one in series if day(first) <= one.day <= day(last)]


@given(ledgers, prices, st.booleans())
def test_values_add_up_and_flows_have_no_sign(rows, found, tracks_cash):
    for one in recorded(rows, found, 1, tracks_cash=tracks_cash):
        parts = [Decimal(told["value"] or 0) for told in positions(one).values()]
        total = one.cash_balance or ZERO
        for part in parts:
            total = EXACT.add(total, part)
        assert one.total_value == total
        assert min(one.inflow, one.outflow, one.moved_in, one.moved_out) >= 0


@given(st.lists(moneys, max_size=25).map(lambda rows: sorted(rows, key=lambda one: one.day)))
def test_flows_of_tracked_cash_add_up_to_what_was_paid_in_and_out(rows):
    """In one currency, where nothing but deposits and withdrawals crosses the border."""
    rows = [one._replace(currency="EUR") for one in rows]
    total = ZERO
    for one in recorded(rows, {}, 1, tracks_cash=True):
        total = EXACT.add(total, EXACT.subtract(one.inflow, one.outflow))
    carried = ZERO
    for one in rows:
        if one.kind in {Kind.DEPOSIT, Kind.WITHDRAWAL}:
            carried = EXACT.add(carried, principal(one))
        assert units(one) == 0
    assert total == carried
