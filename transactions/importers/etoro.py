"""eToro: the sheet “Account Activity” of the account statement, in Excel or saved as CSV.

``Date,Type,Details,Amount,Units,Realized Equity Change,Realized Equity,Balance,Position ID,Asset type,NWA``.
Accounts are in dollars, times are UTC. Numbers come with either decimal mark and parentheses for a minus.

Quirks: the amount of a closed position is what came back, its gain is the change of the realised equity.
Positions have ids, and people close the one they choose; the ledger sells the oldest first as
everywhere, so gains of single sales differ, their sum does not. Contracts on differences are kept like
shares, at what was put in and what came back. Money that moves to and from a copied portfolio
stays in the account, and its positions are in the same sheet.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from pricing.assets import AssetType
from pricing.money import DecimalMark, decimal_mark
from pricing.readers import Header, Source, parse_instant
from transactions.importers.base import Ignored, Outcome, ParsedTransaction, RowError, Security
from transactions.importers.figures import positive, required, unit_price
from transactions.importers.picking import Picker
from transactions.importers.tables import Rows, TableImporter
from transactions.kinds import CASH_SIGN, Kind

_CURRENCY = "USD"
_ASSETS = {
    "stocks": AssetType.STOCK,
    "etf": AssetType.ETF,
    "crypto": AssetType.CRYPTO,
}
_SAMPLE = 200


class _Row(NamedTuple):
    date: str
    type: str
    details: str
    amount: str
    units: str
    asset: str


class _Event(NamedTuple):
    line: int
    row: _Row
    when: datetime
    amount: Decimal


class _Activity(Rows):
    def __init__(self, picker: Picker, header: Header, source: Source) -> None:
        super().__init__(picker, header, source)
        self.securities: dict[tuple[str, str], Security] = {}
        self.mark = _mark(picker, header, source)

    def read(self, line: int, cells: Sequence[str]) -> Iterable[Outcome]:
        row = _Row._make("" if cell == "-" else cell for cell in cells)
        kind = row.type.casefold()
        if kind in _WITHIN:
            return [Ignored(line, "money that stays in the account")]
        read = _READERS.get(kind)
        if read is None:
            raise RowError(f"the type “{row.type}” is not known; known are {', '.join(_READERS)}")
        amount = required(row.amount, "Amount", self.mark)
        if not amount:
            return [Ignored(line, "a booking of 0.00")]
        when = parse_instant(row.date, "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y")
        return [read(self, _Event(line, row, when.replace(tzinfo=UTC), amount))]

    def security(self, row: _Row) -> Security:
        """“NKE/USD” is a share of NKE."""
        ticker, _, currency = row.details.rpartition("/")
        ticker = ticker or row.details
        if not ticker:
            raise RowError("the column “Details” is empty")
        key = (ticker, row.asset)
        if key not in self.securities:
            asset = _ASSETS.get(row.asset.casefold(), AssetType.OTHER)
            self.securities[key] = Security(
                ticker, "", "", asset, currency if "/" in row.details else ""
            )
        return self.securities[key]

    def opened(self, event: _Event) -> ParsedTransaction:
        return self._traded(event, Kind.BUY)

    def closed(self, event: _Event) -> ParsedTransaction:
        return self._traded(event, Kind.SELL)

    def _traded(self, event: _Event, kind: Kind) -> ParsedTransaction:
        quantity, amount = positive(event.row.units, "Units", self.mark), event.amount.copy_abs()
        return self._parsed(event, kind, amount)._replace(
            security=self.security(event.row),
            quantity=quantity,
            price=unit_price(amount, quantity),
        )

    def dividend(self, event: _Event) -> ParsedTransaction:
        found = self._parsed(event, Kind.DIVIDEND, event.amount)
        return found._replace(security=self.security(event.row))

    def interest(self, event: _Event) -> ParsedTransaction:
        return self._parsed(event, Kind.INTEREST, event.amount)

    def fee(self, event: _Event) -> ParsedTransaction:
        return self._parsed(event, Kind.FEE, event.amount.copy_negate())

    def tax(self, event: _Event) -> ParsedTransaction:
        return self._parsed(event, Kind.TAX, event.amount.copy_negate())

    def moved(self, event: _Event) -> ParsedTransaction:
        kind = Kind.DEPOSIT if event.amount > 0 else Kind.WITHDRAWAL
        return self._parsed(event, kind, event.amount * CASH_SIGN[kind])

    def reward(self, event: _Event) -> ParsedTransaction:
        found = self._parsed(event, Kind.STAKING, event.amount)
        quantity = positive(event.row.units, "Units", self.mark)
        return found._replace(security=self.security(event.row), quantity=quantity)

    def _parsed(self, event: _Event, kind: Kind, amount: Decimal) -> ParsedTransaction:
        description = f"{event.row.type} {event.row.details}".strip()
        return ParsedTransaction(
            event.line, event.when, kind, _CURRENCY, amount, description=description
        )


_Reader = Callable[[_Activity, _Event], ParsedTransaction]
_READERS: dict[str, _Reader] = {
    "open position": _Activity.opened,
    "position closed": _Activity.closed,
    **dict.fromkeys(("dividend", "dividends"), _Activity.dividend),
    **dict.fromkeys(("interest payment", "interest"), _Activity.interest),
    **dict.fromkeys(
        (
            *("overnight fee", "overnight refund", "rollover fee", "weekend fee", "commission"),
            *("withdraw fee", "withdraw conversion fee", "withdrawal conversion fee"),
            *("deposit conversion fee", "withdraw fee cancelled", "conversion fee"),
        ),
        _Activity.fee,
    ),
    **dict.fromkeys(("sdrt", "sdrt charge", "stamp duty", "ftt"), _Activity.tax),
    **dict.fromkeys(
        (
            *("deposit", "withdraw request", "withdrawal", "withdraw request cancelled", "cashout"),
            *("adjustment", "compensation", "bonus", "refund", "chargeback", "foreclosure"),
            *("account transfer", "transfer", "deposit cancelled", "reversed deposit"),
        ),
        _Activity.moved,
    ),
    **dict.fromkeys(("staking", "staking reward"), _Activity.reward),
}
# To and from a copied portfolio, and orders that moved nothing.
_WITHIN = frozenset(
    {
        *("start copy", "stop copy", "add funds", "remove funds", "account balance to mirror"),
        *(
            "mirror balance to account",
            "register new mirror",
            "unregister mirror",
            "edit stop loss",
        ),
        *("detach position", "pause copy", "resume copy", "mirror operation"),
    }
)


def _mark(picker: Picker, header: Header, source: Source) -> DecimalMark | None:
    """The decimal mark of the amounts; where they disagree, each tells for itself."""
    records = [
        cells for _, (_, cells) in zip(range(_SAMPLE), source.again().records(header), strict=False)
    ]
    return decimal_mark(list(row)[3] for row in picker.samples(records))


class Etoro(TableImporter):
    format = "etoro"
    broker = "eToro"
    tracks_cash = True
    columns = (
        *(("Date",), ("Type",), ("Details",), ("Amount",), ("Units", "Units / Contracts")),
        ("Asset type",),
    )
    required = ("Date", "Type", "Details", "Amount", "Units")
    rows = _Activity

    def is_header(self, cells: list[str]) -> bool:
        # The other sheets of the statement have positions too, but no balance.
        return "realized equity" in map(str.casefold, cells) and super().is_header(cells)

    def account_currency(self, source: Source) -> str:
        return _CURRENCY
