"""What a mapping makes of single rows: signs, charges, units, coins and money, and what it refuses."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from pricing.readers import Source
from transactions.importers.base import Ignored, ParsedTransaction, Rejected, Security
from transactions.importers.free_dates import DateOrder
from transactions.importers.layouts import IGNORE, MONEY, SIDES, TRADE, Layout, Role
from transactions.importers.mapped import Mapped
from transactions.kinds import Kind

COLUMNS = {role: place for place, role in enumerate(Role) if role not in SIDES}
HEADER = tuple(role.value for role in Role)
KINDS = {kind.value.casefold(): kind.value for kind in Kind} | {
    "order": TRADE,
    "cash": MONEY,
    "memo": IGNORE,
}


def read(is_signed: bool = False, has_fees: bool = False, **cells: str):
    """The outcome of one row with a column for every role."""
    layout = Layout(
        HEADER, COLUMNS, is_signed=is_signed, has_fees=has_fees, currency="EUR", kinds=KINDS
    )
    row = ",".join({"date": "2024-01-02", **cells}.get(role, "") for role in Role)
    (outcome,) = Mapped("1", "Mine", layout).parse(
        Source("x", f"{','.join(HEADER)}\n{row}\n".encode())
    )
    return outcome


def understood(**cells) -> ParsedTransaction:
    outcome = read(**cells)
    assert isinstance(outcome, ParsedTransaction), outcome
    return outcome


def reason(**cells) -> str:
    outcome = read(**cells)
    assert isinstance(outcome, Rejected), outcome
    return outcome.reason


def test_every_cell_finds_its_field():
    found = understood(
        time="10:11:12Z", type="Buy", ticker="AAA", isin="de0007164600", name="A plc", quantity="3",
        price="50", amount="150", currency="GBX", fee="-10", tax="5", fx_rate="1.17", id="T1",
        description="limit order",
    )  # fmt: skip
    assert found == ParsedTransaction(
        line=2,
        when=datetime(2024, 1, 2, 10, 11, 12, tzinfo=UTC),
        kind=Kind.BUY,
        currency="GBP",
        amount=Decimal("1.50"),
        security=Security("AAA", "DE0007164600", "A plc"),
        quantity=Decimal(3),
        price=Decimal("0.50"),
        fee=Decimal("0.10"),
        tax=Decimal("0.05"),
        fx_rate=Decimal("1.17"),
        external_id="T1",
        description="limit order",
    )


@pytest.mark.parametrize(
    ("kind", "stated", "gross"),
    [
        ("BUY", "-103", 100),
        ("SELL", "97", 100),
        ("DIVIDEND", "97", 100),
        ("DIVIDEND", "-103", -100),
        ("FEE", "-13", 10),
        ("DEPOSIT", "97", 100),
        ("WITHDRAWAL", "-103", 100),
    ],
)
def test_charges_in_a_signed_amount_are_taken_out(kind, stated, gross):
    found = understood(
        is_signed=True, has_fees=True, type=kind, ticker="AAA", quantity="1", amount=stated,
        fee="2", tax="1",
    )  # fmt: skip
    assert (found.kind, found.amount, found.fee, found.tax) == (Kind(kind), gross, 2, 1)


@pytest.mark.parametrize("word", ["order", "cash"])
@pytest.mark.parametrize("is_signed", [True, False])
def test_where_the_sign_tells_the_type_the_amount_is_a_size(word, is_signed):
    found = understood(is_signed=is_signed, type=word, amount="-30")
    assert (found.kind, found.amount) == (Kind.WITHDRAWAL, 30)
    found = understood(is_signed=is_signed, type=word, amount="30")
    assert (found.kind, found.amount) == (Kind.DEPOSIT, 30)


def test_a_trade_without_an_amount_is_quantity_times_price():
    found = understood(
        type="sell", ticker="AAA", quantity="-4", price="2.5", fee="1", has_fees=True
    )
    assert (found.quantity, found.amount, found.fee) == (4, 10, 1)


def test_a_purchase_without_any_money_has_an_unknown_cost():
    assert understood(type="buy", ticker="AAA", quantity="4").amount is None


def test_a_negative_purchase_is_not_taken_for_a_purchase():
    assert reason(type="buy", ticker="AAA", quantity="-4", amount="9") == (
        "the quantity -4 of a purchase is negative; let the sign tell what “buy” means"
    )


def test_units_of_a_split_keep_their_sign():
    found = understood(type="split", ticker="AAA", quantity="-90", amount="0")
    assert (found.quantity, found.amount) == (-90, 0)


@pytest.mark.parametrize("kind", ["FEE", "TAX", "INTEREST", "DEPOSIT", "WITHDRAWAL"])
def test_money_with_a_number_of_shares_beside_it_moves_no_shares(kind):
    found = understood(type=kind, ticker="AAA", quantity="100", amount="5")
    assert (found.kind, found.amount, found.quantity) == (Kind(kind), 5, None)


def test_a_fee_of_coins_is_paid_in_coins():
    found = understood(type="fee", ticker="BNB", quantity="0.1")
    assert (found.security, found.quantity, found.amount) == (
        Security("BNB"),
        Decimal("0.1"),
        None,
    )


@pytest.mark.parametrize("kind", ["FEE", "INTEREST", "TRANSFER_OUT", "DEPOSIT"])
def test_a_text_in_the_column_of_names_makes_no_instrument_of_money(kind):
    found = understood(type=kind, name="Safe custody", amount="5")
    assert (found.security, found.description) == (None, "Safe custody")


@pytest.mark.parametrize(
    ("word", "units", "kind"),
    [
        ("deposit", "0.5", Kind.TRANSFER_IN),
        ("withdrawal", "0.5", Kind.TRANSFER_OUT),
        ("cash", "-0.5", Kind.TRANSFER_OUT),
    ],
)
def test_deposits_of_coins_are_transfers_without_a_known_cost(word, units, kind):
    found = understood(type=word, ticker="BTC", quantity=units)
    assert (found.kind, found.security, found.quantity, found.amount) == (
        kind,
        Security("BTC"),
        Decimal("0.5"),
        None,
    )


@pytest.mark.parametrize("is_signed", [True, False])
def test_deposits_of_a_currency_in_the_column_of_coins_are_money(is_signed):
    for word, units, kind in (("deposit", "50", "DEPOSIT"), ("withdrawal", "-50", "WITHDRAWAL")):
        found = understood(is_signed=is_signed, type=word, ticker="usd", quantity=units)
        assert (found.kind, found.security, found.quantity, found.amount, found.currency) == (
            Kind(kind),
            None,
            None,
            50,
            "USD",
        )


def test_units_that_arrive_at_zero_have_an_unknown_cost():
    found = understood(type="transfer_in", ticker="AAA", quantity="3", amount="0")
    assert (found.quantity, found.amount) == (3, None)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"type": "gift"}, "the type “gift” has no meaning in the mapping “Mine” yet; give it one"),
        ({"type": "order"}, "there is neither a quantity nor an amount whose sign tells the type"),
        ({"type": "buy", "quantity": "1", "amount": "2"}, "BUY needs a ticker or an ISIN"),
        ({"type": "buy", "ticker": "A", "amount": "2"}, "BUY needs a quantity other than zero"),
        ({"type": "dividend", "ticker": "A"}, "DIVIDEND needs an amount"),
        ({"type": "fee", "amount": "x"}, "amount: “x” is not a number"),
        ({"type": "fee", "amount": "5", "currency": "?"}, "“?” is not a currency"),
        ({"type": "buy", "isin": "DE1", "quantity": "1"}, "“DE1” is not an ISIN"),
        (
            {"type": "fee", "amount": "5", "date": "2024-13-01"},
            "“2024-13-01” is not a date in the order year, month, day",
        ),
        (
            {"type": "fee", "amount": "5", "time": "25:00"},
            "“2024-01-02 25:00” is not a date in the order year, month, day",
        ),
    ],
)
def test_what_cannot_be_understood_says_why(cells, expected):
    assert reason(**cells) == expected


def test_a_word_that_is_left_out_is_named():
    assert read(type="Memo") == Ignored(2, "the type “Memo”, which the mapping leaves out")


def test_a_record_cut_short_reads_as_blank_cells():
    layout = Layout(
        ("d", "a", "c"),
        {Role.DATE: 0, Role.AMOUNT: 1, Role.CURRENCY: 2},
        DateOrder.YEAR_FIRST,
        currency="EUR",
    )
    (found,) = Mapped("1", "Mine", layout).parse(Source("x", b"d,a,c\n2024-01-02,5\n"))
    assert (found.kind, found.amount, found.currency) == (Kind.DEPOSIT, 5, "EUR")
