"""What a mapping makes of rows with two assets: trades, what only came or only went, fees, refusals."""

from decimal import Decimal

import pytest

from pricing.readers import Source
from transactions.importers.base import Ignored, Outcome, ParsedTransaction, Rejected
from transactions.importers.layouts import EXCHANGE, IGNORE, MONEY, TOLD, TRADE, Layout, Role
from transactions.importers.mapped import Mapped
from transactions.kinds import Kind

ROLES = (
    *(Role.DATE, Role.TYPE, Role.UNITS_OUT, Role.ASSET_OUT, Role.UNITS_IN, Role.ASSET_IN),
    *(
        Role.FEE,
        Role.FEE_CURRENCY,
        Role.AMOUNT,
        Role.CURRENCY,
        Role.PAID_IN,
        Role.PAID_OUT,
        Role.ID,
    ),
)
MEANINGS = (*(kind.value for kind in Kind), IGNORE, TRADE, MONEY, EXCHANGE, TOLD)
KINDS = {meaning.casefold(): meaning for meaning in MEANINGS}


def read(meaning: str, *cells: str, currency: str = "EUR", **changes: bool) -> list[Outcome]:
    """The outcomes of one row of that meaning: out, in, fee, worth, each an amount and its asset."""
    header = tuple(role.value for role in ROLES)
    columns = {role: place for place, role in enumerate(ROLES)}
    layout = Layout(header, columns, currency=currency, kinds=KINDS, **changes)
    pairs = [part for cell in (*cells, "", "", "", "")[:4] for part in f"{cell} ".split(" ")[:2]]
    row = ",".join(["2024-01-02", meaning, *pairs, "", "", "T1"])
    text = f"{','.join(header)}\n{row}\n"
    return list(Mapped("1", "Mine", layout).parse(Source("x.csv", text.encode())))


def told(outcomes: list[Outcome]) -> list[str]:
    """Each transaction in a few words: kind, units, amount, fee."""
    return [_told(one) for one in outcomes]


def _told(one: Outcome) -> str:
    if not isinstance(one, ParsedTransaction):
        return one.rule if isinstance(one, Ignored) else str(one)
    units = f"{one.quantity} {one.security.ticker}" if one.security else ""
    amount = "" if one.amount is None else f"{one.amount} {one.currency}"
    fee = f"fee {one.fee} {one.fee_currency}".strip() if one.fee else ""
    return " ".join(part for part in (one.kind.value, units, amount, fee) if part)


def reason(meaning: str, *cells: str, **changes: bool) -> str:
    (outcome,) = read(meaning, *cells, **changes)
    assert isinstance(outcome, Rejected), outcome
    return outcome.reason


@pytest.mark.parametrize(
    "meaning", ["told", "trade", "money", "exchange", "buy", "sell", "transfer_in", "transfer_out"]
)
def test_two_assets_are_a_trade_whatever_it_is_called(meaning: str) -> None:
    assert told(read(meaning, "100 EUR", "2 BTC")) == ["BUY 2 BTC 100 EUR"]
    assert told(read(meaning, "2 BTC", "100 USD")) == ["SELL 2 BTC 100 USD"]
    swap = read(meaning, "2 BTC", "30 ETH", "", "900 USD")
    assert told(swap) == ["SELL 2 BTC 900 USD", "BUY 30 ETH 900 USD"]
    assert {one.group for one in swap} == {"swap-2"}
    conversion = read(meaning, "100 EUR", "109 USD")
    assert told(conversion) == ["TRANSFER_OUT 100 EUR", "TRANSFER_IN 109 USD"]
    assert {one.group for one in conversion} == {"swap-2"}


def test_row_keeps_its_id_its_day_and_its_word() -> None:
    (bought,) = read("buy", "100 EUR", "2 BTC")
    assert (bought.external_id, bought.has_time, bought.description) == ("T1", False, "buy")


def test_purchase_by_card_brings_its_money_and_a_sale_to_the_bank_takes_it() -> None:
    assert told(read("deposit", "100 EUR", "2 BTC", "1 EUR")) == [
        "DEPOSIT 101 EUR",
        "BUY 2 BTC 100 EUR fee 1",
    ]
    assert told(read("withdrawal", "2 BTC", "100 EUR", "1 EUR")) == [
        "SELL 2 BTC 100 EUR fee 1",
        "WITHDRAWAL 99 EUR",
    ]
    assert told(read("deposit", "2 BTC", "30 ETH")) == ["SELL 2 BTC", "BUY 30 ETH"]


@pytest.mark.parametrize(
    ("meaning", "into", "expected"),
    [
        ("told", "5 EUR", "DEPOSIT 5 EUR"),
        ("money", "5 BTC", "TRANSFER_IN 5 BTC"),
        ("deposit", "5 BTC", "TRANSFER_IN 5 BTC"),
        ("transfer_in", "5 EUR", "DEPOSIT 5 EUR"),
        ("staking", "5 BTC", "STAKING 5 BTC 9 EUR"),
        ("interest", "5 BTC", "STAKING 5 BTC 9 EUR"),
        ("interest", "5 EUR", "INTEREST 5 EUR"),
        ("dividend", "5 BTC", "AIRDROP 5 BTC 9 EUR"),
        ("airdrop", "5 BTC", "AIRDROP 5 BTC 9 EUR"),
        ("mining", "5 BTC", "MINING 5 BTC 9 EUR"),
        ("buy", "5 BTC", "BUY 5 BTC 9 EUR"),
        ("trade", "5 BTC", "BUY 5 BTC 9 EUR"),
        ("fee", "5 EUR", "FEE -5 EUR"),
        ("tax", "5 EUR", "TAX -5 EUR"),
    ],
)
def test_what_only_came_is_what_its_word_says(meaning: str, into: str, expected: str) -> None:
    assert told(read(meaning, "", into, "", "9 EUR")) == [expected]


@pytest.mark.parametrize(
    ("meaning", "out", "expected"),
    [
        ("told", "5 EUR", "WITHDRAWAL 5 EUR"),
        ("money", "5 BTC", "TRANSFER_OUT 5 BTC"),
        ("withdrawal", "5 BTC", "TRANSFER_OUT 5 BTC"),
        ("transfer_out", "5 EUR", "WITHDRAWAL 5 EUR"),
        ("sell", "5 EUR", "WITHDRAWAL 5 EUR"),
        ("sell", "5 BTC", "SELL 5 BTC 9 EUR"),
        ("trade", "5 BTC", "SELL 5 BTC 9 EUR"),
        ("fee", "5 EUR", "FEE 5 EUR"),
        ("fee", "5 BTC", "FEE 5 BTC 9 EUR"),
        ("tax", "5 EUR", "TAX 5 EUR"),
        ("tax", "5 BTC", "FEE 5 BTC 9 EUR"),
        ("interest", "5 EUR", "INTEREST -5 EUR"),
        ("interest", "5 BTC", "FEE 5 BTC 9 EUR"),
    ],
)
def test_what_only_went_is_what_its_word_says(meaning: str, out: str, expected: str) -> None:
    assert told(read(meaning, out, "", "", "9 EUR")) == [expected]


@pytest.mark.parametrize(
    ("meaning", "cells", "says"),
    [
        ("withdrawal", ["", "5 BTC"], "means Withdrawal, but only 5 BTC came in"),
        ("trade", ["", "5 BTC"], "means Trade, but only 5 BTC came in"),
        ("buy", ["", "5 EUR"], "means Buy, but only 5 EUR came in"),
        ("fee", ["", "5 BTC"], "means Fee, but only 5 BTC came in"),
        ("deposit", ["5 BTC", ""], "means Deposit, but only 5 BTC went out"),
        ("exchange", ["5 EUR", ""], "means Exchange of currency, but only 5 EUR went out"),
        ("split", ["5 BTC", ""], "means Split, but only 5 BTC went out"),
        ("staking", ["5 BTC", "6 ETH"], "means Staking reward, but 5 BTC went out for 6 ETH"),
    ],
)
def test_row_that_its_word_contradicts_is_rejected(
    meaning: str, cells: list[str], says: str
) -> None:
    assert reason(meaning, *cells) == f"“{meaning}” {says}; give it another meaning"


def test_cells_that_cannot_be_understood_say_why() -> None:
    assert reason("told", "5") == "the coin or currency of the amount 5 is missing"
    says = "the amount -5 has a minus; say that what leaves has one"
    assert reason("told", "-5 BTC", is_signed=False) == says
    assert reason("told", "", "-5 BTC") == "the amount -5 came in, and has a minus"
    assert reason("told", "x BTC").startswith("units_out: ")
    assert reason("told", f"5 {'X' * 41}") == f"“{'X' * 40}…” is no coin or currency"
    says = "“BTC” is no currency that the row could be worth something in"
    assert reason("told", "5 ETH", "", "", "1 BTC") == says
    assert reason("other", "5 BTC").startswith("the type “other” has no meaning")


def test_what_leaves_may_have_a_minus() -> None:
    assert told(read("told", "-5 BTC", is_signed=True)) == ["TRANSFER_OUT 5 BTC"]
    assert told(read("told", "5 BTC", is_signed=True)) == ["TRANSFER_OUT 5 BTC"]


def test_rows_of_nothing_are_ignored_and_a_fee_alone_is_one() -> None:
    assert told(read("told")) == ["neither side has an amount"]
    assert told(read("trade", "0 EUR", "0 BTC")) == ["neither side has an amount"]
    assert told(read("told", "", "", "2 EUR")) == ["FEE 2 EUR"]
    assert told(read("told", "", "", "2 BNB")) == ["FEE 2 BNB"]
    assert told(read("ignore", "5 BTC")) == ["the type “ignore”, which the mapping leaves out"]


def test_trade_for_0_is_one_for_nothing_and_a_blank_side_is_none() -> None:
    assert told(read("trade", "3 XYZ", "0 USD", "1 USD")) == ["SELL 3 XYZ 0 USD fee 1"]
    assert told(read("buy", "0 BTC", "3 XYZ")) == ["BUY 3 XYZ 0 EUR"]
    assert told(read("trade", "3 USD", "0.00 BTC")) == ["FEE 3 USD"]
    assert told(read("sell", "3 XYZ", "0")) == ["SELL 3 XYZ"]
    assert told(read("deposit", "0 EUR", "3 XYZ")) == ["TRANSFER_IN 3 XYZ"]


def test_one_asset_on_both_sides_is_a_move_between_own_wallets_but_for_what_was_lost() -> None:
    assert told(read("told", "5 BTC", "5 BTC")) == ["transfer between own wallets"]
    assert told(read("trade", "5 BTC", "4.9 BTC")) == ["FEE 0.1 BTC"]
    assert told(read("money", "5 BTC", "4.9 BTC", "0.1 BTC")) == ["FEE 0.1 BTC"]
    assert told(read("money", "5 EUR", "5 EUR", "1 EUR")) == ["FEE 1 EUR"]
    assert reason("money", "5 BTC", "6 BTC") == "more BTC came in, 6, than went out"


def test_one_asset_on_both_sides_came_or_went_where_the_word_says_it() -> None:
    assert told(read("deposit", "5 BTC", "4 BTC")) == ["TRANSFER_IN 4 BTC"]
    assert told(read("staking", "5 BTC", "5 BTC")) == ["STAKING 5 BTC"]
    assert told(read("withdrawal", "5 BTC", "5 BTC")) == ["TRANSFER_OUT 5 BTC"]
    assert told(read("fee", "5 EUR", "5 EUR")) == ["FEE 5 EUR"]


@pytest.mark.parametrize(
    ("cells", "on_top", "within"),
    [
        (["100 EUR", "2 BTC", "1 EUR"], ["BUY 2 BTC 100 EUR fee 1"], ["BUY 2 BTC 99 EUR fee 1"]),
        (["2 BTC", "100 EUR", "1 EUR"], ["SELL 2 BTC 100 EUR fee 1"], ["SELL 2 BTC 101 EUR fee 1"]),
        (["100 EUR", "2 BTC", "1 BTC"], ["BUY 1 BTC 100 EUR"], ["BUY 2 BTC 100 EUR"]),
        (["2 BTC", "100 EUR", "1 BTC"], ["SELL 3 BTC 100 EUR"], ["SELL 2 BTC 100 EUR"]),
        (["2 BTC", "100 EUR", "1 USD"], ["SELL 2 BTC 100 EUR fee 1 USD"], None),
        (["2 BTC", "100 EUR", "1 BNB"], ["SELL 2 BTC 100 EUR", "FEE 1 BNB"], None),
        (["2 BTC", "", "1 BTC"], ["TRANSFER_OUT 2 BTC", "FEE 1 BTC"], ["TRANSFER_OUT 1 BTC", "FEE 1 BTC"]),
        (["20 EUR", "", "1 EUR"], ["WITHDRAWAL 20 EUR fee 1"], ["WITHDRAWAL 19 EUR fee 1"]),
        (["", "20 EUR", "1 EUR"], ["DEPOSIT 20 EUR fee 1"], ["DEPOSIT 21 EUR fee 1"]),
        (["", "2 BTC", "1 BTC"], ["TRANSFER_IN 2 BTC", "FEE 1 BTC"], ["TRANSFER_IN 2 BTC"]),
        (["", "2 BTC", "1 EUR"], ["TRANSFER_IN 2 BTC fee 1"], None),
    ],
)  # fmt: skip
def test_fee_comes_on_top_or_is_in_the_amounts(
    cells: list[str], on_top: list[str], within: list[str] | None
) -> None:
    assert told(read("told", *cells)) == on_top
    assert told(read("told", *cells, has_fees=True)) == (within or on_top)


def test_fee_is_less_than_the_amount_that_it_is_in() -> None:
    says = "the fee 5 BTC is not less than the amount it is in"
    assert reason("told", "5 BTC", "", "5 BTC", has_fees=True) == says


def test_worth_of_each_side_may_have_a_column_of_its_own() -> None:
    roles = (Role.DATE, Role.UNITS_OUT, Role.ASSET_OUT, Role.UNITS_IN, Role.ASSET_IN)
    roles = (*roles, Role.PAID_OUT, Role.PAID_IN, Role.FEE)
    columns = {role: place for place, role in enumerate(roles)}
    layout = Layout(tuple(roles), columns, currency="GBX")
    rows = "2024-01-02,1,BTC,20,eth,900,,\n2024-01-02,1 BTC,,20,ETH;17,,0,5\n"
    text = f"{','.join(roles)}\n{rows}"
    mapped = Mapped("1", "Mine", layout)
    assert told(list(mapped.parse(Source("x.csv", text.encode())))) == [
        "SELL 1 BTC 9.00 GBP",
        "BUY 20 ETH 9.00 GBP",
        # Without a column for its currency a fee is in that of the rows.
        "SELL 1 BTC fee 5",
        "BUY 20 ETH",
    ]
    # Without types every row of money is a deposit or withdrawal.
    assert mapped.tracks_cash


def test_worth_of_0_is_none_and_one_with_a_minus_is_one() -> None:
    assert told(read("staking", "", "5 BTC", "", "0 EUR")) == ["STAKING 5 BTC"]
    assert told(read("staking", "", "5 BTC", "", "-9 EUR")) == ["STAKING 5 BTC 9 EUR"]


@pytest.mark.parametrize(
    ("amount", "asset"),
    [("2 BTC", "BTC"), ("2BTC", "BTC"), ("0.5 stETH", "stETH"), ("5 1INCH", "1INCH"), ("5", "")],
)
def test_asset_may_stand_beside_its_amount_in_one_cell(amount: str, asset: str) -> None:
    columns = {Role.DATE: 0, Role.UNITS_OUT: 1, Role.ASSET_OUT: 1, Role.UNITS_IN: 2}
    layout = Layout(("d", "o", "i"), {**columns, Role.ASSET_IN: 2}, currency="EUR")
    source = Source("x.csv", f"d,o,i\n2024-01-02,{amount},\n".encode())
    (outcome,) = Mapped("1", "Mine", layout).parse(source)
    if asset:
        assert outcome.security.ticker == asset
    else:
        assert outcome.reason == "the coin or currency of the amount 5 is missing"


def test_balance_in_such_a_table_is_of_nothing_that_is_known() -> None:
    header = "Date,Out,Of,In,For,Balance"
    roles = (Role.DATE, Role.UNITS_OUT, Role.ASSET_OUT, Role.UNITS_IN, Role.ASSET_IN, Role.BALANCE)
    columns = {role: place for place, role in enumerate(roles)}
    layout = Layout(tuple(header.split(",")), columns, currency="EUR")
    source = Source("x.csv", f"{header}\n2024-01-02,,,5,BTC,5\n".encode())
    (moved,) = Mapped("1", "Mine", layout).parse(source)
    assert (moved.kind, moved.quantity) == (Kind.TRANSFER_IN, Decimal(5))


def test_cash_is_tracked_where_payments_are_told() -> None:
    columns = {role: place for place, role in enumerate(ROLES)}
    header = tuple(role.value for role in ROLES)
    for kinds, has_all in (({"a": "told"}, True), ({"a": "trade"}, False)):
        layout = Layout(header, columns, currency="EUR", kinds=kinds)
        assert Mapped("1", "Mine", layout).tracks_cash is has_all
