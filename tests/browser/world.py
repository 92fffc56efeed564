"""An installation to look at: three accounts, a few years, and what is missing in real life."""

from datetime import date, timedelta
from decimal import Decimal as D

from django.contrib.auth.models import User
from django.utils import timezone

from pricing.models import ExchangeRate, PriceHistory
from tests.factories import AccountFactory, ImportFactory, InstrumentFactory, ledger
from transactions.models import Account

INSTRUMENTS = [
    ("VWCE", "Vanguard FTSE All-World UCITS ETF", "ETF", "IE00BK5BQT80"),
    ("ASML", "ASML Holding N.V.", "STOCK", "NL0010273215"),
    ("SAP", "SAP SE", "STOCK", "DE0007164600"),
    ("ADYEN", "Adyen N.V.", "STOCK", "NL0012969182"),
    ("MSFT", "Microsoft Corporation", "STOCK", "US5949181045"),
    ("NVDA", "NVIDIA Corporation", "STOCK", "US67066G1040"),
    ("KO", "The Coca-Cola Company", "STOCK", "US1912161007"),
    ("BTC", "Bitcoin", "CRYPTO", ""),
    ("ETH", "Ether", "CRYPTO", ""),
    ("XAU", "Gold, troy ounce", "METAL", ""),
]
PRICES = [
    ("VWCE", "EUR", "121.30", "122.84"),
    ("ASML", "EUR", "702.10", "688.40"),
    ("SAP", "EUR", "198.02", "201.50"),
    ("MSFT", "USD", "412.65", "415.02"),
    ("NVDA", "USD", "131.12", "127.44"),
    ("KO", "USD", "62.75", "62.90"),
    ("BTC", "USD", "68120.5", "67411.25"),
    ("ETH", "USD", "2610.40", "2655.12"),
]
RATES = [
    (date(2021, 1, 8), "1.2250"),
    (date(2022, 10, 14), "0.9717"),
    (date(2023, 2, 1), "1.0894"),
    (date(2024, 6, 20), "1.0719"),
]


def build(owner: User) -> None:
    for ticker, name, asset_type, isin in INSTRUMENTS:
        InstrumentFactory(ticker=ticker, name=name, asset_type=asset_type, isin=isin)
    euro(AccountFactory(owner=owner, name="DEGIRO", currency="EUR", tracks_cash=True))
    dollar(AccountFactory(owner=owner, name="Interactive Brokers", currency="USD"))
    coins(AccountFactory(owner=owner, name="Revolut", currency="EUR"))
    market(timezone.localdate())


def market(today: date) -> None:
    """Prices and rates of the last days; SAP's are old, gold has none."""
    for ticker, currency, *closes in PRICES:
        age = 40 if ticker == "SAP" else 0
        for days, close in enumerate(reversed(closes)):
            PriceHistory.objects.create(
                instrument_id=ticker,
                date=today - timedelta(days=days + age),
                close_price=D(close),
                currency=currency,
                source="yahoo",
            )
    for day, rate in RATES:
        ExchangeRate.objects.create(currency="USD", date=day, rate=D(rate), source="ecb")
    ExchangeRate.objects.create(currency="USD", date=today, rate=D("1.0845"), source="ecb")


def euro(account: Account) -> None:
    ImportFactory(account=account, file_name="Transactions.csv", status="imported", format="degiro")
    ledger(account, "2021-03-01 DEPOSIT 20000", "2023-01-03 DEPOSIT 5000")
    for month in range(1, 13):
        ledger(account, f"2022-{month:02}-03 BUY 8 VWCE @ {96 + month}.42", fee=D("1.00"))
    ledger(
        account,
        "2021-03-04 BUY 6 ASML @ 452.15",
        "2021-06-10 BUY 30 SAP @ 115.62",
        "2022-02-11 BUY 4 ADYEN @ 1702.80",
        "2022-09-20 SELL 4 ADYEN @ 1398.60",
        "2023-07-18 SELL 2 ASML @ 661.30",
        "2023-11-02 SELL 20 VWCE @ 101.18",
        fee=D("3.90"),
    )
    ledger(account, "2022-05-19 DIVIDEND 30 SAP = 58.50", tax=D("15.43"))
    ledger(account, "2023-05-12 DIVIDEND 30 SAP = 61.50", tax=D("16.22"))
    ledger(account, "2023-12-31 INTEREST 12.38")


def dollar(account: Account) -> None:
    ImportFactory(account=account, file_name="flex-2023.xml", status="imported", format="ibkr_flex")
    ledger(
        account,
        "2022-10-14 BUY 40 NVDA @ 11.2371",
        "2022-11-03 BUY 12.5 MSFT @ 214.25",
        "2023-02-01 BUY 35 KO @ 60.11",
        "2024-06-20 SELL 25 NVDA @ 130.7812",
        "2024-07-01 SELL 10 AAPL @ 216.75",
        fee=D("0.35"),
    )
    ledger(account, "2023-06-08 DIVIDEND 12.5 MSFT = 8.50", tax=D("1.28"))
    ledger(account, "2023-07-03 DIVIDEND 35 KO = 16.10", tax=D("2.42"))


def coins(account: Account) -> None:
    ImportFactory(
        account=account, file_name="account-statement_2024-01.csv", format="revolut_crypto"
    )
    ledger(
        account,
        "2021-01-09T14:22 BUY 0.03518221 BTC = 1200",
        "2021-08-20T08:05 BUY 0.75 ETH = 2057.31",
        "2023-03-14T19:41 SELL 0.015 BTC = 345.60",
        "2023-09-01T07:00 STAKING 0.00231184 ETH = 3.52",
        "2024-04-02 BUY 1.5 XAU",
    )
