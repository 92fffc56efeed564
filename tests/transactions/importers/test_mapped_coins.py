"""What a mapping makes of coins, pairs, pence, zones, texts and exchanges of currency."""

from decimal import Decimal

import pytest

from pricing.readers import Source
from transactions.importers.base import Ignored, ParsedTransaction, Rejected
from transactions.importers.guessing import find_table, guess
from transactions.importers.guessing_types import meanings
from transactions.importers.layouts import EXCHANGE, IGNORE, Layout, Role, word_of
from transactions.importers.mapped import Mapped
from transactions.kinds import Kind


def guessed(text: str, **changes) -> Layout:
    table = find_table(Source("x.csv", text.encode()))
    assert table is not None
    return Layout.from_json(guess(table).as_json() | changes)


def read(text: str, **changes):
    layout = guessed(text, **changes)
    return list(Mapped("1", "Mine", layout).parse(Source("x.csv", text.encode())))


def told(outcomes) -> list[tuple[str, str, Decimal | None, Decimal | None, str]]:
    return [
        (one.kind.value, one.security.ticker if one.security else "", one.quantity, one.amount, one.currency)
        for one in outcomes
    ]  # fmt: skip


def reasons(outcomes) -> list[str]:
    return [one.reason for one in outcomes if isinstance(one, Rejected)]


PAIRS = "Time,Symbol,Side,Quantity,Price,Fee,Fee currency\n"


def test_the_money_of_a_pair_is_the_currency():
    assert told(read(PAIRS + "2024-01-02 10:00:00,BTC/EUR,BUY,0.5,40000,,\n", currency="USD")) == [
        ("BUY", "BTC", Decimal("0.5"), 20000, "EUR")
    ]


def test_a_pair_of_coins_is_a_swap_of_unknown_value_with_its_fee_in_it():
    rows = (
        "2024-01-02 10:00:00,ETH-BTC,BUY,2,0.05,0.001,BTC\n"
        "2024-01-03 10:00:00,ETH-BTC,SELL,1,0.06,0.002,BNB\n"
        "2024-01-04 10:00:00,ETH-BTC,SELL,1,,,\n"
    )
    outcomes = read(PAIRS + rows, currency="EUR")
    assert told(outcomes[:-1]) == [
        ("SELL", "BTC", Decimal("0.101"), None, "EUR"),
        ("BUY", "ETH", 2, None, "EUR"),
        ("SELL", "ETH", 1, None, "EUR"),
        ("BUY", "BTC", Decimal("0.06"), None, "EUR"),
        ("FEE", "BNB", Decimal("0.002"), None, "EUR"),
    ]
    assert outcomes[0].group == outcomes[1].group == "swap-2"
    assert reasons(outcomes) == ["a trade of coins needs a coin, a quantity and an amount or price"]


def test_a_fee_in_other_money_keeps_its_currency():
    (found,) = read(PAIRS + "2024-01-02 10:00:00,BTC-EUR,BUY,1,5,2,USD\n", currency="EUR")
    assert (found.amount, found.fee, found.fee_currency) == (5, 2, "USD")


def test_a_coin_in_the_cell_of_the_quantity_is_the_instrument():
    text = "Type,Date,Amount,Value\nbuy,2024-01-02,0.5 BTC,20000 EUR\nsell,2024-01-03,0.1 ETH,300 USD\n"
    columns = {"type": 0, "date": 1, "quantity": 2, "amount": 3}
    assert told(read(text, columns=columns)) == [
        ("BUY", "BTC", Decimal("0.5"), 20000, "EUR"),
        ("SELL", "ETH", Decimal("0.1"), 300, "USD"),
    ]


def test_dollars_are_those_that_the_owner_says():
    text = "Type,Date,Amount\ndeposit,2024-01-02,$5\ndeposit,2024-01-02,€6\ndeposit,2024-01-02,7\n"
    found = read(text, currency="CAD")
    assert [one.currency for one in found] == ["CAD", "EUR", "CAD"]


WALLET = "Date,Type,Coin,Quantity,USD value,Fee\n"


def test_a_wallet_moves_units_and_its_value_of_the_day_is_no_cost():
    rows = "2024-01-02,deposit,BTC,0.5,20000,0.001\n2024-01-03,interest,BTC,0.1,50,\n"
    outcomes = read(WALLET + rows, currency="USD")
    assert told(outcomes) == [
        ("TRANSFER_IN", "BTC", Decimal("0.5"), None, "USD"),
        ("STAKING", "BTC", Decimal("0.1"), 50, "USD"),
    ]
    # What the network took is in what was sent.
    assert outcomes[0].fee == 0


def test_a_price_in_pence_beside_an_amount_in_pounds():
    header = "Date,Type,Symbol,Quantity,Unit cost (p),Value (£)\n"
    rows = "2024-01-02,Buy,AAA,100,70.5,-82.45\n2024-01-02,Sell,AAA,40,70.5,28.2\n"
    rows += "2024-01-03,Sell,AAA,10,70.5,\n"
    found = read(header + rows)
    assert [(one.price, one.amount, one.currency) for one in found] == [
        (Decimal("0.705"), Decimal("82.45"), "GBP"),
        (Decimal("0.705"), Decimal("28.2"), "GBP"),
        (Decimal("0.705"), Decimal("7.05"), "GBP"),
    ]


@pytest.mark.parametrize(
    ("currency", "amount", "price"),
    [("GBX", "70", "0.70"), ("GBX", "7000", "0.70"), ("GBP", "7000", "70")],
)
def test_pence_are_told_by_quantity_times_price(currency, amount, price):
    header = "Date,Type,Symbol,Quantity,Price,Amount,Currency\n"
    (found,) = read(header + f"2024-01-02,Buy,AAA,100,70,{amount},{currency}\n")
    expected = Decimal(70) if currency == "GBX" else Decimal(7000)
    assert (found.price, found.amount, found.currency) == (Decimal(price), expected, "GBP")


def test_a_bond_in_per_cent():
    header = "Date,Type,ISIN,Nominal,Price,Amount,Currency\n"
    (found,) = read(header + "2024-01-02,Buy,DE0001102580,1000,98.5,985,EUR\n")
    assert (found.quantity, found.price, found.amount) == (1000, Decimal("0.985"), 985)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Time (UTC)", "2024-01-02T10:00:00+00:00"),
        ("Time(UTC+08:00)", "2024-01-02T10:00:00+08:00"),
        ("Time", "2024-01-02T10:00:00"),
    ],
)
def test_the_zone_in_the_name_of_a_column_is_that_of_its_times(name, expected):
    (found,) = read(f"{name},Type,Amount\n2024-01-02 10:00:00,deposit,5\n", currency="EUR")
    assert found.when.isoformat() == expected


def test_an_exchange_of_currency_is_no_deposit():
    text = "Date,Type,Ticker,Quantity,Amount,Currency\n2024-01-02,Conversion,EUR,,-100,EUR\n"
    text += "2024-01-02,Conversion,,,109,USD\n2024-01-03,Conversion,BTC,1,,EUR\n"
    outcomes = read(text)
    assert guessed(text).kinds == {"conversion": EXCHANGE}
    assert told(outcomes[:2]) == [
        ("TRANSFER_OUT", "", None, 100, "EUR"),
        ("TRANSFER_IN", "", None, 109, "USD"),
    ]
    assert reasons(outcomes) == ["“BTC” is no currency; give “Conversion” another meaning"]


def test_a_status_leaves_out_what_did_not_happen():
    text = "Date,Side,Status,Symbol,Shares,Amount\n2024-01-02,Buy,Filled,AAA,1,5\n"
    text += "2024-01-03,Buy,Cancelled,AAA,1,5\n"
    found = guessed(text, currency="EUR")
    assert found.columns[Role.SUBTYPE] == 2
    assert found.kinds == {"buy filled": "BUY", "buy cancelled": IGNORE}
    bought, left = read(text, currency="EUR")
    assert bought.kind is Kind.BUY
    assert left == Ignored(3, "the type “Buy Cancelled”, which the mapping leaves out")
    later = Source("y.csv", text.replace("Cancelled", "Lost").encode())
    (unknown,) = reasons(Mapped("1", "Mine", found).parse(later))
    assert unknown.startswith("the type “Buy Lost” has no meaning")


def test_the_beginning_of_a_text_tells_the_type_or_else_the_sign():
    text = """Date,Details,Symbol,Shares,Amount
2024-01-02,Bought 10 AAA @ 5,AAA,10,-50
2024-01-03,Dividend 0.25 a share,AAA,,2.5
2024-01-04,Big Company 4,AAA,4,22
2024-01-05,For the holidays,,,-9
2024-01-06,Dividend of 5 Other,,,3
"""
    found = guessed(text, currency="EUR")
    assert found.is_text
    assert found.kinds == {"bought": "BUY", "dividend": "DIVIDEND", "dividend of": "DIVIDEND"}
    outcomes = read(text, currency="EUR")
    assert told(outcomes) == [
        ("BUY", "AAA", 10, 50, "EUR"),
        ("DIVIDEND", "AAA", None, Decimal("2.5"), "EUR"),
        ("SELL", "AAA", 4, 22, "EUR"),
        ("WITHDRAWAL", "", None, 9, "EUR"),
        ("DIVIDEND", "Dividend of 5 Other", None, 3, "EUR"),
    ]


@pytest.mark.parametrize(
    ("text", "stem"),
    [
        ("Div 100 Shell", "div"),
        ("B123456", "b"),
        ("ORDINARY DIVIDEND (KO)", "ordinary dividend"),
        ("a b c d e f", "a b c d"),
        ("100", ""),
    ],
)
def test_the_beginning_of_a_text_ends_before_the_first_figure(text, stem):
    assert word_of(text, "", is_text=True) == stem


def test_texts_without_a_number_of_units_tell_no_trades():
    text = (
        "Date,Details,Amount\n2024-01-02,Purchase 20 Fund,-5\n2024-01-03,Interest for May 2024,1\n"
    )
    found = guessed(text, currency="EUR")
    assert found.is_text
    assert [one.kind for one in read(text, currency="EUR")] == [Kind.WITHDRAWAL, Kind.INTEREST]


def test_types_without_a_number_of_units_are_money_by_the_sign():
    text = "Date,Type,Amount\n2024-01-02,Buy,-5\n2024-01-03,Sell,6\n"
    kinds = [one.kind for one in read(text, currency="EUR")]
    assert kinds == [Kind.WITHDRAWAL, Kind.DEPOSIT]
    with_symbol = "Date,Type,Symbol,Amount\n2024-01-02,Buy,A,-5\n"
    assert reasons(read(with_symbol, currency="EUR")) == ["BUY needs a quantity other than zero"]


def test_lines_of_text_below_a_table_are_left_out():
    rows = "2024-01-02,Fee,5\n" * 9
    text = f"Date,Type,Amount\n{rows}*** END ***,,\nTotal,,x\n,,\n,,7\nLegal notice,a,,,longer\n"
    outcomes = read(text, currency="EUR")[8:]
    assert [type(one) for one in outcomes] == [
        *(ParsedTransaction, Ignored, Rejected, Rejected, Ignored)
    ]
    rule = "a line with neither a date nor figures, such as a text below the table"
    assert outcomes[1] == Ignored(11, rule)
    assert [one.line for one in outcomes] == [10, 11, 12, 14, 15]


def test_the_trade_behind_a_name_makes_no_other_instrument():
    text = "Date,Type,Name,Units,Amount\n2024-01-02,Buy,A plc 40 @ 70.5,40,5\n"
    text += "2024-01-03,Sell,A plc 1 @ 9,1,9\n"
    assert {one.security.ticker for one in read(text, currency="EUR")} == {"A plc"}


@pytest.mark.parametrize(
    ("columns", "kinds", "is_text", "has_all"),
    [
        ({"date": 0, "amount": 1}, {}, False, True),
        ({"date": 0, "amount": 1, "quantity": 2}, {}, False, False),
        ({"date": 0, "amount": 1, "balance": 2, "type": 3}, {}, False, True),
        ({"date": 0, "amount": 1, "type": 2}, {"a": "BUY"}, False, False),
        ({"date": 0, "amount": 1, "type": 2}, {"a": "BUY"}, True, True),
        ({"date": 0, "amount": 1, "type": 2}, {"a": "DEPOSIT"}, False, True),
    ],
)
def test_cash_is_tracked_where_all_money_is_in_the_table(columns, kinds, is_text, has_all):
    chosen = {"columns": columns, "kinds": kinds, "is_text": is_text}
    layout = guessed("Date,A,B,C\n2024-01-02,1,2,3\n", **chosen)
    assert Mapped("1", "Mine", layout).tracks_cash is has_all


def test_a_mapping_that_was_kept_before_there_were_texts_has_none():
    kept = guessed("Date,Type,Amount\n2024-01-02,Fee,5\n").as_json()
    del kept["is_text"]
    assert not Layout.from_json(kept).is_text


def test_words_for_money_in_and_out_mean_it_only_where_there_are_no_others():
    assert meanings(["h", "s"]) == {"h": "DEPOSIT", "s": "WITHDRAWAL"}
    assert meanings(["b", "s"]) == {"b": "BUY", "s": "SELL"}
    assert meanings(["coffee", "übertrag"]) == {"übertrag": "money"}


def test_amounts_with_the_sign_of_the_units_are_worths():
    text = "Date,Symbol,Units,Price,Amount\n2024-01-02,AAA,10,5,50\n2024-01-03,AAA,-4,6,-24\n"
    assert not guessed(text).is_signed
    assert [one.kind for one in read(text, currency="EUR")] == [Kind.BUY, Kind.SELL]


@pytest.mark.parametrize(
    ("header", "row", "role", "name"),
    [
        ("Date,Settlement Date,Amount", "2024-01-02,2024-01-04,5", Role.DATE, "Date"),
        ("Settlement Date,Trade Date,Amount", "2024-01-04,2024-01-02,5", Role.DATE, "Trade Date"),
        ("TradeDate,GrossAmount,NetAmount", "2024-01-02,5,4", Role.AMOUNT, "NetAmount"),
        ("Date,Balance,Currency,Amount,Ccy", "2024-01-02,5,USD,4,EUR", Role.CURRENCY, "Ccy"),
    ],
)
def test_of_several_columns_the_one_that_counts_is_taken(header, row, role, name):
    found = guessed(f"{header}\n{row}\n")
    assert found.header[found.columns[role]] == name


@pytest.mark.parametrize(
    ("header", "row", "role"),
    [
        ("Date,Security type,Amount", "2024-01-02,EQ,5", Role.NAME),
        ("Date,assetType,Amount", "2024-01-02,Security,5", Role.TICKER),
        ("Date,Amount,Fee rate", "2024-01-02,5,35", Role.FEE),
        ("Date,Account id,Amount", "2024-01-02,7,5\n2024-01-02,7,5", Role.ID),
        ("Date,Amount,GST", "2024-01-02,5,0.91", Role.TIME),
    ],
)
def test_columns_that_only_look_like_it_are_not_taken(header, row, role):
    assert role not in guessed(f"{header}\n{row}\n").columns


def test_an_isin_in_a_name_is_that_of_the_instrument_if_it_is_one():
    table = (
        "Date,Type,Security,Units,Amount\n"
        "2024-01-02,Buy,World Fund (ISIN: IE00BK5BQT80),2,-20\n"
        "2024-01-03,Buy,World Fund IE00BK5BQT81,1,-10\n"
    )
    first, second = (one.security for one in read(table, currency="EUR"))
    assert (first.isin, first.name) == ("IE00BK5BQT80", "World Fund")
    assert (second.isin, second.name) == ("", "World Fund IE00BK5BQT81")


def test_a_sentence_is_text_below_the_table_unless_it_has_a_figure():
    table = PAIRS + (
        "2024-01-02 10:00:00,BTC/EUR,BUY,0.5,40000,,\n"
        * 8
        + "Prices are those of the day,as we know them,so that,those of 2023 are,old,,\n"
        "The sum of all is,,,5,,,\n"
    )
    *bought, aside, total = read(table, currency="EUR")
    assert {one.kind for one in bought} == {Kind.BUY}
    assert isinstance(aside, Ignored)
    assert isinstance(total, Rejected)


def test_a_trade_that_is_taken_back_is_told_by_its_units():
    table = (
        "Date;Order;ISIN;Units;Amount\n"
        "2024-01-02;Kauf;IE00BK5BQT80;2;20\n"
        "2024-01-03;Storno Kauf;IE00BK5BQT80;-2;-20\n"
        "2024-01-04;Kauf cancelled;IE00BK5BQT80;3;30\n"
    )
    bought, back, ignored = read(table, currency="EUR")
    assert (back.kind, back.quantity, back.amount) == (Kind.SELL, bought.quantity, 20)
    assert (bought.external_id, back.external_id) == ("", "cancels")
    assert isinstance(ignored, Ignored)
