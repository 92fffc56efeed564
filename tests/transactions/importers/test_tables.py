"""What the golden files of formats that are one plain table do not show."""

import pytest

from pricing.readers import ImporterError, Source
from tests.transactions.importers import golden
from transactions.importers.avanza import Avanza
from transactions.importers.base import Rejected
from transactions.importers.bux import Bux
from transactions.importers.etoro import Etoro
from transactions.importers.fidelity import Fidelity
from transactions.importers.finpension import Finpension
from transactions.importers.freetrade import Freetrade
from transactions.importers.ibkr_flex_csv import IbkrFlexCsv
from transactions.importers.ibkr_transaction_history import IbkrTransactionHistory
from transactions.importers.saxo import Saxo
from transactions.importers.swissquote import Swissquote
from transactions.importers.xtb import Xtb

TABLES = [
    *(Avanza(), Bux(), Etoro(), Fidelity(), Finpension(), Freetrade()),
    *(IbkrTransactionHistory(), Saxo(), Swissquote(), Xtb()),
]
every_table = pytest.mark.parametrize("importer", TABLES, ids=lambda importer: importer.format)


@every_table
def test_file_of_another_format_is_refused_as_a_whole(importer) -> None:
    with pytest.raises(ImporterError, match=f"The header line of {importer.broker}’s export is"):
        list(importer.parse(Source("other.csv", b"a,b\n1,2\n")))


def test_one_account_of_avanza_is_the_main_portfolio() -> None:
    (fixture,) = (path for path in golden.fixtures("avanza") if path.name == "sample.csv")
    header, *rows = fixture.read_bytes().splitlines(keepends=True)
    one = Source("one.csv", header + b"".join(row for row in rows if b";8346899;" in row))
    assert {outcome.portfolio for outcome in Avanza().parse(one)} == {""}


def test_currency_of_the_account_is_known() -> None:
    found = [importer.account_currency(Source("", b"")) for importer in TABLES]
    assert found == ["", "EUR", "USD", "USD", "CHF", "", "", "", "", ""]


def test_a_flex_query_without_header_is_refused_with_the_way_out() -> None:
    data = b'"BUY","20230522","CH0111762537","7","282.7","1978.9","CHF","-5","CHF"\n'
    source = Source("x.csv", data)
    assert IbkrFlexCsv().recognises(source)
    with pytest.raises(ImporterError, match="Switch on “Include column headers”"):
        list(IbkrFlexCsv().parse(source))
    assert not IbkrFlexCsv().recognises(Source("x", b"broken\rquoting\n"))


def test_a_text_that_quotes_the_columns_of_a_flex_query_is_none() -> None:
    columns = b'"TradeDate","ISIN","Quantity","TradeMoney","CurrencyPrimary"'
    assert IbkrFlexCsv().recognises(Source("x", columns + b"\n"))
    notes = b'The same attributes as column names in the order of the user: "Buy/Sell",'
    assert not IbkrFlexCsv().recognises(Source("x", notes + columns + b"\n"))


def test_an_exchange_of_currencies_without_symbol_says_what_the_query_lacks() -> None:
    columns = "Buy/Sell,TradeDate,Quantity,Proceeds,CurrencyPrimary"
    source = Source("x", f"{columns}\nBUY,20240105,100,-110,USD\n".encode())
    (rejected,) = (one for one in IbkrFlexCsv().parse(source) if isinstance(one, Rejected))
    assert rejected.reason.endswith("(a Flex query has to include “Symbol”)")


def test_transactions_without_a_base_currency_are_rejected() -> None:
    (fixture,) = golden.fixtures("ibkr-transaction-history")
    text = fixture.read_text().replace("Summary,Data,Base Currency,EUR\n", "")
    source = Source("x.csv", text.encode())
    found = next(iter(IbkrTransactionHistory().parse(source)))
    assert found.reason == "the base currency is missing above the table (Summary)"
    assert IbkrTransactionHistory().account_currency(golden.source_of(fixture)) == "EUR"


@pytest.mark.parametrize(
    ("name", "currency"),
    [
        ("PLN_10000001_2006-01-01_2026-01-01.csv", "PLN"),
        ("xtb_usd_10000001.csv", "USD"),
        ("IKZE_10000001_2025.csv", "PLN"),
        ("export.csv", "EUR"),
    ],
)
def test_xtb_says_the_currency_in_the_name_of_a_file_whose_trades_do_not(name, currency) -> None:
    row = b"ID;Type;Time;Symbol;Comment;Amount\n1;deposit;01.03.2024 10:00:00;;Blik;5\n"
    (deposit,) = Xtb().parse(Source(name, row))
    assert deposit.currency == currency
