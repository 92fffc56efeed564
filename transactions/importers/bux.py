"""BUX: the transactions of the account as CSV.

``Transaction Time (CET),Transaction Category,Transaction Type,Transfer Type,Transaction Amount,Transaction
Currency,Cash Balance Amount,Asset Id,Asset Name,Asset Quantity,Asset Price,Asset Currency,…``. Times are
those of Amsterdam. The asset id is the ISIN. Accounts are in euros.

Quirks: some files tell a trade in two rows of one moment, its shares (``ASSET_TRADE_BUY``) and its
money (``CASH_DEBIT``). Rows of old deposits have an empty cell too many in front of the amount. The amount
of a trade is the cash, whatever its sign; what it is more than quantity times price are charges that
the file does not state, so they stay in cost and proceeds. A corporate action takes shares out
(``ASSET_REDEEM``) and brings others (``ASSET_ISSUE``) in rows of one moment; the amounts beside them are no
money that moved. Money has a row of its own (``CASH_CREDIT``): beside shares that went without others
coming it is what they were sold for.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pricing.assets import AssetType
from pricing.money import EXACT, ZERO, NumberError, parse_number, to_amount
from pricing.readers import Header, Source, parse_instant
from transactions.importers.base import (
    Ignored,
    Outcome,
    ParsedTransaction,
    Rejected,
    RowError,
    Security,
    Stated,
)
from transactions.importers.exchanges import exchanged
from transactions.importers.figures import (
    RAW_LENGTH,
    positive,
    required,
    stated_balance,
    unit_price,
)
from transactions.importers.picking import Picker
from transactions.importers.tables import Rows, TableImporter
from transactions.kinds import CASH_SIGN, Kind

_AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_AT_ONCE = timedelta(seconds=2)
_REDEEMED, _ISSUED = "ASSET_REDEEM", "ASSET_ISSUE"


class _Row(NamedTuple):
    time: str
    category: str
    type: str
    transfer: str
    amount: str
    currency: str
    balance: str
    isin: str
    name: str
    quantity: str
    share_currency: str
    gross: str
    net: str
    tax: str
    description: str


class _Event(NamedTuple):
    line: int
    row: _Row
    when: datetime


class _Transactions(Rows):
    def __init__(self, picker: Picker, header: Header, source: Source) -> None:
        super().__init__(picker, header, source)
        self.securities: dict[str, Security] = {}
        # Some files tell a trade twice, once as shares and once as money.
        self.share_rows: list[ParsedTransaction] = []
        self.cash_rows: list[ParsedTransaction] = []
        self.actions: list[ParsedTransaction] = []
        # Money of corporate actions: for fractions of a share, or for all of the shares that went.
        self.payouts: list[ParsedTransaction] = []
        self.raws: dict[int, str] = {}

    def read(self, line: int, cells: Sequence[str]) -> Iterable[Outcome]:
        row = _in_place(_Row._make(cells))
        read = _READERS.get(row.category.casefold())
        if read is None:
            known = ", ".join(_READERS)
            raise RowError(f"the category “{row.category}” is not known; known are {known}")
        event = _Event(line, row, parse_instant(row.time).replace(tzinfo=_AMSTERDAM))
        return [*read(self, event), *_stated(event)]

    def security(self, row: _Row) -> Security:
        if not row.isin:
            raise RowError("the column “Asset Id” is empty")
        if row.isin not in self.securities:
            self.securities[row.isin] = Security(
                "", row.isin, row.name, AssetType.OTHER, row.share_currency
            )
        return self.securities[row.isin]

    def traded(self, event: _Event) -> Iterable[Outcome]:
        row = event.row
        word = row.type.casefold().partition(" ")[0]
        kind = {"buy": Kind.BUY, "sell": Kind.SELL}.get(word)
        if kind is None:
            raise RowError(f"the trade “{row.type}” is neither a Buy Trade nor a Sell Trade")
        quantity = positive(row.quantity, "Asset Quantity")
        amount = required(row.amount, "Transaction Amount").copy_abs()
        found = _parsed(event, kind, amount)._replace(
            security=self.security(row), quantity=quantity, price=unit_price(amount, quantity)
        )
        is_of_shares = row.transfer.upper().startswith("ASSET_TRADE")
        (self.share_rows if is_of_shares else self.cash_rows).append(found)
        return ()

    def dividend(self, event: _Event) -> Iterable[Outcome]:
        """What arrived; gross, net and tax may be in the currency of the share."""
        row = event.row
        paid = required(row.amount, "Transaction Amount")
        withheld, net = parse_number(row.tax) or ZERO, parse_number(row.net)
        if withheld and net:
            withheld = to_amount(EXACT.divide(EXACT.multiply(withheld.copy_abs(), paid), abs(net)))
        found = _parsed(event, Kind.DIVIDEND, EXACT.add(paid, withheld))
        yield found._replace(security=self.security(row), tax=withheld)

    def fee(self, event: _Event) -> Iterable[Outcome]:
        yield self._charged(event, Kind.FEE)

    def tax(self, event: _Event) -> Iterable[Outcome]:
        yield self._charged(event, Kind.TAX)

    def interest(self, event: _Event) -> Iterable[Outcome]:
        yield self._charged(event, Kind.INTEREST)

    def _charged(self, event: _Event, kind: Kind) -> ParsedTransaction:
        amount = required(event.row.amount, "Transaction Amount") * CASH_SIGN[kind]
        found = _parsed(event, kind, amount)
        return found._replace(security=self.security(event.row)) if event.row.isin else found

    def moved(self, event: _Event) -> Iterable[Outcome]:
        if event.row.transfer.upper() in {_REDEEMED, _ISSUED}:
            # Shares that were moved to or from another broker.
            yield self._delivered(event)
            return
        amount = required(event.row.amount, "Transaction Amount")
        if not amount:
            yield Ignored(event.line, "a booking of 0.00")
            return
        kind = Kind.DEPOSIT if amount > 0 else Kind.WITHDRAWAL
        yield _parsed(event, kind, amount * CASH_SIGN[kind])

    def acted(self, event: _Event) -> Iterable[Outcome]:
        transfer = event.row.transfer.upper()
        if transfer in {_REDEEMED, _ISSUED}:
            self.actions.append(self._delivered(event))
            self.raws[event.line] = self.delimiter.join(event.row)[:RAW_LENGTH]
        elif transfer.startswith("CASH_"):
            self.payouts.append(self._charged(event, Kind.RETURN_OF_CAPITAL))
        else:
            raise RowError(
                f"the transfer “{event.row.transfer}” of a corporate action is not known; known are "
                f"{_REDEEMED}, {_ISSUED}, CASH_CREDIT, CASH_DEBIT; enter by hand what it did"
            )
        return ()

    def _delivered(self, event: _Event) -> ParsedTransaction:
        is_gone = event.row.transfer.upper() == _REDEEMED
        quantity = positive(event.row.quantity, "Asset Quantity")
        found = _parsed(event, Kind.TRANSFER_OUT if is_gone else Kind.TRANSFER_IN, None)
        return found._replace(security=self.security(event.row), quantity=quantity)

    def _trades(self) -> Iterator[ParsedTransaction]:
        """Each trade once: what moved the cash, with the row of its shares where there is one."""
        waiting: dict[tuple[object, ...], list[ParsedTransaction]] = {}
        for one in self.share_rows:
            waiting.setdefault(_trade_key(one), []).append(one)
        for paid in self.cash_rows:
            same = waiting.get(_trade_key(paid), [])
            shares = next((one for one in same if abs(one.when - paid.when) <= _AT_ONCE), None)
            if shares is None:
                yield paid
            else:
                same.remove(shares)
                yield paid._replace(merged_lines=(shares.line,))
        for left in waiting.values():
            yield from left

    def rest(self) -> Iterator[Outcome]:
        yield from self._trades()
        for found in exchanged(self.actions):
            if found.kind is Kind.TRANSFER_OUT and not found.group:
                yield self._sold(found)
            else:
                yield found
        # What paid for no shares is for a fraction of one.
        yield from self.payouts

    def _sold(self, gone: ParsedTransaction) -> Outcome:
        """Shares that went for nothing but money: a tender offer, a takeover."""
        paid = next((one for one in self.payouts if _pays_for(one, gone)), None)
        if paid is None:
            reason = (
                "no row of that day brings new shares or pays for those that went: export a period that"
                " has it, or enter the sale or the exchange by hand"
            )
            return Rejected(gone.line, reason, self.raws[gone.line])
        self.payouts.remove(paid)
        amount, quantity = paid.amount or ZERO, gone.quantity or ZERO
        return gone._replace(
            kind=Kind.SELL,
            amount=amount,
            currency=paid.currency,
            price=unit_price(amount, quantity),
            merged_lines=(paid.line,),
        )


_Reader = Callable[[_Transactions, _Event], Iterable[Outcome]]
_READERS: dict[str, _Reader] = {
    "trades": _Transactions.traded,
    "dividends": _Transactions.dividend,
    "fees": _Transactions.fee,
    "tax": _Transactions.tax,
    "taxes": _Transactions.tax,
    "interest": _Transactions.interest,
    "deposits": _Transactions.moved,
    "withdrawals": _Transactions.moved,
    "others": _Transactions.moved,
    "corporate_actions": _Transactions.acted,
}


def _pays_for(paid: ParsedTransaction, gone: ParsedTransaction) -> bool:
    if not paid.amount or paid.amount < 0 or paid.when.date() != gone.when.date():
        return False
    is_at_once = paid.security is None and abs(paid.when - gone.when) <= _AT_ONCE
    return is_at_once or paid.security == gone.security


def _trade_key(trade: ParsedTransaction) -> tuple[object, ...]:
    return trade.kind, trade.security, trade.quantity


def _in_place(row: _Row) -> _Row:
    """Undo the empty cell in front of the amount: where the currency should be stands the amount."""
    if row.amount or not row.currency:
        return row
    try:
        parse_number(row.currency)
    except NumberError:
        return row
    return row._replace(amount=row.currency, currency=row.balance, isin="")


def _stated(event: _Event) -> Iterable[Stated]:
    balance = stated_balance(event.row.balance)
    currency = event.row.currency or "EUR"
    return [] if balance is None else [Stated(event.line, event.when, balance, currency)]


def _parsed(event: _Event, kind: Kind, amount: Decimal | None) -> ParsedTransaction:
    row = event.row
    return ParsedTransaction(
        event.line,
        event.when,
        kind,
        row.currency or "EUR",
        amount,
        description=row.description or row.type,
    )


class Bux(TableImporter):
    format = "bux"
    broker = "BUX"
    tracks_cash = True
    columns = (
        *(("Transaction Time (CET)",), ("Transaction Category",), ("Transaction Type",)),
        *(("Transfer Type",), ("Transaction Amount", "Trade Amount"), ("Transaction Currency",)),
        *(
            ("Cash Balance Amount",),
            ("Asset Id",),
            ("Asset Name",),
            ("Asset Quantity", "Trade Quantity"),
        ),
        *(("Asset Currency",), ("Dividend Gross Amount",), ("Dividend Net Amount",)),
        *(("Dividend Tax Amount",), ("Transaction Description",)),
    )
    required = (
        *("Transaction Time (CET)", "Transaction Category", "Transaction Type"),
        *("Transaction Amount", "Transaction Currency", "Asset Id"),
    )
    rows = _Transactions

    def account_currency(self, source: Source) -> str:
        return "EUR"
