"""The text for beancount: names it can read, lots that say where they come from, prices, days."""

import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from portfolio.beancount import Names, as_commodity, as_component, money, number, quoted
from portfolio.double_entry import beancount_text
from pricing.models import ExchangeRate, PriceHistory
from tests.factories import AccountFactory, InstrumentFactory, ledger
from tests.portfolio.test_beancount_export import assert_agrees, books_of
from transactions.exports import Scope
from transactions.ledger import link_transfer
from transactions.models import Account


@pytest.fixture
def account(alice: User) -> Account:
    return AccountFactory(owner=alice, name="Broker", tracks_cash=True)


def text_of(*accounts: Account, on: date | None = None) -> str:
    return "".join(beancount_text(Scope(accounts[0].owner, accounts, on)))


def rows_of(text: str, title: str) -> list[str]:
    """The legs of the transactions with this narration."""
    (block,) = (block for block in text.split("\n\n") if f'* "{title}"' in block)
    return [line.strip() for line in block.splitlines()[3:]]


# ---- names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "commodity", "component"),
    [
        ("AAPL", "AAPL", "AAPL"),
        ("brk.b", "BRK.B", "Brk-b"),
        ("1INCH", "X1INCH", "1INCH"),
        ("^GSPC", "GSPC", "GSPC"),
        ("Münchener Rück", "M-NCHENER-R-CK", "M-nchener-R-ck"),
        (
            "IE00BK5BQT80-AND-MORE-LETTERS",
            "IE00BK5BQT80-AND-MORE-LE",
            "IE00BK5BQT80-AND-MORE-LETTERS",
        ),
        ("株", "X", "X"),
        ("A", "A", "A"),
    ],
)
def test_names_become_the_nearest_that_beancount_takes(name, commodity, component):
    assert as_commodity(name) == commodity
    assert as_component(name) == component


def test_no_two_names_become_one():
    taken = {"UNKNOWN"}
    money, papers = Names(taken), Names(taken)
    assert money.take("BTC", "BTC") == "BTC"
    assert papers.take("BTC", "BTC") == "BTC-2"
    assert papers.take("btc", "BTC") == "BTC-3"
    assert papers.take("BTC", "BTC") == "BTC-2"
    assert papers.take("unknown", "UNKNOWN") == "UNKNOWN-2"
    assert papers.take("L" * 30, "L" * 24) == "L" * 24
    assert papers.take("L" * 31, "L" * 24) == "L" * 22 + "-2"


def test_numbers_keep_their_digits():
    assert number(Decimal("1E+3")) == "1000"
    assert number(Decimal("0.500")) == "0.5"
    assert money(Decimal("1.5")) == "1.50000000"
    assert quoted('a "b" \\') == '"a \\"b\\" \\\\"'


# ---- rows ----------------------------------------------------------------------------------------


def test_what_divides_evenly_is_told_as_a_person_would(account: Account, tmp_path: Path) -> None:
    ledger(account, "2024-01-10 BUY 10 AAA @ 100.10", "2024-03-10 SELL 4 AAA @ 120")
    text = assert_agrees(account.owner, tmp_path)
    assert rows_of(text, "Buy 10 AAA") == [
        'Assets:Broker:AAA  10 AAA {100.1 EUR, 2024-01-10, "1"}',
        "Assets:Broker:Cash  -1001.00000000 EUR",
    ]
    assert rows_of(text, "Sell 4 AAA") == [
        'Assets:Broker:AAA  -4 AAA {100.1 EUR, 2024-01-10, "1"}',
        "Assets:Broker:Cash  480.00000000 EUR",
        "Income:Broker:Gains:AAA  -79.60000000 EUR",
    ]


def test_a_share_that_was_rounded_puts_the_rest_back_at_its_own_cost(
    account: Account, tmp_path: Path
) -> None:
    ledger(account, "2024-01-10 BUY 3 AAA = 100", "2024-03-10 SELL 1 AAA @ 40")
    text = assert_agrees(account.owner, tmp_path)
    assert rows_of(text, "Sell 1 AAA") == [
        'Assets:Broker:AAA  -3 AAA {33.33333333333333333333333333 EUR, 2024-01-10, "1"}',
        'Assets:Broker:AAA  2 AAA {33.333333335 EUR, 2024-01-10, "1"}',
        "Assets:Broker:Cash  40.00000000 EUR",
        "Income:Broker:Gains:AAA  -6.66666667 EUR",
    ]


def test_a_fee_in_another_currency_is_converted_in_the_open(
    account: Account, tmp_path: Path
) -> None:
    ExchangeRate.objects.create(currency="USD", date=date(2024, 1, 9), rate=Decimal("1.25"))
    ledger(account, "2024-01-10 BUY 1 AAA @ 100", fee=Decimal(5), fee_currency="USD")
    text = assert_agrees(account.owner, tmp_path)
    assert rows_of(text, "Buy 1 AAA") == [
        'Assets:Broker:AAA  1 AAA {104 EUR, 2024-01-10, "1"}',
        "Assets:Broker:Cash  -100.00000000 EUR",
        "Assets:Broker:Cash  -5.00000000 USD",
        "Equity:Broker:Conversions  -4.00000000 EUR",
        "Equity:Broker:Conversions  5.00000000 USD",
    ]


def test_lots_travel_between_accounts_and_nothing_stays_on_the_way(
    account: Account, alice: User, tmp_path: Path
) -> None:
    other = AccountFactory(owner=alice, name="Other")
    *_, out = ledger(account, "2024-01-10 BUY 3 AAA = 100", "2024-02-10 TRANSFER_OUT 2 AAA")
    (into,) = ledger(other, "2024-02-12 TRANSFER_IN 2 AAA")
    link_transfer(out, into)
    text = assert_agrees(alice, tmp_path)
    assert rows_of(text, "Transfer in 2 AAA")[0] == (
        'Assets:Other:AAA  2 AAA {33.333333335 EUR, 2024-01-10, "1"}'
    )
    accounts = {lot["account"] for lot in books_of(text, tmp_path)["lots"]}
    assert "Equity:Transfers" not in accounts
    # Of one account alone the legs still balance.
    assert books_of(text_of(other), tmp_path)["errors"] == []


def test_money_rows_have_two_sides(account: Account, tmp_path: Path) -> None:
    ledger(account, "2024-01-01 DEPOSIT 100", "2024-01-02 INTEREST 3", "2024-01-03 FEE 1")
    ledger(account, "2024-01-04 DIVIDEND 5 ", tax=Decimal(1), fee=Decimal("0.5"))
    ledger(account, "2024-01-05 TRANSFER_OUT 7", "2024-01-06 RETURN_OF_CAPITAL 2")
    text = assert_agrees(account.owner, tmp_path)
    assert rows_of(text, "Dividend") == [
        "Assets:Broker:Cash  3.50000000 EUR",
        "Expenses:Broker:Taxes  1.00000000 EUR",
        "Expenses:Broker:Fees  0.50000000 EUR",
        "Income:Broker:Dividends  -5.00000000 EUR",
    ]
    assert rows_of(text, "Transfer out") == [
        "Assets:Broker:Cash  -7.00000000 EUR",
        "Equity:Transfers  7.00000000 EUR",
    ]


def test_an_unknown_amount_moves_nothing_and_says_so(account: Account, tmp_path: Path) -> None:
    InstrumentFactory(ticker="AAA")
    ledger(account, "2024-01-04 DIVIDEND 1 AAA")
    text = assert_agrees(account.owner, tmp_path)
    assert '  amount: "unknown"' in text


def test_a_lot_of_negative_cost_is_held_at_nothing(account: Account, tmp_path: Path) -> None:
    ledger(account, "2024-01-10 BUY 1 AAA @ 1", fee=Decimal(-3))
    text = text_of(account)
    assert books_of(text, tmp_path)["errors"] == []
    assert rows_of(text, "Buy 1 AAA") == [
        'Assets:Broker:AAA  1 AAA {0 EUR, 2024-01-10, "1"}',
        "Assets:Broker:Cash  2.00000000 EUR",
        "Equity:Broker:Unknown  -2.00000000 EUR",
    ]


def test_the_day_of_a_lot_is_the_accounts(alice: User, tmp_path: Path) -> None:
    account = AccountFactory(owner=alice, name="Tokyo", time_zone="Asia/Tokyo")
    ledger(account, "2024-01-10T20:00 BUY 1 AAA @ 1")
    text = assert_agrees(alice, tmp_path)
    assert '2024-01-11 * "Buy 1 AAA"' in text
    assert '{1 EUR, 2024-01-11, "1"}' in text
    # An account without cash: money comes from outside.
    assert "Equity:Tokyo:Outside  -1.00000000 EUR" in text


def test_it_ends_on_the_day_that_is_asked_for(account: Account, tmp_path: Path) -> None:
    ledger(account, "2024-01-10 BUY 3 AAA @ 10", "2024-02-10 SELL 1 AAA @ 11", "2024-03-01 FEE 1")
    text = text_of(account, on=date(2024, 1, 31))
    (cash, lot) = sorted(
        (lot for lot in books_of(text, tmp_path)["lots"]), key=lambda lot: lot["commodity"] == "AAA"
    )
    assert (cash["units"], lot["units"]) == ("-30.00000000", "3")


def test_prices_and_rates_of_the_days_are_in_it(account: Account, tmp_path: Path) -> None:
    ledger(account, "2024-01-10 BUY 3 AAA @ 10", "2024-02-10 SELL 1 AAA @ 11")
    ledger(account, "2024-01-11 FEE 1", currency="USD")
    ledger(account, "2024-01-12 BUY 1 BBB @ 1")
    facts = {"source": "manual", "currency": "EUR"}
    for ticker, day, price, adjusted in (
        ("AAA", date(2024, 1, 11), "10.50", False),
        ("AAA", date(2024, 3, 1), "99", False),
        ("BBB", date(2024, 1, 13), "7", True),
    ):
        PriceHistory.objects.create(
            instrument=InstrumentFactory(ticker=ticker),
            date=day,
            close_price=Decimal(price),
            adjusted_for_splits=adjusted,
            **facts,
        )
    ExchangeRate.objects.create(currency="USD", date=date(2024, 1, 11), rate=Decimal("1.25"))
    text = text_of(account)
    assert [line for line in text.splitlines() if " price " in line] == [
        "2024-01-11 price AAA  10.5 EUR",
        "2024-01-11 price EUR  1.25 USD",
    ]
    assert books_of(text, tmp_path)["errors"] == []


def test_names_can_be_traced_back(alice: User, tmp_path: Path) -> None:
    InstrumentFactory(ticker="btc", name='Bitcoin "the coin"', isin="")
    account = AccountFactory(owner=alice, name="Größe & Co", currency="EUR")
    again = AccountFactory(owner=alice, name="Gr e Co", currency="EUR")
    for one in (account, again):
        ledger(one, "2024-01-10T10:00 BUY 1 btc @ 1", "2024-01-11T10:00 BUY 2 BTC @ 1")
    text = assert_agrees(alice, tmp_path)
    meta = books_of(text, tmp_path)["meta"]
    assert {meta[name]["ticker"] for name in ("BTC", "BTC-2")} == {"btc", "BTC"}
    assert {one["account"] for one in meta.values() if "account" in one} == {
        account.name,
        again.name,
    }


def test_an_empty_ledger_is_a_whole_file(account: Account, tmp_path: Path) -> None:
    assert books_of(text_of(account), tmp_path) == {
        "errors": [],
        "lots": [],
        "meta": {"EUR": {"currency": "EUR"}, "UNKNOWN": {}},
    }


def test_bean_check_has_nothing_to_say(account: Account, tmp_path: Path) -> None:
    """The program itself, as a user runs it."""
    ledger(
        account,
        "2024-01-10 BUY 3 AAA = 100",
        "2024-02-10 SPLIT 4 AAA",
        "2024-03-10 SELL 5 AAA = 90",
        "2024-04-10 SELL 5 AAA = 90",
        "2024-05-10 BUY 4 AAA = 70",
    )
    path = tmp_path / "ledger.beancount"
    path.write_text(text_of(account))
    checked = subprocess.run(
        [sys.executable, "-m", "beancount.scripts.check", "--no-cache", path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_what_is_wrong_is_found(account: Account, tmp_path: Path) -> None:
    """Else the tests above could not fail: one unit in the last place of one figure."""
    ledger(account, "2024-01-10 BUY 3 AAA = 100", "2024-03-10 SELL 1 AAA @ 40")
    text = text_of(account)
    for right, wrong in (("-6.66666667", "-6.66666668"), ("33.333333335", "33.33333334")):
        assert books_of(text.replace(right, wrong), tmp_path)["errors"] != []
