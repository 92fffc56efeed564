"""What the golden files of Interactive Brokers' Activity Statement do not show."""

import pytest

from pricing.readers import ImporterError, Source
from tests.transactions.importers import fuzzing
from transactions.importers.base import Rejected
from transactions.importers.ibkr_activity_statement import IbkrActivityStatement
from transactions.importers.ibkr_records import option_symbol

TRADES = (
    "Trades,Header,DataDiscriminator,Asset Category,Currency,Symbol,Date/Time,Quantity,T. Price,"
    "Proceeds,Comm/Fee,Code\n"
)


def parse(text: str):
    return list(IbkrActivityStatement().parse(Source("x.csv", text.encode())))


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        ("TQQQ 16OCT26 50 P", "TQQQ261016P00050000"),
        ("BRK B 16OCT26 50.5 C", "BRKB261016C00050500"),
        ("TQQQ 16XXX26 50 P", "TQQQ 16XXX26 50 P"),
        ("AAPL", "AAPL"),
    ],
)
def test_options_are_named_as_exchanges_do(symbol, expected):
    assert option_symbol(symbol) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b,c\n", "The lines of an Activity Statement"),
        ("Statement,Header,Field Name,Field Value\n", "has no section with transactions"),
        ("Statement,Header,Nimi,Arvo\n", "The language of the statement"),
    ],
)
def test_what_is_no_statement_is_refused_with_the_way_out(text, sentence):
    with pytest.raises(ImporterError, match=sentence):
        parse(text)


def test_the_multiplier_of_a_contract_follows_from_its_trade():
    row = (
        "Trades,Data,Order,Equity and Index Options,USD,AAPL 19JAN24 190 C,"
        "2024-01-05,{},{},{},-1,O\n"
    )
    bought = next(one for one in parse(TRADES + row.format(2, 1.5, -300)) if hasattr(one, "kind"))
    assert (bought.quantity, bought.price) == (200, 1.5)
    for cells in ((2, 1.5, ""), (0, 1.5, -300), ("x", 1.5, -300)):
        (found,) = (one for one in parse(TRADES + row.format(*cells)) if one.line == 2)
        assert isinstance(found, Rejected) or found.quantity == 200


def test_mutated_files_account_for_every_record():
    fuzzing.assert_accounts_for_every_record(IbkrActivityStatement(), "ibkr-activity")


def test_executions_count_where_the_file_has_no_orders():
    row = "Trades,Data,Trade,Stocks,USD,AAPL,2024-01-05,2,180,-360,-1,O\n"
    (bought,) = (one for one in parse(TRADES + row) if one.line == 2)
    assert (bought.quantity, bought.amount) == (2, 360)


ACTIONS = (
    "Corporate Actions,Header,Asset Category,Currency,Report Date,Date/Time,Description,Quantity,"
    "Proceeds,Value,Realized P/L,Code\n"
)
SPLIT = "Corporate Actions,Data,Stocks,USD,2024-01-05,2024-01-05,{},9,0,0,0,\n"


def test_a_corporate_action_that_names_no_instrument_is_rejected():
    rows = parse(ACTIONS + SPLIT.format("NVDA(US67066G1040) Split 10 for 1"))
    (found,) = (one for one in rows if one.line == 2)
    assert isinstance(found, Rejected)


def test_an_instrument_without_a_number_is_known_by_its_symbol():
    rows = parse(ACTIONS + SPLIT.format('"NVDA Split 10 for 1 (NVDA, NVIDIA CORP, )"'))
    (found,) = (one for one in rows if one.line == 2)
    assert (found.security.ticker, found.quantity) == ("NVDA", 9)
