"""Ledgers of other trackers' tests, from a file through import, lots, prices and snapshots to each figure.

Figures only, no code. Where a source leaves fees out of cost and proceeds, its net figures are compared.
"""

import json
from datetime import date
from decimal import Decimal as D

import pytest

from portfolio.holdings import books
from portfolio.models import Disposal, Position
from portfolio.valuation import market_of
from snapshots.performance import Asked, measure, taken
from snapshots.periods import Period
from snapshots.record import record_account
from tests.portfolio.market import priced, rated
from tests.snapshots.pages import rounded
from tests.transactions.rows import Files
from transactions.models import Account


@pytest.fixture
def files(alice, tmp_path):
    """Writes files and imports them for Alice."""
    return Files(tmp_path, alice)


def day(text):
    return date.fromisoformat(text)


def told(currency, until, *, start=None):
    """All figures of all accounts up to a day, once the days are recorded."""
    accounts = list(Account.objects.order_by("pk"))
    for account in accounts:
        record_account(account, day(until))
    found = measure(Asked(accounts, currency, Period("all", start and day(start), day(until))))
    return found, taken(found)


def valued(currency, on):
    accounts = list(Account.objects.all())
    found = books(accounts, currency, day(on))
    market = market_of(accounts, found, day(on), day(on))
    return {held.ticker: (held, market.value(held)) for held in found.held}


def ghostfolio(currency, *activities):
    """An export; ``"2022-03-07 BUY 2 NOVN.SW 75.8 2.95 CHF"``: the units before, price and fee after."""
    names = ("date", "type", "quantity", "symbol", "unitPrice", "fee", "currency")
    told = [dict(zip(names, line.split(), strict=True)) for line in activities]
    for one in told:
        one |= {name: float(one[name]) for name in ("quantity", "unitPrice", "fee")}
        one |= {"dataSource": "YAHOO", "date": f"{one['date']}T00:00:00.000Z"}
    document = {"activities": told, "user": {"settings": {"currency": currency}}}
    return json.dumps(document).encode()


def own(when, kind, ticker="", **fields):
    """A row of our own format."""
    return {"date": when, "type": kind, "ticker": ticker, "currency": "EUR", **fields}


EURO = {"account_currency": "EUR", "tracks_cash": "no"}
# EUR/USD of Portfolio Performance's test converter since January 2015.
DOLLARS = ("2015-01-16", "1.1588")


# ---- Portfolio Performance --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "on", "price", "realized", "unrealized"),
    [
        # CapitalGainsCalculationTest, the example of pull request 4546
        ("BUY 100 5000 0.90; BUY 50 3000 0.85; SELL 50 3500 0.88", "2025-01-01", "80", "830", "2103.69"),
        # DailyCapitalGainsCalculationTest, several currencies
        ("BUY 100 10000 0.80; BUY 50 5500 0.80; SELL 75 9000 0.80", "2025-01-01", "120", "1200", "1366.66"),
    ],
)  # fmt: skip
def test_shares_in_dollars_of_an_account_in_euros(files, rows, on, price, realized, unrealized):
    files.one(
        *[
            own(f"2024-0{month}-01", kind, "AAPL", quantity=quantity, amount=amount,
                fx_rate=rate, **EURO | {"currency": "USD"})
            for month, (kind, quantity, amount, rate) in enumerate(
                (row.split() for row in rows.split("; ")), start=1)
        ]
    )  # fmt: skip
    priced("AAPL", (on, price), currency="USD")
    rated("USD", DOLLARS)
    held, value = valued("EUR", on)["AAPL"]
    assert (held.realized.total, rounded(value.gain.total, 2)) == (D(realized), D(unrealized))
    assert held.realized.price + held.realized.currency == D(realized)


def test_a_bond_with_accrued_interest(files):
    # AccruedInterestScenario: interest is 30 - 10 + 5, the gain without fees 10, the fees 10.
    cash = {"account_currency": "EUR", "tracks_cash": "yes"}
    files.one(
        own("2024-01-02", "DEPOSIT", amount="2000", **cash),
        own("2024-03-01", "BUY", "BOND", quantity="1000", amount="1000", fee="5", **cash),
        own("2024-03-01", "INTEREST", "BOND", amount="-10", **cash),
        own("2024-06-28", "INTEREST", "BOND", amount="30", **cash),
        own("2024-09-02", "SELL", "BOND", quantity="1000", amount="1010", fee="5", **cash),
        own("2024-09-02", "INTEREST", "BOND", amount="5", **cash),
    )
    priced("BOND", ("2024-03-01", "1"), ("2024-09-02", "1.01"))
    found, sums = told("EUR", "2024-09-02")
    assert (sums.interest.amount, sums.fees.amount, sums.realized.amount) == (25, 10, 0)
    assert (found.days[-1].value, found.gain) == (2025, 25)


def test_the_days_of_a_savings_account(files):
    # ClientIndexTest, testExcelSample, in our own format; the money-weighted return is Excel's of its flows.
    cash = {"account_currency": "EUR", "tracks_cash": "yes"}
    files.one(
        *[
            own(f"20{when}", kind, amount=amount, **cash)
            for when, kind, amount in (
                ("11-12-31", "DEPOSIT", "10000"), ("12-01-01", "INTEREST", "230"),
                ("12-01-02", "DEPOSIT", "200"), ("12-01-02", "INTEREST", "200"),
                ("12-01-03", "WITHDRAWAL", "400"), ("12-01-03", "FEE", "234.41"),
                ("12-01-04", "INTEREST", "293.99"), ("12-01-05", "INTEREST", "293.99"),
                ("12-01-06", "DEPOSIT", "5400"), ("12-01-06", "INTEREST", "195.99"),
                ("12-01-07", "WITHDRAWAL", "3697.04"), ("12-01-07", "FEE", "882.52"),
                ("12-01-08", "FEE", "1003.85"),
            )
        ]
    )  # fmt: skip
    found, sums = told("EUR", "2012-01-08")
    # The amounts of the source are rounded to cents, so that its returns are right to five digits.
    wanted = "0 0.023 0.01918 -0.02205 0.02941 0.02857 0.01226 -0.05455 -0.08654"
    assert [rounded(rate, 5) for _, rate in found.chain.rates] == [D(one) for one in wanted.split()]
    assert rounded(found.chain.rate, 6) == D("-0.056183")
    assert (sums.interest.amount, sums.fees.amount) == (D("1213.97"), D("2120.78"))
    assert found.gain == D("1213.97") - D("2120.78")
    assert (found.drawdown.peak, found.drawdown.trough) == (day("2012-01-06"), day("2012-01-08"))


def test_each_account_sells_its_own_lots_first(files):
    # Issue 1498: 60 of 10 and 50 are left in one account for 1150; the other made 13.40.
    first = [
        own("2019-01-10", "BUY", "LHA", quantity="10", amount="150", **EURO),
        own("2019-01-20", "BUY", "LHA", quantity="50", amount="1000", **EURO),
    ]
    second = [
        own("2019-02-01", "BUY", "LHA", quantity="20", amount="174.60", **EURO),
        own("2019-03-01", "SELL", "LHA", quantity="20", amount="188", **EURO),
    ]
    files.one(*first, account="Portfolio 1")
    files.one(*second, account="Portfolio 2")
    priced("LHA", ("2019-12-31", "10"))
    (one, two) = Position.objects.order_by("account__name")
    assert (one.quantity, one.total_cost, one.realized_pl) == (60, 1150, 0)
    assert (two.quantity, two.total_cost, two.realized_pl) == (0, 0, D("13.4"))
    _, sums = told("EUR", "2019-12-31")
    assert sums.realized.amount == D("13.4")


def test_savings_in_an_index_earn_what_the_index_does(files):
    # ClientIndexTest: purchases at the last close do not change the return.
    closes = (
        ("2012-01-02", "100"),
        ("2012-01-22", "93"),
        ("2012-02-11", "120"),
        ("2012-03-02", "118"),
    )
    files.one(
        *[own(f"{when[:8]}{int(when[8:]) + 1:02}", "BUY", "INDEX", quantity="1", amount=close, **EURO)
          for when, close in closes]
    )  # fmt: skip
    priced("INDEX", *closes, ("2012-03-05", "107"))
    found, _ = told("EUR", "2012-03-05")
    assert rounded(found.chain.rate, 20) == D("0.07")


# ---- Ghostfolio -------------------------------------------------------------------------------

GHOSTFOLIO = {
    "BALN.SW, bought": ("CHF", ["2021-11-30 BUY 2 BALN.SW 136.6 1.55 CHF"], ("2021-12-18", "148.9"), "23.05"),
    "BALN.SW, bought and sold": (
        "CHF",
        ["2021-11-22 BUY 2 BALN.SW 142.9 1.55 CHF", "2021-11-30 SELL 2 BALN.SW 136.6 1.65 CHF"],
        ("2021-12-18", "148.9"),
        "-15.8",
    ),
    "BALN.SW, sold in two": (
        "CHF",
        ["2021-11-22 BUY 2 BALN.SW 142.9 1.55 CHF", "2021-11-30 SELL 1 BALN.SW 136.6 1.65 CHF",
         "2021-11-30 SELL 1 BALN.SW 136.6 0 CHF"],
        ("2021-12-18", "148.9"),
        "-15.8",
    ),
    "NOVN.SW, bought and sold": (
        "CHF",
        ["2022-03-07 BUY 2 NOVN.SW 75.8 0 CHF", "2022-04-08 SELL 2 NOVN.SW 85.73 0 CHF"],
        ("2022-04-11", "87.8"),
        "19.86",
    ),
    "NOVN.SW, sold partly": (
        "CHF",
        ["2022-03-07 BUY 2 NOVN.SW 75.8 2.95 CHF", "2022-04-08 SELL 1 NOVN.SW 85.73 1.3 CHF"],
        ("2022-04-11", "87.8"),
        "17.68",
    ),
    "NOVN.SW, sold, bought and sold": (
        "CHF",
        ["2022-03-01 BUY 10 NOVN.SW 100 0 CHF", "2022-03-07 SELL 4 NOVN.SW 120 0 CHF",
         "2022-03-14 BUY 6 NOVN.SW 200 0 CHF", "2022-04-08 SELL 4 NOVN.SW 220 0 CHF"],
        ("2022-04-11", "87.8"),
        "-137.6",
    ),
    "JNUG, twice": (
        "USD",
        ["2025-12-11 BUY 9 JNUG 209.45 1 USD", "2025-12-18 SELL 9 JNUG 210 1 USD",
         "2025-12-18 BUY 10 JNUG 204.11 1 USD", "2025-12-28 SELL 10 JNUG 208.01 1 USD"],
        ("2025-12-28", "237.8"),
        "39.95",
    ),
    "BTCUSD, half of it sold": (
        "USD",
        ["2015-01-01 BUY 2 BTCUSD 320.43 0 USD", "2017-12-31 SELL 1 BTCUSD 14156.4 0 USD"],
        ("2018-01-01", "13657.2"),
        "27172.74",
    ),
    "a fee alone": ("USD", ["2021-09-01 FEE 0 FEES 0 49 USD"], ("2021-09-02", "1"), "-49"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("currency", "activities", "price", "gain"), GHOSTFOLIO.values(), ids=GHOSTFOLIO
)
def test_net_performance_of_ghostfolio_is_our_gain(files, currency, activities, price, gain):
    files.take(data=ghostfolio(currency, *activities))
    ticker = activities[0].split()[3]
    # What was paid stands for the closes of those days; without a price there is nothing to value.
    closes = dict([*((line.split()[0], line.split()[4]) for line in activities), price])
    priced(ticker, *closes.items(), currency=currency)
    found, _ = told(currency, price[0])
    assert (Account.objects.get().currency, found.gain) == (currency, D(gain))


def test_a_round_trip_of_ghostfolio_in_a_foreign_currency(files):
    # Micron in ringgit: 10 × 120 × 4.1 - 10 × 100 × 4 = 920, of which 3 shares for 5850 are new.
    data = ghostfolio("MYR", "2024-01-01 BUY 10 MU 100 0 USD", "2024-02-01 SELL 10 MU 120 0 USD",
                      "2024-03-01 BUY 3 MU 500 0 USD")  # fmt: skip
    rated("USD", ("2023-12-31", "1"))
    rated("MYR", ("2023-12-31", "4"), ("2024-02-01", "4.1"), ("2024-03-01", "3.9"))
    files.take(data=data)
    priced(
        "MU", ("2024-01-01", "100"), ("2024-02-01", "120"), ("2024-03-01", "500"), currency="USD"
    )
    held, value = valued("MYR", "2024-03-02")["MU"]
    assert (held.realized.total, value.holding.cost, value.value) == (920, 5850, 5850)
    found, sums = told("MYR", "2024-03-02")
    assert (found.gain, sums.realized.amount) == (920, 920)


def test_a_price_of_ghostfolio_in_cents(files):
    files.take(data=ghostfolio("USD", "2024-06-28 BUY 5 JSE.JO 10875 0 ZAc"))
    position = Position.objects.get()
    assert (position.total_cost, position.currency) == (D("543.75"), "ZAR")


def test_a_dividend_of_ghostfolio_is_income(files):
    data = ghostfolio(
        "USD", "2021-09-16 BUY 5 MSFT 298.58 19 USD", "2021-11-17 DIVIDEND 5 MSFT 0.62 0 USD"
    )
    files.take(data=data)
    priced("MSFT", ("2021-09-16", "298.58"), ("2021-11-17", "339.51"), currency="USD")
    found, sums = told("USD", "2021-11-17")
    assert (sums.dividends.amount, sums.fees.amount) == (D("3.1"), 19)
    assert found.gain == 5 * (D("339.51") - D("298.58")) + D("3.1") - 19


# ---- others -----------------------------------------------------------------------------------


def test_francs_that_buy_a_coin_with_a_fee_in_euros(files):
    # rotki, test_sell_fiat_for_crypto: (500 × 1.001 + 0.02) / 2 = 250.26 a coin, and 24749.72 of gain.
    rated("CHF", ("2017-06-01", str(1 / D("1.001"))))
    files.one(
        own("2017-06-09", "BUY", "ETH", quantity="2", amount="500", fee="0.02", fee_currency="EUR",
            **EURO | {"currency": "CHF", "fx_rate": "1.001"}),
        own("2017-10-02", "SELL", "ETH", quantity="1", amount="25000", fee="0.02", **EURO),
    )  # fmt: skip
    position = Position.objects.get()
    assert (position.total_cost, position.realized_pl) == (D("250.26"), D("24749.72"))


def test_a_fee_in_the_coin_that_is_traded_takes_units(files):
    # rotki, test_buy_event_creation, has 0.0012 of 5 bitcoin as fee; rp2 and exchanges credit the rest.
    coin = EURO | {"asset_type": "CRYPTO", "fee_currency": "BTC"}
    files.one(
        own("2016-10-20", "BUY", "BTC", quantity="5", price="578.505", fee="0.0012", **coin),
        own("2016-10-21", "SELL", "BTC", quantity="1.9988", amount="1200", fee="0.0012", **coin),
    )
    position = Position.objects.get()
    # 2892.525 for 4.9988, of which 2 are gone.
    assert (position.quantity, position.total_cost) == (D("2.9988"), D("1735.23725094"))
    assert position.realized_pl == D("42.71225094")
    outcome = files.take(own("2016-10-22", "BUY", "BTC", quantity="1", amount="9", fee="1", **coin))
    assert outcome.results[0].rejects[0].reason == "a fee of 1 BTC leaves nothing of 1"


def test_shares_that_move_to_an_account_with_younger_ones(files):
    # FIFO scenarios: what moved was bought first, so it is sold first: a loss of 500.
    files.one(
        own("2023-01-15", "BUY", "TR", quantity="100", amount="3000", **EURO),
        own("2024-06-01", "TRANSFER_OUT", "TR", quantity="100", **EURO),
        account="A",
    )
    files.one(
        own("2023-09-01", "BUY", "TR", quantity="100", amount="500", **EURO),
        own("2024-06-01", "TRANSFER_IN", "TR", quantity="100", **EURO),
        own("2025-06-01", "SELL", "TR", quantity="100", amount="2500", **EURO),
        account="B",
    )
    sold = Disposal.objects.get(closing_transaction__transaction_type="SELL")
    assert (sold.cost, sold.gain, sold.lot.purchase_date.date()) == (3000, -500, day("2023-01-15"))


def test_the_holdings_of_each_day(files):
    # Maybe, forward calculator: three shares, bought and sold within days, and the cash beside them.
    cash = {"account_currency": "USD", "tracks_cash": "yes", "currency": "USD"}
    rows = ["01 DEPOSIT - 20000", "02 BUY VOO 20 470", "03 BUY AMZN 1 200", "03 SELL VOO 15 480",
            "04 BUY VOO 5 490", "04 SELL AMZN 1 200", "04 BUY WMT 100 100"]  # fmt: skip
    files.one(
        *[
            own(f"2025-01-{of}", kind, ticker, quantity=units, amount=str(D(units) * D(price)), **cash)
            if kind != "DEPOSIT" else own(f"2025-01-{of}", kind, amount=units, **cash)
            for of, kind, ticker, units, price in (f"{row} 1".split()[:5] for row in rows)
        ]
    )  # fmt: skip
    days = ["01", "02", "03", "04", "05"]
    for ticker, closes in (
        ("VOO", "460 470 480 490 500"),
        ("WMT", "100 " * 5),
        ("AMZN", "200 " * 5),
    ):
        priced(
            ticker,
            *zip([f"2025-01-{of}" for of in days], closes.split(), strict=True),
            currency="USD",
        )
    found, _ = told("USD", "2025-01-05")
    shares = [0, 0, 9400, 2600, 14900, 15000]
    money = [0, 20000, 10600, 17600, 5350, 5350]
    assert [one.value for one in found.days] == [a + b for a, b in zip(shares, money, strict=True)]


@pytest.mark.parametrize(
    ("late", "gain", "passed"),
    [
        (own("2024-03-01", "FEE", amount="5", **EURO), "15", "spent"),
        (own("2024-03-01", "TAX", amount="5", **EURO), "15", "spent"),
        (own("2024-03-01", "DIVIDEND", "AAA", amount="5", **EURO), "25", "nothing invested"),
    ],
    ids=["fee", "tax", "dividend"],
)
def test_what_comes_after_the_last_sale_takes_no_return_away(files, late, gain, passed):
    # An account without cash: 20 of 100 were made, and a year of it is told as before.
    files.one(
        own("2023-01-02", "BUY", "AAA", quantity="10", amount="100", **EURO),
        own("2024-01-02", "SELL", "AAA", quantity="10", amount="120", **EURO),
        late,
    )
    priced("AAA", ("2023-01-02", "10"), ("2024-01-02", "12"))
    found, _ = told("EUR", "2024-03-31")
    assert (found.chain.rate, found.gain) == (D("0.2"), D(gain))
    assert passed in found.chain.reason
    assert (found.drawdown.depth, found.money.reason) == (0, "")
    assert D("0.14") < found.money.rate < D("0.26")
