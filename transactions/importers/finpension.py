"""finpension: transactions of a portfolio (pillar 3a, vested benefits, invest) as CSV.

``Date;Category;Asset Name;ISIN;Number of Shares;Asset Currency;Currency Rate;Asset Price in CHF;Cash Flow;
Balance``, newest first, one file per portfolio. Only the day is known.

Quirks: the cash flow is in francs, the asset currency is that of the fund. ``Portfolio Transaction`` is a
purchase or a sale by the sign of the shares, which in older files is missing from sales: then the
cash flow tells. Taxes withheld from dividends are not in the file.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from pricing.assets import AssetType
from pricing.money import ZERO
from pricing.readers import Header, Source, parse_instant
from transactions.importers.base import (
    Ignored,
    Outcome,
    ParsedTransaction,
    RowError,
    Security,
    Stated,
)
from transactions.importers.figures import positive, required, stated_balance, unit_price
from transactions.importers.picking import Picker
from transactions.importers.tables import Rows, TableImporter
from transactions.kinds import CASH_SIGN, Kind

_CURRENCY = "CHF"


class _Row(NamedTuple):
    date: str
    category: str
    name: str
    isin: str
    shares: str
    fund_currency: str
    cash_flow: str
    balance: str


class _Portfolio(Rows):
    def __init__(self, picker: Picker, header: Header, source: Source) -> None:
        super().__init__(picker, header, source)
        self.securities: dict[str, Security] = {}

    def read(self, line: int, cells: Sequence[str]) -> Iterable[Outcome]:
        row = _Row._make(cells)
        read = _READERS.get(row.category.casefold())
        if read is None:
            known = ", ".join(_READERS)
            raise RowError(f"the category “{row.category}” is not known; known are {known}")
        when = parse_instant(row.date, "%d.%m.%Y")
        cash = required(row.cash_flow, "Cash Flow")
        if not cash:
            return [Ignored(line, "a booking of 0.00")]
        found = read(self, row, _event(line, when, row, cash))
        balance = stated_balance(row.balance)
        return (
            [found]
            if balance is None
            else [found, Stated(line, when, balance, _CURRENCY, change=cash)]
        )

    def traded(self, row: _Row, event: ParsedTransaction) -> ParsedTransaction:
        shares = required(row.shares, "Number of Shares")
        cash = event.amount or ZERO
        if shares < 0 and cash < 0:
            raise RowError(f"{shares} shares and a cash flow of {cash} do not belong together")
        kind = Kind.SELL if cash > 0 else Kind.BUY
        quantity = positive(row.shares, "Number of Shares")
        found = self.of_fund(row, event, kind)
        return found._replace(quantity=quantity, price=unit_price(abs(cash), quantity))

    def dividend(self, row: _Row, event: ParsedTransaction) -> ParsedTransaction:
        return self.of_fund(row, event, Kind.DIVIDEND)

    def of_fund(self, row: _Row, event: ParsedTransaction, kind: Kind) -> ParsedTransaction:
        if not row.isin:
            raise RowError("the column “ISIN” is empty")
        if row.isin not in self.securities:
            self.securities[row.isin] = Security(
                "", row.isin, row.name, AssetType.FUND, row.fund_currency
            )
        return _as(event, kind)._replace(security=self.securities[row.isin])

    def moved(self, row: _Row, event: ParsedTransaction) -> ParsedTransaction:
        return _as(event, Kind.DEPOSIT if (event.amount or ZERO) > 0 else Kind.WITHDRAWAL)

    def interest(self, row: _Row, event: ParsedTransaction) -> ParsedTransaction:
        return _as(event, Kind.INTEREST)

    def fee(self, row: _Row, event: ParsedTransaction) -> ParsedTransaction:
        return _as(event, Kind.FEE)

    def tax(self, row: _Row, event: ParsedTransaction) -> ParsedTransaction:
        return _as(event, Kind.TAX)


_Reader = Callable[[_Portfolio, _Row, ParsedTransaction], ParsedTransaction]
# English and German, as the language of the app was.
_READERS: dict[str, _Reader] = {
    **dict.fromkeys(
        ("buy", "sell", "portfolio transaction", "kauf", "verkauf", "portfoliotransaktion"),
        _Portfolio.traded,
    ),
    **dict.fromkeys(
        ("dividend", "dividende", "ausschüttung", "dividend and interest distributions"),
        _Portfolio.dividend,
    ),
    **dict.fromkeys(("interests", "interest", "zinsen", "zins"), _Portfolio.interest),
    **dict.fromkeys(
        (
            *("flat-rate administrative fee", "flat-rate administration fee"),
            *("implementation fees", "implementation fee"),
            *("pauschalgebühr", "transaktionsgebühr", "gebühren", "fee", "fees"),
        ),
        _Portfolio.fee,
    ),
    **dict.fromkeys(("withholding tax", "quellensteuer", "stamp duty"), _Portfolio.tax),
    **dict.fromkeys(
        (
            *("deposit", "einzahlung", "withdrawal", "auszahlung", "payout"),
            *("transfer vested benefits", "transfer pillar 3a", "transfer", "übertrag", "inflow"),
            *("transfer vested benefits account", "übertrag freizügigkeit", "rebalancing transfer"),
        ),
        _Portfolio.moved,
    ),
}


def _event(line: int, when: datetime, row: _Row, cash: Decimal) -> ParsedTransaction:
    """What all readers start from; its amount is the cash with its sign."""
    return ParsedTransaction(
        line,
        when,
        Kind.DEPOSIT,
        _CURRENCY,
        cash,
        has_time=False,
        description=row.category,
    )


def _as(event: ParsedTransaction, kind: Kind) -> ParsedTransaction:
    cash = event.amount or ZERO
    return event._replace(kind=kind, amount=cash * CASH_SIGN[kind])


class Finpension(TableImporter):
    format = "finpension"
    broker = "finpension"
    tracks_cash = True
    columns = (
        ("Date", "Datum"),
        ("Category", "Kategorie"),
        ("Asset Name", "Name des Assets"),
        ("ISIN",),
        ("Number of Shares", "Anzahl Anteile"),
        ("Asset Currency", "Asset Währung"),
        ("Cash Flow", "Cashflow"),
        ("Balance", "Saldo"),
    )
    required = ("Date", "Category", "Asset Name", "Number of Shares", "Cash Flow")
    rows = _Portfolio

    def account_currency(self, source: Source) -> str:
        return _CURRENCY
