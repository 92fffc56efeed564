"""A trade and its cancellation leave nothing but their cash, whichever file either came with."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from itertools import permutations

import pytest
from django.contrib.auth.models import User

from portfolio.ledger_sums import cash, groups
from portfolio.models import Disposal, Lot, Position
from portfolio.verify import verify
from tests.transactions.importers.flex import INTEL_ATTRIBUTES
from transactions import ingest
from transactions.cancellations import are_different, cancelling_id
from transactions.ledger import LedgerRow, edit_transaction
from transactions.merging import merge_instruments
from transactions.models import Account, Import, Transaction
from transactions.undo import undo_import

pytestmark = pytest.mark.django_db

# A is held before; B is bought and cancelled by C; B' is alike but for its hour and its commission,
# which C does not return; S sells after it all.
ROWS = {
    "A": '<Trade {stated} tradeID="1" dateTime="20240102;100000" quantity="4" proceeds="-80"'
    ' tradePrice="20" ibCommission="-1" buySell="BUY" />',
    "B": '<Trade {stated} tradeID="2" transactionID="92" dateTime="20240103;100000" quantity="5"'
    ' proceeds="-150" tradePrice="30" ibCommission="-1" buySell="BUY" />',
    "B'": '<Trade {stated} tradeID="3" transactionID="93" dateTime="20240103;150000" quantity="5"'
    ' proceeds="-150" tradePrice="30" ibCommission="-2" buySell="BUY" />',
    "C": '<Trade {stated} tradeID="4" origTransactionID="92" dateTime="20240105;090000" quantity="-5"'
    ' proceeds="150" tradePrice="30" ibCommission="1" buySell="BUY (Ca.)" />',
    "S": '<Trade {stated} tradeID="5" dateTime="20240109;100000" quantity="-3" proceeds="120"'
    ' tradePrice="40" ibCommission="-1" buySell="SELL" />',
}
CSV_HEADER = (
    '"AssetClass","CurrencyPrimary","Symbol","ISIN","DateTime","TradeDate","Quantity","TradePrice",'
    '"Proceeds","IBCommission","IBCommissionCurrency","Buy/Sell","TradeID","LevelOfDetail"'
)
CSV_ROWS = {
    "A": ("20240102;100000", "20240102", "4", "20", "-80", "-1", "BUY", "1"),
    "B": ("20240103;100000", "20240103", "5", "30", "-150", "-1", "BUY", "2"),
    "B'": ("20240103;150000", "20240103", "5", "30", "-150", "-2", "BUY", "3"),
    "C": ("20240105;090000", "20240103", "-5", "30", "150", "1", "BUY (Ca.)", "4"),
    "S": ("20240109;100000", "20240109", "-3", "40", "120", "-1", "SELL", "5"),
}
ACTIVITY_HEADER = (
    "Trades,Header,DataDiscriminator,Asset Category,Currency,Symbol,Date/Time,Quantity,T. Price,"
    "Proceeds,Comm/Fee,Code"
)
ACTIVITY_ROWS = {
    "A": '"2024-01-02, 10:00:00",4,20,-80,-1,O',
    "B": '"2024-01-03, 10:00:00",5,30,-150,-1,O',
    "B'": '"2024-01-03, 15:00:00",5,30,-150,-2,O',
    "C": '"2024-01-03, 10:00:00",-5,30,150,1,Ca',
    "S": '"2024-01-09, 10:00:00",-3,40,120,-1,C',
}


def flex_xml(names: Iterable[str]) -> bytes:
    stated = f'accountId="U1" currency="USD" levelOfDetail="EXECUTION" {INTEL_ATTRIBUTES}'
    rows = "\n".join(ROWS[name].format(stated=stated) for name in names)
    return (
        '<FlexQueryResponse type="AF"><FlexStatements><FlexStatement accountId="U1">'
        f'<AccountInformation currency="USD" />\n<Trades>\n{rows}\n</Trades>\n'
        "</FlexStatement></FlexStatements></FlexQueryResponse>"
    ).encode()


def flex_csv(names: Iterable[str]) -> bytes:
    lines = []
    for name in names:
        at, day, quantity, price, proceeds, fee, side, id = CSV_ROWS[name]
        figures = [
            "STK",
            "USD",
            "INTC",
            "US4581401001",
            at,
            day,
            quantity,
            price,
            proceeds,
            fee,
            "USD",
        ]
        lines.append(",".join(f'"{cell}"' for cell in [*figures, side, id, "EXECUTION"]))
    return "\n".join([CSV_HEADER, *lines]).encode()


def activity(names: Iterable[str]) -> bytes:
    rows = [f"Trades,Data,Order,Stocks,USD,INTC,{ACTIVITY_ROWS[name]}" for name in names]
    head = "Statement,Header,Field Name,Field Value\nAccount Information,Data,Base Currency,USD"
    return "\n".join([head, ACTIVITY_HEADER, *rows]).encode()


SCHWAB_ROWS = {
    "A": "01/02/2024,Buy,INTC,INTEL CORP,4,$20,$1,-$81",
    "B": "01/03/2024,Buy,INTC,INTEL CORP,5,$30,$1,-$151",
    "B'": "01/03/2024,Buy,INTC,INTEL CORP,5,$30,$2,-$152",
    "C": "01/05/2024,Cancel Buy,INTC,INTEL CORP,5,$30,$1,$151",
    "S": "01/09/2024,Sell,INTC,INTEL CORP,3,$40,$1,$119",
}


def schwab(names: Iterable[str]) -> bytes:
    head = "Date,Action,Symbol,Description,Quantity,Price,Fees & Comm,Amount"
    return "\n".join([head, *(SCHWAB_ROWS[name] for name in names)]).encode()


Writer = Callable[[Iterable[str]], bytes]
FORMATS = [
    pytest.param(flex_xml, id="flex-xml"),
    pytest.param(flex_csv, id="flex-csv"),
    pytest.param(activity, id="activity"),
    pytest.param(schwab, id="schwab"),
]


def take(owner: User, data: bytes) -> Import:
    staged = ingest.stage(owner, "export", data, account_name="Broker", currency="USD")
    (result,) = ingest.run(staged)
    assert not result.conflicts
    assert not result.likely_duplicates
    return Import.objects.get(pk=staged.pk)


def state(owner: User) -> dict[str, object]:
    """What is held, which lots are open, what was gained, and the cash."""
    (account,) = Account.objects.filter(owner=owner)
    assert verify([account]) == []
    positions = Position.objects.filter(account=account)
    return {
        "positions": list(positions.values_list("quantity", "total_cost", "realized_pl")),
        "lots": list(
            Lot.objects.filter(position__account=account)
            .order_by("purchase_date")
            .values_list("purchase_date", "remaining_quantity", "remaining_cost")
        ),
        "gains": list(
            Disposal.objects.filter(lot__position__account=account)
            .order_by("pk")
            .values_list("quantity", "cost", "proceeds", "gain")
        ),
        "cash": cash(groups(Transaction.objects.filter(account=account)))[account.pk, "USD"],
    }


def after(name: str, write: Writer, files: Sequence[Sequence[str]]) -> dict[str, object]:
    owner = User.objects.create(username=name)
    for names in files:
        take(owner, write(names))
    found = state(owner)
    User.objects.filter(pk=owner.pk).update(username=f"{name} {owner.pk}")
    return found


@pytest.mark.parametrize("write", FORMATS)
def test_overlapping_files_leave_what_one_file_leaves(write: Writer) -> None:
    for parts in (
        ["AB", "ABC"], ["AB", "C"], ["AB", "BC"], ["ABC", "B"], ["ABC", "C"], ["ABC", "ABC"],
        ["AB", "BC", "S"], ["ABS", "C"], ["AS", "B", "C"],
    ):  # fmt: skip
        names = sorted({name for part in parts for name in part})
        whole = after("whole", write, [names])
        for files in permutations(parts):
            assert after("parts", write, files) == whole, files


# Without ids and times nothing tells B from B' in another file.
@pytest.mark.parametrize("write", [one for one in FORMATS if one.id != "schwab"])
def test_of_two_trades_the_cancelled_one_falls(write: Writer) -> None:
    whole = after("whole", write, [["A", "B", "B'", "C", "S"]])
    # The one with a commission of 2 stays, beside what is left of the first.
    assert whole["positions"] == [(6, Decimal("172.25"), Decimal("58.25"))]
    for files in permutations([["A", "B"], ["B", "B'"], ["C", "S"]]):
        assert after("parts", write, files) == whole, files
    if write is activity:
        # Without ids, a trade of the same day and amount is left out and told as a likely duplicate.
        return
    for files in permutations([["A", "B'", "C"], ["B", "S"], ["B", "C"]]):
        assert after("parts", write, files) == whole, files


def test_the_pair_is_in_no_gain_and_no_lot() -> None:
    found = after("one", flex_xml, ["ABCS"])
    # Three of four bought for 81 are sold for 119; of the cancelled trade neither commission stays.
    assert found["positions"] == [(1, Decimal("20.25"), Decimal("58.25"))]
    assert [(quantity, gain) for quantity, _, _, gain in found["gains"]] == [(3, Decimal("58.25"))]
    assert found["cash"] == -81 + 119


def test_a_cancellation_alone_is_the_opposite_trade(alice: User) -> None:
    take(alice, flex_xml("AC"))
    position = Position.objects.get()
    assert (position.quantity, [issue["code"] for issue in position.issues]) == (-1, ["oversold"])
    take(alice, flex_xml("B"))
    position = Position.objects.get()
    assert (position.quantity, position.total_cost, position.issues) == (4, 81, [])


@pytest.mark.parametrize("write", FORMATS)
def test_undoing_either_file_leaves_the_other(alice: User, write: Writer) -> None:
    first, last = take(alice, write("AB")), take(alice, write("BCS"))
    undo_import(last)
    assert state(alice) == after("first", write, ["AB"])
    take(alice, write("CS"))
    assert state(alice) == after("all", write, ["ABCS"])
    undo_import(first)
    assert state(alice) == after("last", write, ["CS"])
    take(alice, write("AB"))
    assert state(alice) == after("all", write, ["ABCS"])


def test_undoing_the_cancelled_trade_leaves_its_cancellation_to_one_that_is_alike(
    alice: User,
) -> None:
    take(alice, flex_xml(["A", "B'", "C"]))
    taken = take(alice, flex_xml("B"))
    undo_import(taken)
    assert state(alice) == after("without", flex_xml, [["A", "B'", "C"]])


def test_the_same_file_twice_adds_nothing(alice: User) -> None:
    for write in (flex_xml, flex_csv):
        take(alice, write(["A", "B", "B'", "C", "S"]))
        before = Transaction.objects.count()
        again = take(alice, write(["A", "B", "B'", "C", "S"]))
        assert (again.imported, again.duplicates, Transaction.objects.count()) == (0, 5, before)


def test_a_sale_like_a_cancellation_is_another_event(alice: User) -> None:
    sale = 'Trades,Data,Order,Stocks,USD,INTC,"2024-01-03, 10:00:00",-5,30,150,1,C'
    take(alice, activity("B") + f"\n{sale}".encode())
    record = take(alice, activity("C"))
    assert (record.imported, Position.objects.get().quantity) == (1, -5)


def test_other_units_than_those_of_the_trade_cancel_it_not(alice: User) -> None:
    part = ROWS["C"].replace('quantity="-5" proceeds="150"', 'quantity="-2" proceeds="60"')
    take(alice, flex_xml("AB").replace(b"</Trades>", _row(part) + b"</Trades>"))
    assert not Transaction.objects.filter(linked_transaction__isnull=False).exists()
    assert Position.objects.get().quantity == 7


def test_an_edited_trade_is_no_longer_the_one_that_was_cancelled(alice: User) -> None:
    take(alice, flex_xml("ABC"))
    row = Transaction.objects.get(external_id="2")
    ledger_row = LedgerRow(
        row.transaction_date, "BUY", "USD", instrument=row.instrument, quantity=Decimal(6)
    )
    edit_transaction(row, ledger_row)
    assert Position.objects.get().quantity == 5
    assert verify(Account.objects.all()) == []


def test_an_id_with_the_word_within_another_one_cancels_nothing(alice: User) -> None:
    take(alice, flex_xml("AB").replace(b'tradeID="1"', b'tradeID="bob-cancels-2"'))
    sale = ROWS["C"].replace(' origTransactionID="92"', "").replace(" (Ca.)", "")
    sale = sale.replace('tradeID="4"', 'tradeID="bob-cancels-4"').replace('"BUY"', '"SELL"')
    take(alice, flex_xml("").replace(b"</Trades>", _row(sale) + b"</Trades>"))
    assert not Transaction.objects.filter(linked_transaction__isnull=False).exists()


def test_names_of_one_instrument_that_are_merged_bring_a_pair_together(alice: User) -> None:
    take(alice, flex_xml("AB"))
    other = flex_xml("CS").replace(b'"INTC"', b'"INT2"').replace(b"US4581401001", b"US5949181045")
    take(alice, other.replace(b'conid="', b'conid="9'))
    tickers = set(Transaction.objects.values_list("instrument", flat=True))
    assert len(tickers) == 2
    merge_instruments((tickers - {"INTC"}).pop(), "INTC")
    assert state(alice) == after("one", flex_xml, ["ABCS"])


def test_money_taken_back_and_paid_anew_is_one_in_every_order() -> None:
    paid = '<CashTransaction {stated} transactionID="1" amount="7" />'
    back = '<CashTransaction {stated} transactionID="2" amount="-7" />'
    anew = '<CashTransaction {stated} transactionID="3" amount="6" />'
    stated = (
        f'accountId="U1" currency="USD" type="Dividends" dateTime="20240103" {INTEL_ATTRIBUTES}'
    )

    def write(rows: Iterable[str]) -> bytes:
        told = [row.format(stated=stated) for row in rows]
        # Other queries have no ids.
        told += [row.replace("transactionID", "x").replace("0103", "0203") for row in told]
        body = "<CashTransactions>" + "\n".join(told) + "</CashTransactions></FlexStatement>"
        return flex_xml("A").replace(b"</FlexStatement>", body.encode())

    whole = after("whole", write, [[paid, back, anew]])
    assert whole["cash"] == -81 + 6 + 6
    for parts in (
        [[paid], [paid, back, anew]],
        [[paid], [back, anew]],
        [[paid, back], [back, anew]],
    ):
        for files in permutations([*parts, [paid]]):
            assert after("parts", write, files) == whole


def _row(row: str) -> bytes:
    stated = f'accountId="U1" currency="USD" levelOfDetail="EXECUTION" {INTEL_ATTRIBUTES}'
    return row.format(stated=stated).encode()


@pytest.mark.parametrize(
    ("one", "other", "different"),
    [
        ("12 cancels 11", "12 cancels 11", False),
        ("12 cancels 11", "12 cancels", False),
        ("12 cancels 11", "13 cancels 11", True),
        ("12 cancels 11", "12", True),
        ("cancels", "12 cancels 11", False),
        ("cancels", "", True),
        ("bob-cancels-1", "bob-cancels-2", True),
        ("bob-cancels-1", "bob-cancels-1", False),
        ("bob-cancels-1", "", False),
    ],
)
def test_ids_of_cancellations(one: str, other: str, different: bool) -> None:
    assert are_different(one, other) is different
    assert are_different(other, one) is different


def test_id_of_a_cancellation() -> None:
    assert [cancelling_id(*ids) for ids in (("12", "11"), ("12", ""), ("", "11"), ("", ""))] == [
        "12 cancels 11",
        "12 cancels",
        "cancels 11",
        "cancels",
    ]
