"""How the columns of tables with two assets in a row are guessed, and which tables are none."""

import pytest

from pricing.readers import Source
from transactions.importers.guessing import find_table, guess
from transactions.importers.guessing_two_assets import kinds_of
from transactions.importers.layouts import Layout, Role

ROWS = """
2024-01-02,buy,100,EUR,2,BTC,1,EUR
2024-01-03,sell,1,BTC,60,EUR,,
2024-01-04,deposit,,,5,BTC,,
2024-01-05,withdrawal,5,BTC,,,,
"""
SIDES = {"units_out": 2, "asset_out": 3, "units_in": 4, "asset_in": 5}
FEES = {"fee": 6, "fee_currency": 7}


def guessed(text: str) -> Layout:
    table = find_table(Source("x.csv", text.encode()))
    assert table is not None
    return guess(table)


def columns(text: str) -> dict[str, int]:
    return {role.value: place for role, place in guessed(text).columns.items()}


@pytest.mark.parametrize(
    "names",
    [
        "Sent Amount,Sent Currency,Received Amount,Received Currency,Fee Amount,Fee Currency",
        "Sell Qty,Sell Coin,Buy Qty,Buy Coin,Commission,Commission asset",
        "Amount out,Asset out,Amount in,Asset in,Fee,Fee asset",
        "OUTAMOUNT,OUTCURRENCY,INAMOUNT,INCURRENCY,FEEAMOUNT,FEECURRENCY",
        "fromAmount,fromToken,toAmount,toToken,feeAmount,feeToken",
        "Paid amount (spent),Coin (spent),Amount (acquired),Coin (acquired),Fee,Fee coin",
        "Sell,Cur.,Buy,Cur.,Fee,Cur.",
        "Sent,Coin,Received,Coin,Fee,Coin",
        "Gesendete Menge gesendet,Währung gesendet,Menge erhalten,Währung erhalten,Gebühr,Gebühr Währung",
        "Montant envoyé,Jeton envoyé,Montant reçu,Jeton reçu,Frais,Jeton des frais",
        "Cantidad enviada,Moneda enviada,Cantidad recibida,Moneda recibida,Comisión,Moneda comisión",
        "Bedrag verzonden,Munt verzonden,Bedrag ontvangen,Munt ontvangen,Kosten,Munt kosten",
        # By the words of rows with one side.
        "A,B,C,D,Fee,Fee currency",
    ],
)  # fmt: skip
def test_sides_are_known_by_their_names(names: str) -> None:
    found = columns(f"Date,Type,{names}{ROWS}")
    assert found == {"date": 0, "type": 1, **SIDES, **FEES}


def test_codes_may_stand_before_their_amounts() -> None:
    text = "Date,Type,A,B,C,D\n" + "".join(
        f"2024-01-0{day},{row}\n"
        for day, row in enumerate(
            ["trade,EUR,100,BTC,2", "trade,BTC,1,EUR,60", "deposit,,,EUR,5", "withdrawal,BTC,1,,"],
            1,
        )
    )
    expected = {"asset_out": 2, "units_out": 3, "asset_in": 4, "units_in": 5}
    assert columns(text) == {"date": 0, "type": 1, **expected}


def test_signs_tell_the_sides_apart_where_names_do_not() -> None:
    rows = "2024-01-02,2,BTC,-100,EUR\n2024-01-03,60,EUR,-1,BTC\n2024-01-04,5,EUR,,\n"
    found = guessed(f"Date,A,B,C,D\n{rows}")
    assert found.columns == {
        Role.DATE: 0,
        Role.UNITS_IN: 1,
        Role.ASSET_IN: 2,
        Role.UNITS_OUT: 3,
        Role.ASSET_OUT: 4,
    }
    assert found.is_signed
    with_plus = guessed(f"Date,A,B,C,D\n{rows}2024-01-05,1,EUR,5,BTC\n")
    assert not with_plus.has_two_assets


@pytest.mark.parametrize(
    ("names", "rows"),
    [
        # One asset a row, and its money, which comes and goes.
        (
            "Date,Type,Units,Coin,Money,Currency",
            ["buy,2,BTC,100,EUR", "deposit,,,5,EUR", "withdrawal,,,5,EUR", "deposit,1,BTC,,"],
        ),
        # Only trades: nothing says which side came.
        ("Date,A,B,C,D", ["2,BTC,100,EUR", "1,EUR,2,BTC"]),
        # Of shares.
        ("Date,ISIN,Sell amount,Sell coin,Buy amount,Buy coin", ["IE00BK5BQT80,5,EUR,6,USD"]),
        ("Date,Ticker,Debit amount,Debit coin,Credit amount,Credit coin", ["AAA,5,EUR,,"]),
        # No currency of the sides.
        ("Date,Sent amount,Received amount,Currency", ["5,,EUR", ",6,EUR"]),
        # Names without cells.
        ("Date,Sent amount,Sent asset,Received amount,Received asset,Amount", [",,,,5"]),
    ],
)
def test_other_tables_are_none_of_two_assets(names: str, rows: list[str]) -> None:
    text = "\n".join([names, *(f"2024-01-02,{row}" for row in rows)])
    assert not guessed(f"{text}\n").has_two_assets


def test_pair_beside_the_sides_says_nothing_else() -> None:
    names = "Pair,Sell amount,Sell coin,Buy amount,Buy coin"
    found = columns(f"Date,{names}\n2024-01-02,BTC-EUR,100,EUR,2,BTC\n")
    assert found == {"date": 0, **SIDES}


def test_place_by_the_name_of_a_side_is_none() -> None:
    names = "Date,Destination,Destination amount,Destination currency,Origin,Origin amount,Origin currency"
    found = columns(f"{names}\n2024-01-02,wallet,2,BTC,bank,100,EUR\n")
    assert found == {"date": 0, "units_in": 2, "asset_in": 3, "units_out": 5, "asset_out": 6}


@pytest.mark.parametrize(
    ("names", "worths", "currency"),
    [
        ("Buy value in GBP,Sell value in GBP", {"paid_in": 5, "paid_out": 6}, "GBP"),
        ("Value (USD),Other", {"amount": 5}, "USD"),
        ("Net worth amount,Net worth currency", {"amount": 5, "currency": 6}, "EUR"),
        # A price is no worth, and without a worth its currency is of nothing.
        ("Price of amount,Price currency", {}, "EUR"),
    ],
)
def test_worth_of_the_sides(names: str, worths: dict[str, int], currency: str) -> None:
    side = "Sent amount,Sent asset,Received amount,Received asset"
    last = "CHF" if "urrency" in names else "7"
    text = f"Date,{side},{names}\n2024-01-02,1,BTC,20,ETH,900,{last}\n2024-01-02,1,EUR,2,ETH,,\n"
    found = guessed(text)
    sides = {"units_out": 1, "asset_out": 2, "units_in": 3, "asset_in": 4}
    assert columns(text) == {"date": 0, **sides, **worths}
    assert found.currency == currency


def test_coins_alone_are_in_no_currency() -> None:
    side = "Sent amount,Sent asset,Received amount,Received asset"
    assert guessed(f"Date,{side}\n2024-01-02,1,BTC,20,ETH\n").currency == ""


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("Label", {"type": 5}),
        ("Tag", {"type": 5}),
        ("Type,Label", {"type": 5, "subtype": 6}),
        ("Label,Type", {"type": 6, "subtype": 5}),
        ("Type,Status,Label", {"type": 5, "subtype": 6, "description": 7}),
        ("classification (optional)", {"type": 5}),
    ],
)
def test_label_is_the_type_or_says_more_of_it(names: str, expected: dict[str, int]) -> None:
    side = "Date,Sent amount,Sent asset,Received amount,Received asset"
    rest = "reward,x,x"[: 2 * names.count(",") + 6]
    found = columns(f"{side},{names}\n2024-01-02,,,20,ETH,{rest}\n")
    assert {role: place for role, place in found.items() if place >= 5} == expected


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("", "told"),
        ("trade", "trade"),
        ("purchase/sale", "trade"),
        ("buy", "BUY"),
        ("staking-reward", "STAKING"),
        ("deposit staked", "STAKING"),
        ("deposit to exchange", "DEPOSIT"),
        ("gift_received", "money"),
        ("theft loss", "money"),
        ("fee rebate", "AIRDROP"),
        ("margin-fee", "FEE"),
        ("interest_paid", "INTEREST"),
        ("merchant payment", "SELL"),
        ("hard fork", "AIRDROP"),
        ("stake", "ignore"),
        ("unstake", "ignore"),
        ("in failed", "ignore"),
        ("funding fee", "FEE"),
        ("fiat funding", "money"),
        ("einzahlung", "DEPOSIT"),
        ("auszahlung", "WITHDRAWAL"),
        ("receive", "TRANSFER_IN"),
        ("something", None),
    ],
)
def test_words_mean_what_trackers_mean_by_them(word: str, meaning: str | None) -> None:
    assert kinds_of([word]).get(word) == meaning


@pytest.mark.parametrize(
    ("row", "is_in"),
    [("1.1,BTC,1,BTC,0.1,BTC", True), ("1,BTC,1,BTC,0.1,BTC", False), ("1,BTC,1,BTC,x,BTC", False)],
)
def test_fee_that_did_not_arrive_was_in_what_went(row: str, is_in: bool) -> None:
    names = "Sent amount,Sent asset,Received amount,Received asset,Fee amount,Fee asset"
    other = "2024-01-03,1,EUR,2,ETH,0.1,BTC\n" * 4
    assert guessed(f"Date,{names}\n2024-01-02,{row}\n{other}").has_fees is is_in


def test_asset_in_the_cell_of_its_amount_is_that_column() -> None:
    found = guessed("Date,Sell,Buy\n2024-01-02,100 EUR,2 BTC\n2024-01-03,1 BTC,20 ETH\n")
    assert found.columns == {
        Role.DATE: 0,
        Role.UNITS_OUT: 1,
        Role.UNITS_IN: 2,
        Role.ASSET_OUT: 1,
        Role.ASSET_IN: 2,
    }
    assert found.currency == "EUR"


def test_amount_after_fees_is_no_fee() -> None:
    names = "Source fee,Source amount (after fees),Source coin,Target amount excl. fee,Target coin"
    found = columns(f"Date,{names}\n2024-01-02,1,100,EUR,2,BTC\n")
    sides = {"units_out": 2, "asset_out": 3, "units_in": 4, "asset_in": 5}
    assert found == {"date": 0, "fee": 1, **sides}


@pytest.mark.parametrize(
    ("status", "other", "meaning"),
    [
        ("", "100,EUR,2,BTC", "trade"),
        ("", "100,EUR,,", None),
        ("Completed", "100,EUR,2,BTC", "trade"),
        ("Processing", "100,EUR,2,BTC", None),
        ("Expired", "100,EUR,2,BTC", "ignore"),
    ],
)
def test_word_of_rows_with_both_sides_is_a_trade_unless_its_status_is_in_doubt(
    status: str, other: str, meaning: str | None
) -> None:
    column, cell = (",Status", f",{status}") if status else ("", "")
    side = "Sent amount,Sent asset,Received amount,Received asset"
    rows = "".join(f"2024-01-02,Market{cell},{row}\n" for row in ("1,BTC,20,ETH", other))
    found = guessed(f"Date,Type{column},{side}\n{rows}")
    assert found.kinds.get(f"market {status}".strip().casefold()) == meaning
