"""Freetrade: the activity feed as CSV.

``Title,Type,Timestamp,Account Currency,Total Amount,Buy / Sell,Ticker,ISIN,Price per Share in Account
Currency,Stamp Duty,Quantity,…``; newer files have more columns. Times are UTC. Splits: see
``freetrade_splits``.

Quirks: the total is always positive and in the currency of the account, with stamp duty and the fee of the
currency exchange in it; the type says which way it went. The total of a dividend is what arrived, after
the tax that was withheld in the currency of the share. Documents (statements, certificates) are rows too.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from pricing.assets import AssetType
from pricing.money import EXACT, ONE, ZERO, parse_number, to_amount
from pricing.readers import Header, Source, parse_instant
from transactions.importers.base import Ignored, Outcome, ParsedTransaction, RowError, Security
from transactions.importers.figures import positive, required, unit_price
from transactions.importers.freetrade_splits import SplitCells, split_up
from transactions.importers.picking import Picker
from transactions.importers.tables import Rows, TableImporter
from transactions.kinds import Kind

HUNDRED = Decimal(100)
_SPLIT = "STOCK_SPLIT"


class _Row(NamedTuple):
    title: str
    type: str
    when: str
    currency: str
    total: str
    side: str
    ticker: str
    isin: str
    stamp_duty: str
    quantity: str
    id: str
    share_currency: str
    fx_rate: str
    fx_fee: str
    percentage: str
    withheld: str


# The columns in front of those of a split.
_PLAIN = len(_Row._fields)


class _Event(NamedTuple):
    line: int
    row: _Row
    when: datetime
    split: SplitCells


class _Activities(Rows):
    def __init__(self, picker: Picker, header: Header, source: Source) -> None:
        super().__init__(picker, header, source)
        self.securities: dict[tuple[str, str], Security] = {}

    def read(self, line: int, cells: Sequence[str]) -> Iterable[Outcome]:
        row = _Row._make(cells[:_PLAIN])
        kind = row.type.upper()
        if kind in _DOCUMENTS:
            return [Ignored(line, "a document, not an event")]
        read = _READERS.get(kind)
        if read is None and kind != _SPLIT:
            known = ", ".join([*_READERS, _SPLIT])
            raise RowError(f"the type “{row.type}” is not known; known are {known}")
        event = _Event(line, row, parse_instant(row.when), SplitCells._make(cells[_PLAIN:]))
        return self.split(event) if read is None else [read(self, event)]

    def security(self, row: _Row) -> Security:
        if not row.isin and not row.ticker:
            raise RowError("the columns “Ticker” and “ISIN” are empty")
        key = (row.ticker, row.isin)
        if key not in self.securities:
            self.securities[key] = Security(
                row.ticker, row.isin, row.title, AssetType.STOCK, row.share_currency
            )
        return self.securities[key]

    def order(self, event: _Event) -> ParsedTransaction:
        row = event.row
        kind = {"BUY": Kind.BUY, "SELL": Kind.SELL}.get(row.side.upper())
        if kind is None:
            raise RowError(f"“{row.side}” in the column “Buy / Sell” is neither BUY nor SELL")
        total, quantity = required(row.total, "Total Amount"), positive(row.quantity, "Quantity")
        fee, duty = _charge(row.fx_fee), _charge(row.stamp_duty)
        if kind is Kind.BUY:
            amount = EXACT.subtract(total, EXACT.add(fee, duty))
            # Stamp duty of a purchase is a tax; see ParsedTransaction.
            return self._traded(event, kind, amount, quantity, fee, duty)
        fee = EXACT.add(fee, duty)
        return self._traded(event, kind, EXACT.add(total, fee), quantity, fee, ZERO)

    def free_share(self, event: _Event) -> ParsedTransaction:
        """A present: its value is income, and what the share cost from then on."""
        total, quantity = (
            required(event.row.total, "Total Amount"),
            positive(event.row.quantity, "Quantity"),
        )
        return self._traded(event, Kind.AIRDROP, total, quantity, ZERO, ZERO)

    def _traded(
        self,
        event: _Event,
        kind: Kind,
        amount: Decimal,
        quantity: Decimal,
        fee: Decimal,
        tax: Decimal,
    ) -> ParsedTransaction:
        found = self._money(event, kind, amount)
        return found._replace(
            security=self.security(event.row),
            quantity=quantity,
            price=unit_price(amount, quantity),
            fee=fee,
            tax=tax,
        )

    def dividend(self, event: _Event) -> ParsedTransaction:
        row = event.row
        paid = required(row.total, "Total Amount")
        withheld = _withheld(row, paid)
        found = self._money(event, Kind.DIVIDEND, EXACT.add(paid, withheld))
        return found._replace(security=self.security(row), tax=withheld)

    def interest(self, event: _Event) -> ParsedTransaction:
        return self._money(event, Kind.INTEREST, required(event.row.total, "Total Amount"))

    def top_up(self, event: _Event) -> ParsedTransaction:
        return self._money(event, Kind.DEPOSIT, required(event.row.total, "Total Amount"))

    def withdrawal(self, event: _Event) -> ParsedTransaction:
        return self._money(event, Kind.WITHDRAWAL, required(event.row.total, "Total Amount"))

    def transferred(self, event: _Event) -> ParsedTransaction:
        """Between own accounts at Freetrade; only the title says which way."""
        words = event.row.title.casefold().split()
        if "from" in words:
            return self.top_up(event)
        if "to" in words:
            return self.withdrawal(event)
        raise RowError(f"the title “{event.row.title}” says neither from nor to which account")

    def fee(self, event: _Event) -> ParsedTransaction:
        return self._money(event, Kind.FEE, required(event.row.total, "Total Amount"))

    def split(self, event: _Event) -> Iterable[Outcome]:
        """The quantity is the number of added shares, unless the row has more to say."""
        row = event.row
        found = self._money(event, Kind.SPLIT, None)._replace(security=self.security(row))
        if any(event.split):
            return list(split_up(found, parse_number(row.quantity), event.split))
        added = required(row.quantity, "Quantity")
        positive(row.quantity, "Quantity")
        return [found._replace(quantity=added)]

    def _money(self, event: _Event, kind: Kind, amount: Decimal | None) -> ParsedTransaction:
        row = event.row
        if not row.currency:
            raise RowError("the column “Account Currency” is empty")
        return ParsedTransaction(
            event.line,
            event.when,
            kind,
            row.currency,
            amount,
            external_id=row.id,
            description=row.title,
        )


_Reader = Callable[[_Activities, _Event], ParsedTransaction]
_READERS: dict[str, _Reader] = {
    "ORDER": _Activities.order,
    "FREESHARE_ORDER": _Activities.free_share,
    "DIVIDEND": _Activities.dividend,
    # A dividend of a property trust, taxed as rent.
    "PROPERTY": _Activities.dividend,
    "SPECIAL_DIVIDEND": _Activities.dividend,
    "INTEREST_FROM_CASH": _Activities.interest,
    "TOP_UP": _Activities.top_up,
    "WITHDRAWAL": _Activities.withdrawal,
    "INTERNAL_TRANSFER": _Activities.transferred,
    "ISA_CASH_TRANSFER": _Activities.top_up,
    "SIPP_TAX_RELIEF": _Activities.top_up,
    "SUBSCRIPTION_FEE": _Activities.fee,
    "SIPP_ANNUAL_CHARGE": _Activities.fee,
}
_DOCUMENTS = frozenset({"MONTHLY_STATEMENT", "ANNUAL_STATEMENT", "TAX_CERTIFICATE"})


def _charge(text: str) -> Decimal:
    return (parse_number(text) or ZERO).copy_abs()


def _withheld(row: _Row, paid: Decimal) -> Decimal:
    """The tax in the account's currency; without a rate it follows from its share of the whole."""
    withheld, rate = _charge(row.withheld), parse_number(row.fx_rate)
    if rate or row.share_currency == row.currency:
        return to_amount(EXACT.multiply(withheld, rate or ONE))
    percentage = _charge(row.percentage)
    if percentage >= HUNDRED:
        raise RowError(f"{percentage} % of a dividend cannot be tax")
    rest = EXACT.subtract(HUNDRED, percentage)
    return to_amount(EXACT.divide(EXACT.multiply(paid, percentage), rest))


class Freetrade(TableImporter):
    format = "freetrade"
    broker = "Freetrade"
    tracks_cash = True
    columns = (
        *(
            ("Title",),
            ("Type",),
            ("Timestamp",),
            ("Account Currency",),
            ("Total Amount", "Total Amount in Account Currency"),
        ),
        *(("Buy / Sell",), ("Ticker",), ("ISIN",), ("Stamp Duty",), ("Quantity",), ("Order ID",)),
        *(("Instrument Currency",), ("Base FX Rate",), ("FX Fee Amount",)),
        *(("Dividend Withheld Tax Percentage",), ("Dividend Withheld Tax Amount",)),
        *(("Stock Split New ISIN",), ("Stock Split Rate of Share Outturn From",)),
        ("Stock Split Rate of Share Outturn To",),
        ("Stock Split Maintain Holding of Initial ISIN",),
        ("Stock Split New Share Quantity",),
        ("Stock Split Cash Outturn Received Amount",),
        ("Stock Split Rate of Cash Outturn Currency",),
        ("Stock Split Fractional Payout Cash Received Amount",),
        ("Stock Split Fractional Payout Cash Received Currency",),
    )
    required = ("Title", "Type", "Timestamp", "Account Currency", "Total Amount", "Buy / Sell")
    rows = _Activities
