"""A corporate action that was taken back leaves what it would leave in one file, whichever came first."""

import csv
import io
from collections.abc import Callable, Sequence
from datetime import date
from itertools import permutations

import pytest
from django.contrib.auth.models import User

from portfolio import findings, ledger_gaps
from portfolio.ledger_sums import cash, groups
from portfolio.models import Disposal, Lot, Position
from portfolio.verify import verify
from tests.transactions.test_cancellations import take
from transactions.downloads import csv_text
from transactions.exports import Scope, transactions_table
from transactions.models import Account, Transaction
from transactions.undo import undo_import

pytestmark = pytest.mark.django_db

Record = dict[str, str]
Writer = Callable[[Sequence[Record]], bytes]

OLD = {"symbol": "OLD", "isin": "US4581401001", "conid": "1"}
NEW = {"symbol": "NEW", "isin": "US5949181045", "conid": "2"}
SPUN = {"symbol": "SPUN", "isin": "US0378331005", "conid": "3"}
COLUMNS = {
    "currency": "CurrencyPrimary",
    "assetCategory": "AssetClass",
    "symbol": "Symbol",
    "isin": "ISIN",
    "conid": "Conid",
    "type": "Type",
    "description": "Description",
    "reportDate": "ReportDate",
    "dateTime": "DateTime",
    "quantity": "Quantity",
    "proceeds": "Proceeds",
    "value": "Value",
    "code": "Code",
    "transactionID": "TransactionID",
    "actionID": "ActionID",
}


def record(
    what: Record, day: str, type_: str, quantity: str, proceeds: str = "0", code: str = ""
) -> Record:
    """A record of the event of 3 June, booked on ``day`` of that month."""
    name = what["symbol"]
    return {
        **what,
        "currency": "USD",
        "assetCategory": "STK",
        "type": type_,
        "description": f"OLD(US4581401001) {type_} ({name}, {name} INC, {what['isin']})",
        "reportDate": f"202406{day}",
        "dateTime": "20240603;202500",
        "quantity": quantity,
        "proceeds": proceeds,
        "code": code,
        "transactionID": f"{day}{name}{len(quantity)}{code}",
        "actionID": type_,
    }


# The booking, what takes it back, and what is booked anew on the same day.
EVENTS = {
    "split": (
        [record(OLD, "04", "FS", "90")],
        [record(OLD, "11", "FS", "-90", code="Ca")],
        [record(OLD, "11", "FS", "30")],
    ),
    "merger": (
        [record(OLD, "04", "TC", "-10", "5"), record(NEW, "04", "TC", "20")],
        [
            record(OLD, "11", "TC", "10", "-5", code="Ca"),
            record(NEW, "11", "TC", "-20", code="Ca"),
        ],
        [record(OLD, "11", "TC", "-10", "8"), record(NEW, "11", "TC", "25")],
    ),
    "spin-off": (
        [record(SPUN, "04", "SO", "3")],
        [record(SPUN, "11", "SO", "-3", code="Ca")],
        [record(SPUN, "11", "SO", "4")],
    ),
    "dividend in cash": (
        [record(OLD, "04", "CD", "0", "7")],
        [record(OLD, "11", "CD", "0", "-7", code="Ca")],
        [record(OLD, "11", "CD", "0", "6")],
    ),
    "takeover for cash": (
        [record(OLD, "04", "TC", "-10", "700")],
        [record(OLD, "11", "TC", "10", "-700", code="Ca")],
        [record(OLD, "11", "TC", "-10", "720")],
    ),
}
BOUGHT = ("20240102;100000", "10", "-500", "BUY", "1")
SOLD = ("20240620;100000", "-2", "120", "SELL", "2")


def flex_xml(records: Sequence[Record]) -> bytes:
    told = [
        "<CorporateAction "
        + " ".join(f'{name}="{value}"' for name, value in one.items() if value)
        + " />"
        for one in records
    ]
    trades = [
        f'<Trade currency="USD" assetCategory="STK" symbol="OLD" isin="{OLD["isin"]}" conid="1"'
        f' description="OLD INC" dateTime="{at}" quantity="{quantity}" proceeds="{proceeds}"'
        f' buySell="{side}" tradeID="{id}" />'
        for at, quantity, proceeds, side, id in (BOUGHT, SOLD)
    ]
    body = "\n".join(["<Trades>", *trades, "</Trades>\n<CorporateActions>", *told])
    return (
        '<FlexQueryResponse type="AF"><FlexStatements><FlexStatement accountId="U1">'
        f'<AccountInformation currency="USD" />\n{body}\n</CorporateActions>\n'
        "</FlexStatement></FlexStatements></FlexQueryResponse>"
    ).encode()


def flex_csv(records: Sequence[Record]) -> bytes:
    text = io.StringIO()
    out = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    named = ("CurrencyPrimary", "AssetClass", "Symbol", "ISIN", "Conid", "Description", "DateTime")
    out.writerow([*named, "Quantity", "Proceeds", "Buy/Sell", "TradeID"])
    for at, *figures in (BOUGHT, SOLD):
        out.writerow(["USD", "STK", "OLD", OLD["isin"], "1", "OLD INC", at, *figures])
    out.writerow(COLUMNS.values())
    out.writerows([one.get(name, "") for name in COLUMNS] for one in records)
    return text.getvalue().encode()


def without_ids(records: Sequence[Record]) -> bytes:
    """As queries of ten years ago have them."""
    return flex_xml(
        [
            {
                name: value
                for name, value in one.items()
                if name not in {"transactionID", "actionID"}
            }
            for one in records
        ]
    )


FORMATS = [
    pytest.param(flex_xml, id="flex-xml"),
    pytest.param(flex_csv, id="flex-csv"),
    pytest.param(without_ids, id="without-ids"),
]


def state(owner: User) -> dict[str, object]:
    """What is held, which lots are open, what was gained, and the cash."""
    (account,) = Account.objects.filter(owner=owner)
    assert verify([account]) == []
    positions = Position.objects.filter(account=account).exclude(quantity=0, realized_pl=0)
    lots = Lot.objects.filter(position__account=account).exclude(remaining_quantity=0)
    gains = Disposal.objects.filter(lot__position__account=account).exclude(gain=None)
    return {
        "positions": sorted(
            positions.values_list("instrument__ticker", "quantity", "total_cost", "realized_pl")
        ),
        "lots": sorted(
            lots.values_list("purchase_date", "remaining_quantity", "remaining_cost"), key=str
        ),
        "gains": sorted(gains.values_list("quantity", "cost", "proceeds")),
        "cash": cash(groups(Transaction.objects.filter(account=account)))[account.pk, "USD"],
        "rows": Transaction.objects.filter(account=account).count(),
    }


def after(write: Writer, *files: Sequence[Record]) -> dict[str, object]:
    owner = User.objects.create(username="somebody")
    for records in files:
        take(owner, write(records))
    found = state(owner)
    User.objects.filter(pk=owner.pk).update(username=f"somebody {owner.pk}")
    return found


@pytest.mark.parametrize("write", FORMATS)
@pytest.mark.parametrize("event", EVENTS)
def test_overlapping_files_leave_what_one_file_leaves(event: str, write: Writer) -> None:
    made, back, anew = EVENTS[event]
    undone = after(write, [*made, *back])
    for parts in ([made, back], [made, [*made, *back]], [back, [*made, *back]]):
        for files in permutations(parts):
            assert after(write, *files) == undone, files
    whole = after(write, [*made, *back, *anew])
    for parts in ([made, [*back, *anew]], [[*made, *back], [*back, *anew]], [made, back, anew]):
        for files in permutations(parts):
            assert after(write, *files) == whole, files


@pytest.mark.parametrize("event", EVENTS)
def test_what_was_taken_back_leaves_nothing_but_its_rows(event: str) -> None:
    made, back, anew = EVENTS[event]
    without, undone = after(flex_xml, []), after(flex_xml, [*made, *back])
    assert undone | {"rows": 2} == without | {"rows": 2}
    alone, whole = after(flex_xml, anew), after(flex_xml, [*made, *back, *anew])
    assert whole | {"rows": 2} == alone | {"rows": 2}


def test_the_exchange_that_counts_keeps_cost_and_date() -> None:
    made, back, anew = EVENTS["merger"]
    found = after(flex_xml, made, [*back, *anew])
    # Ten bought for 500, of which 8 were given back, became 25; two that are gone were sold later.
    assert [lot[1:] for lot in found["lots"]] == [(25, 492), (-2, -120)]
    assert found["cash"] == -500 + 8 + 120


@pytest.mark.parametrize("event", EVENTS)
def test_undoing_either_file_leaves_the_other(event: str, alice: User) -> None:
    made, back, anew = EVENTS[event]
    first, last = take(alice, flex_xml(made)), take(alice, flex_xml([*back, *anew]))
    undo_import(last)
    assert state(alice) == after(flex_xml, made)
    take(alice, flex_xml([*back, *anew]))
    assert state(alice) == after(flex_xml, [*made, *back, *anew])
    undo_import(first)
    take(alice, flex_xml(made))
    assert state(alice) == after(flex_xml, [*made, *back, *anew])


def test_without_the_column_code_what_comes_later_takes_back() -> None:
    for event, (made, back, anew) in EVENTS.items():
        booked = [*made, *back, *anew]
        uncoded = [{**one, "code": ""} for one in booked]
        whole = after(flex_xml, uncoded)
        count = len(made)
        assert after(flex_xml, uncoded[:count], uncoded[: count * 2], uncoded) == whole, event


@pytest.mark.parametrize("event", EVENTS)
def test_nothing_is_missing_of_what_was_taken_back(event: str, alice: User) -> None:
    made, back, _ = EVENTS[event]
    take(alice, flex_xml(made))
    take(alice, flex_xml(back))
    accounts = list(Account.objects.filter(owner=alice))
    amounts, transfers, _ = ledger_gaps.ledger(
        findings.Scope(alice, accounts, date(2024, 7, 1), "USD")
    )
    assert (amounts.count, transfers.count) == (0, 0)


@pytest.mark.parametrize("event", EVENTS)
def test_the_export_comes_back_as_it_was(event: str, alice: User, bob: User) -> None:
    made, back, anew = EVENTS[event]
    take(alice, flex_xml(made))
    take(alice, flex_xml([*back, *anew]))
    accounts = list(Account.objects.filter(owner=alice))
    table = transactions_table(Scope(alice, accounts))
    text = "".join(csv_text(table))
    take(bob, text.encode())
    assert state(bob) == state(alice)
