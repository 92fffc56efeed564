"""Interactive Brokers' Activity Statement: sections, languages, and what its lines become."""

from decimal import Decimal

import pytest

from pricing.assets import AssetType
from pricing.readers import ImporterError, Source
from tests.transactions.importers import golden
from tests.transactions.importers.test_trading212 import cash
from transactions.importers import recognise
from transactions.importers.base import Ignored, ParsedTransaction, Rejected
from transactions.importers.ibkr_activity_statement import IbkrActivityStatement
from transactions.importers.ibkr_records import option_symbol
from transactions.kinds import Kind

TRADES = (
    "Trades,Header,DataDiscriminator,Asset Category,Currency,Symbol,Date/Time,Quantity,T. Price,"
    "C. Price,Proceeds,Comm/Fee,Basis,Realized P/L,MTM P/L,Code"
)
ACTIONS = (
    "Corporate Actions,Header,Asset Category,Currency,Report Date,Date/Time,Description,Quantity,"
    "Proceeds,Value,Realized P/L,Code"
)
DIVIDENDS = "Dividends,Header,Currency,Date,Description,Amount"


def fixture(name: str) -> Source:
    return golden.source_of(golden.DATA / "ibkr-activity" / name)


def parse(*lines: str):
    return list(IbkrActivityStatement().parse(Source("x", "\n".join(lines).encode())))


def transactions(*lines: str) -> list[ParsedTransaction]:
    return [found for found in parse(*lines) if isinstance(found, ParsedTransaction)]


def order(symbol: str, quantity: str, price: str, proceeds: str, **other: str) -> str:
    category, code = other.get("category", "Stocks"), other.get("code", "O")
    kind, fee = other.get("kind", "Order"), other.get("fee", "-1")
    return (
        f'Trades,Data,{kind},{category},USD,{symbol},"2024-01-05, 10:00:00",{quantity},{price},,'
        f"{proceeds},{fee},,,,{code}"
    )


def action(text: str, quantity: str, proceeds: str = "0") -> str:
    return (
        f'Corporate Actions,Data,Stocks,USD,2024-06-10,"2024-06-07, 20:25:00","{text}",{quantity},'
        f"{proceeds},0,0,"
    )


def test_statement_gives_the_known_positions_and_cash() -> None:
    outcomes = list(IbkrActivityStatement().parse(fixture("everything.csv")))
    found = [one for one in outcomes if isinstance(one, ParsedTransaction)]

    assert [one for one in outcomes if isinstance(one, Rejected)] == []
    # In dollars by hand: shares 3,800 + 2,700 - 18,750 less 1.02 + 1, options 300 + 225 less 1.95, the
    # future 24,000.62 and the exchange 1,095.50 out, transfer 500, merger 950, fees 10.20, dividends
    # 31.40, tax 3, interest 0.79 out: -35,357.68. The sum takes the exchange's fee of 1.83 euros as dollars.
    assert cash(outcomes)["USD"] == Decimal("-35357.68") - Decimal("1.83")
    assert cash(outcomes)["GBP"] == Decimal(-81)
    apple = {one.kind: one.quantity for one in found if one.security and one.line in {16, 29}}
    assert apple == {Kind.SELL: Decimal(20), Kind.BUY: Decimal(100)}


def test_options_count_as_their_units_and_expire_for_nothing() -> None:
    found = transactions(
        TRADES,
        order("AAPL 19JAN24 190 C", "-2", "1.5", "300", category="Equity and Index Options"),
        order(
            "AAPL 19JAN24 190 C", "2", "0", "0", category="Equity and Index Options", code="C;Ep"
        ),
        order("CL 17JAN24 70.5 P", "1", "1.2", "-1200", category="Options On Futures"),
    )

    assert [(one.kind, one.quantity, one.amount) for one in found] == [
        (Kind.SELL, Decimal(200), Decimal(300)),
        (Kind.BUY, Decimal(200), Decimal(0)),
        # The multiplier follows from the price where the file does not name it.
        (Kind.BUY, Decimal(1000), Decimal(1200)),
    ]
    assert found[0].security.ticker == "AAPL240119C00190000"
    assert found[0].security is found[1].security
    assert found[0].security.asset_type is AssetType.OPTION


@pytest.mark.parametrize(
    ("stated", "symbol"),
    [
        ("TQQQ 16OCT26 50 P", "TQQQ261016P00050000"),
        ("BRK B 20JAN23 302.5 C", "BRKB230120C00302500"),
        ("SPX 15DEC23 4500.125 C", "SPX231215C04500125"),
        ("SPX 15XXX23 4500 C", "SPX 15XXX23 4500 C"),
        ("MESH4", "MESH4"),
    ],
)
def test_options_are_named_as_in_the_flex_query(stated: str, symbol: str) -> None:
    assert option_symbol(stated) == symbol


def test_only_orders_count_but_executions_do_where_there_are_none() -> None:
    execution = order("AAPL", "10", "190", "-1900", kind="Trade")
    lot = order("AAPL", "10", "190", "", kind="ClosedLot")

    both = parse(TRADES, order("AAPL", "10", "190", "-1900"), execution, lot)
    assert [one.line for one in both if isinstance(one, ParsedTransaction)] == [2]
    assert Ignored(3, "execution of an order that is in the file") in both
    assert len(transactions(TRADES, execution, lot)) == 1


def test_executions_of_a_side_without_an_order_count() -> None:
    lines = (
        order("ABC", "5", "10", "-50"),
        order("ABC", "5", "10", "-50", kind="Execution"),
        order("ABC", "-5", "11", "55", kind="Execution"),
    )
    assert [(one.line, one.kind) for one in transactions(TRADES, *lines)] == [
        (2, Kind.BUY),
        (4, Kind.SELL),
    ]


def test_columns_are_read_by_name_for_each_heading() -> None:
    found = transactions(
        "Trades,Header,Symbol,Currency,Asset Category,DataDiscriminator,Quantity,Date/Time,Proceeds,,",
        'Trades,Data,IBM,USD,Stocks,Order,3,"2024-01-05, 10:00:00",-450',
        "Trades,Header,Asset Category,Currency,Symbol,Date/Time,Quantity,T. Price,Comm/Fee",
        'Trades,Data,Stocks,USD,IBM,"2024-01-06, 10:00:00",-3,160,-1',
    )

    assert [(one.kind, one.amount, one.fee) for one in found] == [
        (Kind.BUY, Decimal(450), Decimal(0)),
        (Kind.SELL, Decimal(480), Decimal(1)),
    ]


def test_commission_of_an_exchange_is_in_the_base_currency() -> None:
    bought, sold = (
        list(transactions(head, row))
        for head, row in (
            (
                (
                    "Trades,Header,DataDiscriminator,Asset Category,Currency,Symbol,Date/Time,Quantity,"
                    "T. Price,,Proceeds,Comm in CHF,,,MTM in CHF,Code"
                ),
                'Trades,Data,Order,Forex,USD,EUR.USD,"2024-01-05, 10:00:00",100,1.1,,-110,-2,,,0,',
            ),
            (TRADES, order("EUR.USD", "-100", "1.1", "110", category="Forex", fee="-2")),
        )
    )

    assert [(one.kind, one.currency, one.amount) for one in bought] == [
        (Kind.TRANSFER_OUT, "USD", Decimal(110)),
        (Kind.TRANSFER_IN, "EUR", Decimal(100)),
    ]
    assert (bought[0].fee, bought[0].fee_currency) == (Decimal(2), "CHF")
    assert [one.currency for one in sold] == ["EUR", "USD"]
    assert (sold[0].fee, sold[0].fee_currency) == (Decimal(2), "USD")


def test_cancelled_order_takes_its_trade_back() -> None:
    found = parse(
        TRADES,
        order("IBM", "-5", "150", "750"),
        order("IBM", "5", "150", "-750", code="Ca"),
        order("KO", "5", "60", "-300"),
        order("KO", "-5", "60", "300", code="O;Ca"),
    )
    trades = [one for one in found if isinstance(one, ParsedTransaction)]
    assert [(one.kind, one.quantity, one.external_id) for one in trades] == [
        (Kind.SELL, 5, ""),
        (Kind.BUY, 5, "cancels"),
        (Kind.BUY, 5, ""),
        (Kind.SELL, 5, "cancels"),
    ]


def test_instrument_of_a_dividend_stands_in_its_text() -> None:
    found = transactions(
        TRADES,
        order("N2IU", "100", "1", "-100"),
        DIVIDENDS,
        "Dividends,Data,USD,2024-07-20,AAPL(US0378331005) Cash Dividend USD 0.24 per Share,24",
        "Dividends,Data,USD,2024-07-20,SMMCHA(80486947) Cash Dividend CHF 5.99 per Share,41.93",
        "Dividends,Data,USD,2024-07-20,N2IU Dividendo en efectivo,5",
        "Fees,Header,Subtitle,Currency,Date,Description,Amount",
        "Fees,Data,Other Fees,USD,2024-07-21,N2IU snapshot,-1",
    )

    names = [(one.security.ticker, one.security.isin) for one in found[1:4]]
    assert names == [("AAPL", "US0378331005"), ("SMMCHA", ""), ("N2IU", "")]
    # A word of a fee's text may look like any symbol.
    assert found[4].security is None


def test_dividend_without_a_known_instrument_is_rejected() -> None:
    [found] = [
        one
        for one in parse(DIVIDENDS, "Dividends,Data,USD,2024-07-20,Something,5")
        if one.line == 2
    ]
    assert isinstance(found, Rejected)
    assert found.reason.startswith("the record names no instrument")
    assert found.raw == "Dividends,Data,USD,2024-07-20,Something,5"


def test_symbols_of_one_instrument_share_its_isin() -> None:
    found = transactions(
        TRADES,
        order("CSPX", "1", "500", "-500"),
        order("SXR8", "1", "500", "-500"),
        "Financial Instrument Information,Header,Asset Category,Symbol,Description,Conid,Security ID",
        'Financial Instrument Information,Data,Stocks,"CSPX, SXR8",ISHARES S&P,75776072,IE00B5BMR087',
    )
    assert {one.security.isin for one in found} == {"IE00B5BMR087"}
    assert found[0].security is found[1].security


@pytest.mark.parametrize(
    ("text", "quantity", "proceeds", "kind"),
    [
        ("X(US0378331005) Split 4 for 1 (X, X INC, US0378331005)", "30", "0", Kind.SPLIT),
        ("X(US0378331005) Stock Dividend 1 for 20 (X, X INC, US0378331005)", "2", "0", Kind.SPLIT),
        ("X(US0378331005) Merged(Liquidation) (X, X INC, US0378331005)", "-5", "50", Kind.SELL),
        ("X(US0378331005) Delisted (X, X INC, US0378331005)", "-5", "0", Kind.SELL),
        ("X(US0378331005) Spinoff 1 for 4 (Y, Y INC, US5949181045)", "5", "0", Kind.TRANSFER_IN),
        ("(US912797GK78) TBILL MATURITY (912797GK7, B 12/26, 912797GK7)", "-9", "9", Kind.SELL),
    ],
)
def test_corporate_actions_are_told_by_their_text_and_figures(
    text: str, quantity: str, proceeds: str, kind: Kind
) -> None:
    [found] = transactions(ACTIONS, action(text, quantity, proceeds))
    assert found.kind is kind
    assert found.quantity == abs(Decimal(quantity))


def test_merger_carries_cost_and_dates_over() -> None:
    text = "SSL(CA80013R2063) Merged(Acquisition) WITH US7802871084 1 for 16"
    out, into = transactions(
        ACTIONS,
        action(f"{text} (RGLD.CAD, ROYAL GOLD INC, US7802871084)", "100.0026"),
        action(f"{text} (SSL, SANDSTORM GOLD LTD, CA80013R2063)", "-1600.0416"),
    )
    assert (out.kind, out.security.isin) == (Kind.TRANSFER_OUT, "CA80013R2063")
    assert (into.kind, into.security.isin) == (Kind.TRANSFER_IN, "US7802871084")
    assert out.group == into.group != ""


def test_corporate_action_without_a_known_word_or_instrument_is_rejected() -> None:
    found = parse(
        ACTIONS,
        action("X(US0378331005) Baptised (X, X INC, US0378331005)", "1"),
        action("Split of something", "1"),
        action("X(US0378331005) Split 2 for 1 (X, X INC, )", "1"),
    )
    reasons = [one.reason for one in found if isinstance(one, Rejected)]
    assert reasons == [
        "the corporate action “X(US0378331005) Baptised (X, X INC, US0378331005)” is not known",
        (
            "the record names no instrument: symbol, conid and ISIN are empty"
            " (a Flex query has to include “Symbol”)"
        ),
    ]


def test_accounts_of_one_file_are_depots() -> None:
    found = [
        one
        for one in IbkrActivityStatement().parse(fixture("two_accounts.csv"))
        if isinstance(one, ParsedTransaction)
    ]
    assert {one.line: one.portfolio for one in found} == {
        7: "",
        8: "U2222222",
        11: "U2222222",
        13: "",
    }


def test_statements_of_two_accounts_behind_each_other_are_depots() -> None:
    account = (
        "Account Information,Header,Field Name,Field Value",
        "Account Information,Data,Account,{}",
    )
    fund = "Deposits & Withdrawals,Header,Currency,Settle Date,Description,Amount"
    paid = "Deposits & Withdrawals,Data,USD,2024-01-02,Wire,{}"
    first, second = transactions(
        *(line.format("U1111111 (Savings)") for line in account),
        *(fund, paid.format("5")),
        *(line.format("U***22222") for line in account),
        *(fund, paid.format("-7")),
    )
    assert (first.portfolio, first.kind) == ("", Kind.DEPOSIT)
    assert (second.portfolio, second.kind) == ("U***22222", Kind.WITHDRAWAL)


def test_base_currency_is_that_of_the_statement_in_any_language() -> None:
    importer = IbkrActivityStatement()
    assert importer.account_currency(fixture("everything.csv")) == "EUR"
    assert importer.account_currency(fixture("german.csv")) == "EUR"
    assert importer.account_currency(fixture("broken.csv")) == ""


def test_statement_without_any_section_of_transactions_is_refused() -> None:
    with pytest.raises(ImporterError, match="no section with transactions"):
        parse("Statement,Header,Field Name,Field Value", "Statement,Data,Title,Realized Summary")


def test_other_files_are_not_taken_for_a_statement() -> None:
    importer = IbkrActivityStatement()
    for text in (
        "a,b\n1,2\n",
        "Introduction,Header,Name\nKey,Data,x\n",
        "Statement,Header,Field Name,Field Value\nTransaction History,Header,Date,Account\n",
    ):
        assert importer.recognises(Source("x", text.encode())) is False
    with pytest.raises(ImporterError, match="lines of an Activity Statement"):
        list(importer.parse(Source("x", b"a,b\n")))


def test_first_section_alone_and_other_delimiters_are_recognised() -> None:
    for text in (
        f"{TRADES}\n",
        "Dividends;Header;Currency;Date;Description;Amount\n",
        "交易,Header,DataDiscriminator,資產分類\n",
    ):
        assert recognise(Source("x", text.encode())).format == "ibkr-activity"


def test_multiplier_of_a_contract_is_a_hundred_unless_the_proceeds_say_otherwise() -> None:
    option, category = "AAPL 19JAN24 190 C", "Equity and Index Options"
    (bought,) = transactions(TRADES, order(option, "2", "1.5", "", category=category))
    assert (bought.quantity, bought.amount) == (Decimal(200), Decimal(300))
    # So little money that no whole number of units fits.
    (bought,) = transactions(TRADES, order(option, "2", "1.5", "-1", category=category))
    assert bought.quantity == Decimal(200)
    for quantity in ("0", "x"):
        _, found = parse(TRADES, order(option, quantity, "1.5", "-300", category=category))
        assert isinstance(found, Rejected)


def test_instrument_without_a_number_is_known_by_its_symbol() -> None:
    (split,) = transactions(ACTIONS, action("NVDA Split 10 for 1 (NVDA, NVIDIA CORP, )", "9"))
    assert split.security is not None
    assert (split.security.ticker, split.quantity) == ("NVDA", Decimal(9))
