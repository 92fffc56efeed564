"""Interactive Brokers: Transaction History, exported as CSV from the Client Portal.

Lines of ``Statement`` and ``Summary``, then ``Transaction History,Header,Date,Account,Description,
Transaction Type,Symbol,Quantity,Price,Gross Amount ,Commission,Net Amount`` and one ``Data`` line an event.

Quirks: amounts are in the base currency, only the price is in that of the instrument. There are no ids, and
only the day is known. A dash is an empty cell. A currency exchange leaves the cash in the base
currency as it was but for its commission. Several accounts are portfolios of their own.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from pricing.assets import AssetType
from pricing.money import EXACT, ZERO, is_isin
from pricing.readers import Header, Source, parse_instant
from transactions.importers.base import Ignored, Outcome, ParsedTransaction, RowError, Security
from transactions.importers.figures import number, positive, required, unit_price
from transactions.importers.picking import Picker
from transactions.importers.tables import Rows, TableImporter, has_several
from transactions.kinds import CASH_SIGN, Kind

_SECTION = "Transaction History"
_BASE = re.compile(r'Summary"?[,;\t|]"?Data"?[,;\t|]"?Base Currency"?[,;\t|]"?([A-Z]{3})')
_OPTION = re.compile(r"[A-Z.]{1,6}\s*\d{6}[CP]\d{8}")
_NAMED = re.compile(r"[^()]*\(([A-Z0-9]{12})\)")
_CONTRACT = Decimal(100)


class _Row(NamedTuple):
    mark: str
    date: str
    account: str
    description: str
    type: str
    symbol: str
    quantity: str
    gross: str
    commission: str
    net: str


class _Event(NamedTuple):
    line: int
    row: _Row
    commission: Decimal


class _History(Rows):
    def __init__(self, picker: Picker, header: Header, source: Source) -> None:
        super().__init__(picker, header, source)
        found = _BASE.search(source.head)
        self.currency = found[1] if found else ""
        self.securities: dict[str, Security] = {}
        self.has_several = has_several(source, header, "Account")

    def aside(self, record: Sequence[str]) -> str:
        return "" if record[0].strip() == _SECTION else "another section of the statement"

    def read(self, line: int, cells: Sequence[str]) -> Iterable[Outcome]:
        row = _Row._make("" if cell == "-" else cell for cell in cells)
        if row.mark != "Data":
            return [Ignored(line, "a line of titles or totals")]
        read = _READERS.get(row.type.casefold())
        if read is None:
            raise RowError(f"the type “{row.type}” is not known; known are {', '.join(_READERS)}")
        if not self.currency:
            raise RowError("the base currency is missing above the table (Summary)")
        commission = (number(row.commission) or ZERO).copy_abs()
        return [read(self, _Event(line, row, commission))]

    def security(self, row: _Row) -> Security:
        if not row.symbol:
            raise RowError("the column “Symbol” is empty")
        if row.symbol not in self.securities:
            option = _OPTION.fullmatch(row.symbol)
            named = _NAMED.match(row.description)
            isin = named[1] if named and is_isin(named[1]) else ""
            self.securities[row.symbol] = Security(
                row.symbol.replace(" ", "") if option else row.symbol,
                isin,
                "" if named else row.description,
                AssetType.OPTION if option else AssetType.OTHER,
            )
        return self.securities[row.symbol]

    def bought(self, event: _Event) -> Outcome:
        return self._traded(event, Kind.BUY)

    def sold(self, event: _Event) -> Outcome:
        return self._traded(event, Kind.SELL)

    def _traded(self, event: _Event, kind: Kind) -> Outcome:
        row = event.row
        amount = required(row.gross, "Gross Amount").copy_abs()
        quantity = positive(row.quantity, "Quantity")
        if _OPTION.fullmatch(row.symbol):
            quantity = EXACT.multiply(quantity, _CONTRACT)
        return self._parsed(event, kind, amount)._replace(
            security=self.security(row),
            quantity=quantity,
            price=unit_price(amount, quantity),
            fee=event.commission,
        )

    def closed(self, event: _Event) -> Outcome:
        """An option that expired, was assigned or exercised; the shares have rows of their own."""
        quantity = required(event.row.quantity, "Quantity")
        return self._traded(event, Kind.BUY if quantity > 0 else Kind.SELL)

    def dividend(self, event: _Event) -> Outcome:
        return self._paid(event, Kind.DIVIDEND)

    def tax(self, event: _Event) -> Outcome:
        return self._paid(event, Kind.TAX)

    def interest(self, event: _Event) -> Outcome:
        return self._paid(event, Kind.INTEREST)

    def fee(self, event: _Event) -> Outcome:
        return self._paid(event, Kind.FEE)

    def _paid(self, event: _Event, kind: Kind) -> Outcome:
        found = self._parsed(event, kind, _net(event) * CASH_SIGN[kind])
        return found._replace(security=self.security(event.row)) if event.row.symbol else found

    def moved(self, event: _Event) -> Outcome:
        amount = _net(event)
        if not amount:
            return Ignored(event.line, "a booking of 0.00")
        kind = Kind.DEPOSIT if amount > 0 else Kind.WITHDRAWAL
        return self._parsed(event, kind, amount * CASH_SIGN[kind])

    def exchanged(self, event: _Event) -> Outcome:
        if event.commission:
            return self._parsed(event, Kind.FEE, event.commission)
        return Ignored(
            event.line, "a currency exchange, which leaves the cash in the base currency"
        )

    def translated(self, event: _Event) -> Outcome:
        return Ignored(event.line, "what rates did to the cash, no event")

    def _parsed(self, event: _Event, kind: Kind, amount: Decimal) -> ParsedTransaction:
        row = event.row
        return ParsedTransaction(
            event.line,
            parse_instant(row.date, "%m/%d/%Y"),
            kind,
            self.currency,
            amount,
            has_time=False,
            description=row.description,
            portfolio=row.account if self.has_several else "",
        )


def _net(event: _Event) -> Decimal:
    return required(event.row.net or event.row.gross, "Net Amount")


_Reader = Callable[[_History, _Event], Outcome]
_READERS: dict[str, _Reader] = {
    "buy": _History.bought,
    "sell": _History.sold,
    **dict.fromkeys(("assignment", "exercise", "expiration", "expired"), _History.closed),
    **dict.fromkeys(("dividend", "payment in lieu"), _History.dividend),
    **dict.fromkeys(
        ("foreign tax withholding", "sales tax", "other tax", "transaction tax"), _History.tax
    ),
    **dict.fromkeys(
        (
            *("credit interest", "debit interest", "bond interest received", "bond interest paid"),
            *("investment interest received", "investment interest paid"),
        ),
        _History.interest,
    ),
    **dict.fromkeys(
        ("other fee", "transaction fee", "commission adjustment", "advisor fee"), _History.fee
    ),
    **dict.fromkeys(
        (
            *("deposit", "withdrawal", "cash transfer", "electronic fund transfer", "disbursement"),
            *("internal transfer", "cash adjustment"),
        ),
        _History.moved,
    ),
    "forex trade component": _History.exchanged,
    "adjustment": _History.translated,
}


class IbkrTransactionHistory(TableImporter):
    format = "ibkr-transaction-history"
    broker = "Interactive Brokers"
    tracks_cash = True
    columns = (
        ("Header",),
        *(("Date",), ("Account",), ("Description",), ("Transaction Type",), ("Symbol",)),
        *(("Quantity",), ("Gross Amount",), ("Commission",), ("Net Amount",)),
    )
    required = ("Header", "Date", "Transaction Type", "Symbol", "Quantity", "Net Amount")
    rows = _History

    def is_header(self, cells: list[str]) -> bool:
        return cells[:2] == [_SECTION, "Header"] and super().is_header(cells)

    def account_currency(self, source: Source) -> str:
        found = _BASE.search(source.head)
        return found[1] if found else ""
